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

    def offsets(self, frame: np.ndarray) -> np.ndarray:
        """Offsets [H, W] of the rows and columns of a stabilised frame [H, W]; its NaN are pixels that are not to be asked."""
        found = np.zeros(frame.shape, np.float32)
        for axis, size in ((1, self.rows), (0, self.columns)):
            if size > 0:
                left = frame - found
                found += np.expand_dims(_shrunk(_offsets(left, axis), size, _known(left, axis)), axis)
        return found

    def remove(self, frame: np.ndarray, passive: np.ndarray | bool = False) -> np.ndarray:
        """Takes the offsets of whole rows and columns out of a stabilised frame [H, W]; passive pixels are not asked."""
        return frame if self == Stripes() else frame - self.offsets(np.where(passive, np.float32(np.nan), frame))

    def sample_left(self, shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
        """Draws what `remove` leaves of offsets like these in an image [H, W]: their slow part, which it takes for shading."""
        if self == Stripes():
            return np.zeros(shape, np.float32)
        rows, columns = rng.standard_normal((shape[0], 1)), rng.standard_normal((1, shape[1]))
        return self.remove(np.float32(self.rows * rows + self.columns * columns))


def find_stripes(noise: Sequence[np.ndarray]) -> Stripes:
    """Measures the stripes in images of noise [H, W]: differences of stabilised frames over sqrt(2), so anatomy is gone.

    Pixels that are not noise alone, where something moved, are NaN.
    """
    return Stripes(*(_size(noise, axis) for axis in (1, 0)))


def _size(noise: Sequence[np.ndarray], axis: int) -> float:
    """What the offsets of whole lines vary beyond what independent halves of the same lines would make of pixel noise.

    The two halves of a line share its stripe and nothing else, so the covariance of their offsets is the stripes' variance.
    """
    halves = [np.array_split(image, 2, axis) for image in noise]
    shared = np.mean([np.mean(_offsets(first, axis) * _offsets(second, axis)) for first, second in halves])
    size = float(np.sqrt(max(shared, 0.0)))
    return size if size > FAINTEST else 0.0


def _known(image: np.ndarray, axis: int) -> np.ndarray:
    """Number of pixels of every line that are not NaN."""
    return np.count_nonzero(~np.isnan(image), axis)


def _medians(image: np.ndarray, axis: int) -> np.ndarray:
    """Median of every line's known pixels, 0 where there are none (sorting is faster than numpy's own medians)."""
    ordered, known = np.sort(image, axis), np.expand_dims(_known(image, axis), axis)
    middle = [np.take_along_axis(ordered, np.maximum(k, 0), axis) for k in ((known - 1) // 2, known // 2)]
    return np.where(known > 0, (middle[0] + middle[1]) / 2, 0).squeeze(axis)


def _offsets(image: np.ndarray, axis: int) -> np.ndarray:
    """Offset of every line (its median along `axis`) against its neighbours."""
    lines = _medians(image, axis).astype(np.float32)
    reach = int(3 * ACROSS)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / ACROSS) ** 2)
    return lines - np.convolve(np.pad(lines, reach, mode="reflect"), kernel / kernel.sum(), mode="valid")


def _shrunk(offsets: np.ndarray, size: float, pixels: np.ndarray) -> np.ndarray:
    """Offsets shrunk by the share of stripe in their variance (the median of n normals has variance pi / 2 n); edges left."""
    weight = size**2 / (size**2 + np.pi / 2 / np.maximum(pixels, 1))
    return np.where(np.abs(offsets) < LIMIT * size, weight * offsets, 0).astype(np.float32)
