"""A moving wire planted into a real, noisy cine: how much of it does denoising keep, and what ghosts does it leave?

What denoising makes of the wire is output(with wire) - output(without wire); the noise of the cine cancels, so a real cine
without any clean reference tells what a static scene never can: the temporal mean looks perfect there and loses the wire here.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..cine import Cine
from .field import field_of_view, mean_frame

LAGS = (-3, -2, -1, 1, 2, 3)
"""Frames after (negative: where the wire will be) and before in which a ghost is looked for."""
SETTLED = 3
"""Frames at the start that are not scored in longer cines: a recursive filter begins with the frame itself."""
VISIBLE = 100
"""Pixels of wire that a frame must hold inside the field to be scored."""
LOCAL = 3.0
"""Gaussian scale in pixels of the local signal, of which a multiplied wire takes its share."""


@dataclass(frozen=True)
class Wire:
    """A straight wire across the whole image that moves sideways.

    Attributes:
        width: pixels.
        contrast: share of the local signal that it takes away, 0..1.
        speed: pixels per frame, at right angles to the wire.
        angle: of the wire to the rows, in degrees.
    """

    width: float = 2.0
    contrast: float = 0.15
    speed: float = 10.0
    angle: float = 70.0

    def profile(self, shape: tuple[int, int], position: float) -> np.ndarray:
        """[H, W] share of each pixel that the wire covers (0..1), `position` pixels from the image's centre.

        Sub-pixel: the wire's box profile averaged over a pixel.
        """
        distance = np.abs(self.across(shape) - position)
        return np.clip((self.width + 1) / 2 - distance, 0, min(1.0, self.width)).astype(np.float32)

    def across(self, shape: tuple[int, int]) -> np.ndarray:
        """[H, W] signed pixels from the image's centre at right angles to the wire."""
        rows, columns = np.ogrid[: shape[0], : shape[1]]
        slant = math.radians(self.angle)
        return (columns - (shape[1] - 1) / 2) * math.sin(slant) + (rows - (shape[0] - 1) / 2) * math.cos(slant)

    def position(self, t: int, count: int) -> float:
        """Pixels from the image's centre in frame t of `count`: the wire crosses the centre in the middle of the cine.

        Infinite where a kind of wire is not in the frame at all.
        """
        return (t - (count - 1) / 2) * self.speed


@dataclass(frozen=True)
class Planted:
    """A cine with a wire in it.

    Attributes:
        cine: with the wire, of the same type and range as the original.
        without: the original.
        wire: what was planted.
        height: signed stored units at the field's median grey value.
        law: in words, how it was planted.
        zero: stored value of no signal.
    """

    cine: Cine
    without: Cine
    wire: Wire
    height: float
    law: str
    zero: float = 0.0

    def ideal(self, t: int, at: int) -> np.ndarray:
        """[H, W] signed stored units: what a wire at its place of frame `at` takes from frame t, noise apart.

        Zero where the stored range cannot hold it, so that clipping is no fault of the denoiser.
        """
        import cv2

        local = cv2.GaussianBlur(self.without.frames[t].astype(np.float32), (0, 0), LOCAL)
        change = _added(self.without, local - self.zero, self.wire, self.height, at)
        low, high = self.without.valid_range or (-np.inf, np.inf)
        return np.where((local + change > low) & (local + change < high), change, 0)


def plant(cine: Cine, wire: Wire, recursion: float = 0.0, zero: float = 0.0) -> Planted:
    """Plants a wire in every frame.

    LIN and SQRT: multiplied in, as absorption acts on detected dose (on its square root), noise included: that of quanta falls
    with the root of the dose only, so at high contrast it is too weak under the wire (x 0.6 for x 0.77 at 40%). Everything else
    has gone through a logarithm or a display table, where absorption is a difference: contrast x the field's median is
    subtracted (added on inverted cines), and the noise stays as it is.

    Args:
        recursion: share of the former output that the system's recursive filter has fed back, where a denoiser undoes it: the
            wire goes through the same filter, or undoing would make it 1 / (1 - recursion) times as strong.
        zero: stored value of no signal, where it is known; the wire takes its contrast of what lies above it.
    """
    height = _height(cine, wire, zero)
    frames, change = np.empty_like(cine.frames), None
    for t, frame in enumerate(cine.frames):
        fresh = _added(cine, frame.astype(np.float32) - np.float32(zero), wire, height, t)
        change = fresh if change is None else (1 - recursion) * fresh + recursion * change
        frames[t] = cine.to_stored(frame + change)
    law = "multiplied in" if cine.intensity in ("LIN", "SQRT") else f"{height:+.4g} stored units added"
    return Planted(cine.with_frames(frames), cine, wire, height, law, zero)


