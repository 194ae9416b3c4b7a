"""A vendor's recursive filter: finding it in the noise, and undoing it.

The share of the previous *output* fed back is rho: y_t = (1 - rho) x_t + rho y_(t-1). For white x the variance of
y_t - y_(t-k) grows as 1 - rho^k (temporal structure function), whatever the mean image is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from .robust import winsorised_variance
from .samples import fine_noise, fine_rows

LAGS = 5
MIN_FRAMES = 7
NEGLIGIBLE = 0.08  # a flat panel's own lag stays below this
MAX_CLIPPED = 0.02
THIN, THICK = 1.0, 2.5  # pixels, Gaussian scales between which a thing that moved on is looked for
MEDIAN_OF_NORMAL = 0.6745  # of its absolute value
LEFT_BEHIND = 6.0  # noise deviations, divided by rho, that frames differ by where something moved on
UNCHANGED = 2.5  # noise deviations that they differ by where nothing does
LETS_GO, FEWEST_LEFT = 4.0, 40  # times as many pixels that were let go as that faded; fewer pixels tell nothing
_ROUNDING = 2 / 12  # variance that rounding to integers adds to a difference; the high-pass has unit noise gain


@dataclass(frozen=True)
class VendorRecursion:
    """What was found of a vendor's recursive filter.

    Attributes:
        rho: share of the previous output fed back, 0 where none was found, None where it cannot be measured.
        shares: [T] share found at each frame (0 at a restart), on the frames that were looked at.
        undoable: True where undoing it was checked to leave temporally white noise.
        unlike: how unlike frames usually are the ones before them, in fine noise (`_unlikeness`).
    """

    rho: float | None
    shares: np.ndarray
    undoable: bool
    unlike: float = 0.0

    @property
    def undone(self) -> float:
        """The share that is taken out again before anything else is done to a frame: rho, or 0."""
        return self.rho if self.rho and self.undoable else 0.0

    @property
    def independent(self) -> bool:
        """Whether neighbouring frames are known to share no noise, the filter undone where there was one."""
        return self.rho is not None and (self.rho == 0 or self.undoable)

    def restarted(self, frame: np.ndarray, previous: np.ndarray) -> bool:
        """Whether the filter began anew at a frame [H, W] that was not looked at.

        To undo it there would paint the former image into the frame, inverted. Frames that share no noise are 1 / (1 - rho)
        times as unlike as others, whatever stands still in them.
        """
        return _unlikeness(frame, previous) * math.sqrt(1 - self.rho) > self.unlike


def undo(frame: np.ndarray, previous: np.ndarray, rho: float) -> np.ndarray:
    """The filter's input, x_t = (y_t - rho y_(t-1)) / (1 - rho), [H, W] float32."""
    frame, previous = frame.astype(np.float32), previous.astype(np.float32)
    return (frame - rho * previous) / (1 - rho)


def _unlikeness(frame: np.ndarray, previous: np.ndarray) -> float:
    """Variance of what the fine rows of two frames [H, W] differ by over the sum of their variances.

    Text and a detector's pattern cancel in the difference.
    """
    now, before = fine_rows(frame), fine_rows(previous)
    return winsorised_variance(now - before) / max(winsorised_variance(now) + winsorised_variance(before), 1e-12)


