"""Row and column noise: offsets of whole lines that change from frame to frame, from the read-out electronics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

FAINTEST = 0.08  # standard deviation, in units of a pixel's noise, below which lines are left alone
ACROSS = 4.0  # pixels; offsets are judged against neighbouring lines, so slow shading is no stripe
LIMIT = 4.0  # a line that stands out by more than this many standard deviations is an edge of the image, not a stripe


@dataclass(frozen=True)
class Stripes:
    """Standard deviation of row and column offsets, in units of a pixel's noise; 0 where there are none."""

    rows: float = 0.0
    columns: float = 0.0

    def remove(self, frame: np.ndarray) -> np.ndarray:
        """Takes the offsets of whole rows and columns out of a stabilised frame [H, W]."""
        for axis, size in ((1, self.rows), (0, self.columns)):
            if size > 0:
                frame = frame - np.expand_dims(_shrunk(_offsets(frame, axis), size, frame.shape[axis]), axis)
        return frame


def find_stripes(noise: Sequence[np.ndarray]) -> Stripes:
    """Measures the stripes in images of noise [H, W] (differences of stabilised frames over sqrt(2), so anatomy is gone)."""
    return Stripes(*(_size(noise, axis) for axis in (1, 0)))


def _size(noise: Sequence[np.ndarray], axis: int) -> float:
    """What the offsets of whole lines vary beyond what independent halves of the same lines would make of pixel noise.

    The two halves of a line share its stripe and nothing else, so the covariance of their offsets is the stripes' variance.
    """
    halves = [np.array_split(image, 2, axis) for image in noise]
    shared = np.mean([np.mean(_offsets(first, axis) * _offsets(second, axis)) for first, second in halves])
    size = float(np.sqrt(max(shared, 0.0)))
    return size if size > FAINTEST else 0.0


def _offsets(image: np.ndarray, axis: int) -> np.ndarray:
    """Offset of every line (its median along `axis`) against its neighbours."""
    lines = np.median(image, axis).astype(np.float32)
    reach = int(3 * ACROSS)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / ACROSS) ** 2)
    return lines - np.convolve(np.pad(lines, reach, mode="reflect"), kernel / kernel.sum(), mode="valid")


def _shrunk(offsets: np.ndarray, size: float, length: int) -> np.ndarray:
    """Offsets shrunk by the share of stripe in their variance (the median of n normals has variance pi / 2 n); edges left."""
    weight = size**2 / (size**2 + np.pi / 2 / length)
    return np.where(np.abs(offsets) < LIMIT * size, weight * offsets, 0).astype(np.float32)
