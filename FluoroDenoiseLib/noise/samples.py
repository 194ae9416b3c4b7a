"""Noise samples: what differs between neighbouring frames where nothing moved, or within one frame where it is flat."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

from .brightness import match_brightness

BETTER = 0.8  # an aligned pair must differ by at most this share of what the unaligned one does
TILE = 16
LOCAL = 1.5  # Gaussian scale in pixels of the local mean, which tells a pixel's brightness
SMALLER = (1, 2, 4)  # times that frames are shrunk before their shift is looked for
NEIGHBOURS = [(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1) if x or y]
FEW_PIXELS = 2**16  # of more, every second row and column tells how unlike smooth images are
FINEST = np.outer((1, -2, 1), (1, -2, 1)).astype(np.float32) / 6
"""Passes what changes from pixel to pixel in both directions, and leaves white noise its size."""
ASKED = 60_000  # pixels


@dataclass(frozen=True)
class Difference:
    """Two neighbouring frames taken apart.

    Attributes:
        level: [H, W] local mean of both frames, stored units.
        noise: [H, W] their difference over sqrt(2): one frame's noise where nothing moved.
        static: [H, W] boolean, True where nothing moved.
        first, second: the frames themselves, aligned.
    """

    level: np.ndarray
    noise: np.ndarray
    static: np.ndarray
    first: np.ndarray
    second: np.ndarray


def difference(first: np.ndarray, second: np.ndarray, active: np.ndarray) -> Difference:
    """Takes two frames [H, W] apart, the first brought to the brightness of the second.

    A panning pair is aligned by whole pixels before (interpolation would smooth the noise).
    """
    first, second = first.astype(np.float32), second.astype(np.float32)
    shift = _whole_pixel_shift(first, second, active)
    aligned = _shifted(first, shift)
    if shift == (0, 0) or _unlikeness(aligned, second, active) > BETTER * _unlikeness(first, second, active):
        return take_apart(first, second, active)
    return take_apart(aligned, second, active & (_shifted(active.astype(np.uint8), shift) > 0))


def _unlikeness(first: np.ndarray, second: np.ndarray, active: np.ndarray) -> float:
    some = np.s_[::1] if active.size <= FEW_PIXELS else np.s_[::2, ::2]
    return float(np.median(np.abs(cv2.GaussianBlur(second - first, (0, 0), 2.5))[some][active[some]]))


def take_apart(first: np.ndarray, second: np.ndarray, active: np.ndarray) -> Difference:
    """As `difference`, of frames as they lie."""
    unit = _unit(first, second)
    first = unit * match_brightness(second / unit, first / unit)[0]
    noise = (second - first) / np.float32(np.sqrt(2))
    level = cv2.GaussianBlur((first + second) / 2, (0, 0), LOCAL)
    return Difference(level, noise, active & _unmoved(noise, active), first, second)


def _unit(first: np.ndarray, second: np.ndarray) -> np.float32:
    """What frames [H, W] of small numbers are divided by before their brightness is compared, which counts in deviations."""
    usual = np.median(np.abs(second - first)[::8, ::8])
    return np.float32(usual if 0 < usual < 1 else 1)


def _unmoved(noise: np.ndarray, active: np.ndarray) -> np.ndarray:
    """Pixels [H, W] whose smoothed difference is no larger than smoothed noise is, judged against its own surroundings."""
    smooth = cv2.GaussianBlur(noise, (0, 0), 2.5)
    fine = noise - smooth
    if not active.any():
        return active
    # The fine part is noise alone; its local size times the usual ratio of smooth to fine noise is the yardstick.
    local = np.sqrt(cv2.GaussianBlur(fine * fine, (0, 0), 6)) + 1e-6
    ratio = np.abs(smooth) / local
    usual = np.quantile(ratio[active], 0.3) / 0.385  # 30th percentile of |normal|
    return ratio < 3 * min(usual, 0.6)


def _whole_pixel_shift(first: np.ndarray, second: np.ndarray, active: np.ndarray) -> tuple[int, int]:
    """The best of what phase correlation finds at several sizes, and what lies around it.

    It weighs all frequencies alike, and in a large frame most of them hold nothing but noise, which pulls its peak to no shift.
    """

    @cache
    def unlikeness(shift: tuple[int, int]) -> float:
        return _unlikeness(_shifted(first, shift), second, active)

    return _descended(min({_phase_shift(first, second, smaller) for smaller in SMALLER}, key=unlikeness), unlikeness)


def _descended(shift: tuple[int, int], unlikeness: Callable[[tuple[int, int]], float]) -> tuple[int, int]:
    """The shift from which no neighbour is any better."""
    nearby = min(((shift[0] + x, shift[1] + y) for x, y in NEIGHBOURS), key=unlikeness)
    return shift if unlikeness(nearby) >= unlikeness(shift) else _descended(nearby, unlikeness)


def _phase_shift(first: np.ndarray, second: np.ndarray, smaller: int) -> tuple[int, int]:
    size = tuple(n // smaller for n in first.shape[::-1])
    first, second = (cv2.resize(image, size, interpolation=cv2.INTER_AREA) for image in (first, second))
    (dx, dy), _ = cv2.phaseCorrelate(first, second, cv2.createHanningWindow(size, cv2.CV_32F))
    return int(round(smaller * dx)), int(round(smaller * dy))


def _shifted(image: np.ndarray, shift: tuple[int, int]) -> np.ndarray:
    matrix = np.float32([[1, 0, shift[0]], [0, 1, shift[1]]])
    return cv2.warpAffine(image, matrix, image.shape[::-1], flags=cv2.INTER_NEAREST)


def fine_noise(frames: Iterable[np.ndarray], active: np.ndarray) -> np.ndarray:
    """Frames [H, W], high-passed (`FINEST`), which leaves noise and hardly any anatomy, at some active pixels: [T, N]."""
    where = np.flatnonzero(inside(active))
    where = where[:: max(1, len(where) // ASKED)]
    return np.stack([cv2.filter2D(frame.astype(np.float32), -1, FINEST).ravel()[where] for frame in frames])


def inside(active: np.ndarray) -> np.ndarray:
    """Active pixels [H, W] all of whose surroundings of 5 x 5 are active; uint8."""
    return cv2.erode(active.astype(np.uint8), np.ones((5, 5), np.uint8))


def fine_rows(image: np.ndarray) -> np.ndarray:
    """Every eighth row of an image [H, W], high-passed along both axes: as `fine_noise` but for the unit, in less time."""
    rows = len(image) // 8 * 8
    above, here, below = (image[first:rows:8].astype(np.float32) for first in range(3))
    down = above - 2 * here + below
    return down[:, :-2] - 2 * down[:, 1:-1] + down[:, 2:]


def flat_tiles(frame: np.ndarray, active: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Level and noise variance of the flattest 16 x 16 tiles of one frame, two arrays [N], stored units.

    One frame cannot tell texture from noise: among tiles of like level the least variable ones are taken, so the
    variance errs to the low side (less is removed).
    """
    frame = frame.astype(np.float32)
    fine = frame - cv2.GaussianBlur(frame, (0, 0), 4)
    level, variance, whole = (tile_means(x, TILE) for x in (frame, fine * fine, active.astype(np.float32)))
    level, variance = level[whole == 1], variance[whole == 1]
    order = np.argsort(level)
    kept = [group[np.argsort(variance[group])[: max(1, len(group) // 4)]] for group in np.array_split(order, 24) if len(group)]
    chosen = np.concatenate(kept) if kept else order
    return level[chosen], variance[chosen]


def tile_means(image: np.ndarray, side: int) -> np.ndarray:
    """Means [N] of the whole square tiles of `side` pixels of an image [H, W]."""
    rows, columns = (n // side for n in image.shape)
    return image[: rows * side, : columns * side].reshape(rows, side, columns, side).mean(axis=(1, 3)).ravel()