def find_vendor_recursion(frames: np.ndarray, active: np.ndarray) -> VendorRecursion:
    """Looks for temporal correlation in the fine noise of frames [T, H, W] at the active pixels [H, W].

    The frames are high-passed first (second differences along both axes), which leaves noise and hardly any anatomy: motion
    would otherwise look like recursion. At least seven frames are needed.
    """
    count = len(frames)
    if count < MIN_FRAMES:
        return VendorRecursion(None, np.zeros(count), False)
    pixels = fine_noise(frames, active)
    structure = _structure(pixels[count // 3 :]) - (_ROUNDING if frames.dtype.kind in "iu" else 0.0)
    if not np.all(structure > 0):
        return VendorRecursion(None, np.zeros(count), False)
    rho = _fit(structure)
    if rho < NEGLIGIBLE:
        return VendorRecursion(0.0, np.zeros(count), False)
    shares = _shares(pixels, rho)
    if not shares.any():  # what grows from lag to lag is something else than noise that frames share
        return VendorRecursion(0.0, shares, False)
    undoable = (
        _leaves_white_noise(pixels, shares)
        and _clipped(frames, active) < MAX_CLIPPED
        and not _adapts_to_motion(frames, shares, active)
    )
    return VendorRecursion(rho, shares, undoable, _usual_unlikeness(frames, shares) if undoable else 0.0)


def _usual_unlikeness(frames: np.ndarray, shares: np.ndarray) -> float:
    return float(np.median([_unlikeness(frames[t], frames[t - 1]) for t in np.flatnonzero(shares)]))


def _structure(pixels: np.ndarray) -> np.ndarray:
    """Mean variance of y_t - y_(t-k) over [T, N], for k = 1.., as many as leave two differences each."""
    lags = range(1, min(LAGS, len(pixels) - 2) + 1)
    return np.array([np.mean([winsorised_variance(a - b) for a, b in zip(pixels[k:], pixels, strict=False)]) for k in lags])


def _fit(structure: np.ndarray) -> float:
    """Least-squares rho of structure(k) = A (1 - rho^k); 0 where a constant fits as well."""
    lags = np.arange(1, len(structure) + 1)
    candidates = np.linspace(0, 0.95, 191)
    errors = []
    for rho in candidates:
        shape = 1 - rho**lags
        scale = shape @ structure / (shape @ shape)
        errors.append(np.sum((structure - scale * shape) ** 2))
    return float(candidates[int(np.argmin(errors))])


def _shares(pixels: np.ndarray, rho: float) -> np.ndarray:
    """Feedback at each frame: rho, or 0 where the filter restarted (first frame, change of dose)."""
    return np.array([0.0] + [rho if _share(pixels, t) > rho / 2 else 0.0 for t in range(1, len(pixels))])


def _share(pixels: np.ndarray, t: int) -> float:
    """Covariance of frames t and t - 1 over the variance of t - 1, the image taken out by two frames far from both."""
    f, g = _far_frames(len(pixels), t)
    before_f, before_g = _clip(pixels[t - 1] - pixels[f]), _clip(pixels[t - 1] - pixels[g])
    return float(np.mean(_clip(pixels[t] - pixels[f]) * before_g) / max(np.mean(before_f * before_g), 1e-12))


def _far_frames(count: int, t: int) -> tuple[int, int]:
    """Two frames as far as possible from frames t and t - 1 and from each other."""
    pairs = [(f, g) for f in range(count) for g in range(f)]
    return max(pairs, key=lambda p: min(_gap(p[0], t), _gap(p[1], t), p[0] - p[1]))


def _gap(frame: int, t: int) -> int:
    return min(abs(frame - t), abs(frame - t + 1))


def _clip(samples: np.ndarray) -> np.ndarray:
    limit = 4 * np.sqrt(winsorised_variance(samples))
    return np.clip(samples, -limit, limit)


def _leaves_white_noise(pixels: np.ndarray, shares: np.ndarray) -> bool:
    """True where the undone frames differ from their neighbours as much as from frames farther apart (within 12 %)."""
    undone = [undo(pixels[t], pixels[t - 1], shares[t]) for t in range(len(pixels) // 2, len(pixels))]
    structure = _structure(np.stack(undone))
    return bool(abs(structure[0] / structure[1:3].mean() - 1) < 0.12)


def _adapts_to_motion(frames: np.ndarray, shares: np.ndarray, active: np.ndarray) -> bool:
    """True where the filter lets go of what moves: to undo there what was not done would show it again, inverted.

    What a thing leaves as it moves on tells: behind a filter it fades, and is gone at once when that is undone; a filter that
    lets go shows it gone at once.
    """
    fading, gone = 0, 0
    for t in range(len(frames) // 2, len(frames) - 1):
        rho = shares[t]
        if not rho or not shares[t + 1]:
            continue
        before, now, after = (_wires(frame) for frame in frames[t - 1 : t + 2])
        noise = float(np.median(np.abs(now - after)[active][::7])) / MEDIAN_OF_NORMAL
        left = active & (np.abs(before - after) > LEFT_BEHIND / rho * noise)
        at_once = np.abs(now - after) < UNCHANGED * noise
        undone = np.abs(undo(after, now, rho) - undo(now, before, rho))
        slowly = undone < UNCHANGED * noise * math.sqrt(1 + rho) / (1 - rho)
        gone += np.count_nonzero(left & at_once & ~slowly)
        fading += np.count_nonzero(left & slowly & ~at_once)
    return gone > FEWEST_LEFT and gone > LETS_GO * fading


def _wires(frame: np.ndarray) -> np.ndarray:
    """What a frame [H, W] holds of the width of wires."""
    frame = frame.astype(np.float32)
    return cv2.GaussianBlur(frame, (0, 0), THIN) - cv2.GaussianBlur(frame, (0, 0), THICK)


def _clipped(frames: np.ndarray, active: np.ndarray) -> float:
    """Share of active pixels that sit at the extreme values of the frame in the middle."""
    values = frames[len(frames) // 2][active]
    return float(np.mean((values == values.min()) | (values == values.max())))