def _height(cine: Cine, wire: Wire, zero: float) -> float:
    typical = float(np.median(mean_frame(cine)[field_of_view(cine)])) - zero
    share = 1 - math.sqrt(1 - wire.contrast) if cine.intensity == "SQRT" else wire.contrast
    return share * abs(typical) * (1 if cine.inverted else -1)


def _added(cine: Cine, signal: np.ndarray, wire: Wire, height: float, at: int) -> np.ndarray:
    """[H, W] signed change of a signal [H, W] by a wire at its place of frame `at`, in stored units."""
    covered = wire.profile(signal.shape, wire.position(at, len(cine)))
    if cine.intensity == "LIN":
        return -signal * wire.contrast * covered
    return signal * (np.sqrt(1 - wire.contrast * covered) - 1) if cine.intensity == "SQRT" else height * covered


def score(planted: Planted, output_with: Cine, output_without: Cine) -> dict[str, Any]:
    """Projects what denoising made of the wire onto the ideal wire, by least squares, frame by frame.

    Args:
        planted: the cine with the wire.
        output_with, output_without: what the denoiser made of `planted.cine` and `planted.without`.

    Returns:
        contrast_kept: mean amplitude at the true place (1 = kept whole); worst_frame: the least of one frame.
        ghost: largest mean amplitude at the wire's places of other frames, as a share of the planted; by_lag has all of them
            (lag 1: the frame before; a lag is left out where the wire overlaps itself). None where nothing could be scored.
        law: how the wire was planted.
    """
    field = field_of_view(planted.without)
    fits = []
    for t in scored_frames(len(planted.cine)):
        came_out = output_with.frames[t].astype(np.float32) - output_without.frames[t].astype(np.float32)
        fits.append([_amplitude(planted, t, t - lag, came_out, field) for lag in (0, *LAGS)])
    kept, *by_lag = (_mean(column) for column in zip(*fits, strict=True))
    ghosts = {lag: ghost for lag, ghost in zip(LAGS, by_lag, strict=True) if ghost is not None}
    return {
        "contrast_kept": kept,
        "worst_frame": min((round(fit[0], 4) for fit in fits if fit[0] is not None), default=None),
        "ghost": max((abs(ghost) for ghost in ghosts.values()), default=None),
        "by_lag": ghosts,
        "law": planted.law,
    }


def scored_frames(count: int) -> range:
    """Numbers of the frames that are scored of a cine of `count` frames."""
    return range(SETTLED if count > 2 * SETTLED else 0, count)


def _amplitude(planted: Planted, t: int, at: int, came_out: np.ndarray, field: np.ndarray) -> float | None:
    """Least-squares share of the ideal wire at its place of frame `at` in what came out; None where it is not in the field,
    or where the wire of frame t lies over it."""
    count = len(planted.cine)
    if not 0 <= at < count or (at != t and not apart(planted.wire, t, at, count)):
        return None
    ideal = planted.ideal(t, at)[field]
    return float(came_out[field] @ ideal / (ideal @ ideal)) if np.count_nonzero(ideal) >= VISIBLE else None


def apart(wire: Wire, t: int, at: int, count: int) -> bool:
    """Whether a wire's places of two frames are clear of each other, or it is in one of them only."""
    here, there = wire.position(t, count), wire.position(at, count)
    return math.isinf(here) or abs(here - there) >= wire.width + 2


def _mean(values: tuple[float | None, ...]) -> float | None:
    known = [value for value in values if value is not None]
    return round(float(np.mean(known)), 4) if known else None


def challenge(cine: Cine, denoise: Callable[[Cine], Cine], wire: Wire | None = None) -> dict[str, Any]:
    """Plants a wire (2 px, 15%, 10 px per frame if none is given), denoises with and without it, and scores what became of it.

    Args:
        cine: a real or simulated noisy cine.
        denoise: a Cine -> Cine of the same shape, such as `Denoiser.denoise`.
        wire: what to plant.
    """
    planted = plant(cine, wire or Wire())
    return score(planted, denoise(planted.cine), denoise(cine))
