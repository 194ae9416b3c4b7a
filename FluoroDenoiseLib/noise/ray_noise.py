"""Where a CT slice is noisy, as its own attenuation tells: rays through much tissue count few quanta."""

from __future__ import annotations

import cv2
import numpy as np

WATER_PER_MM = 0.0206  # at 60 keV (NIST XCOM); any other energy only scales the law that is fitted to the result
VIEWS, SIDE = 45, 128  # angles, and rows and columns that suffice: the noise varies slowly
LARGEST = 9.0  # line integral behind which nothing but read-out noise is counted
USUAL_PIXEL = 0.8  # millimetres, where the file does not say


def ray_variance(hounsfield: np.ndarray, pixel: float | None) -> np.ndarray:
    """Relative noise variance expected of filtered back-projection, float32.

    The variance of a line integral p is 1 / counts, proportional to exp(p), and the variance at a pixel is the mean of those of
    the rays through it (Kak and Slaney 1988, section 5.2). Bow-tie filters and tube modulation are not known: the result orders
    the places of a slice by their noise, and `slice_noise` reads from the slice how much it really is.

    Args:
        hounsfield: [H, W] noisy slice.
        pixel: millimetres, None where it is not known.

    Returns:
        [h, w], at most 128 rows and columns.
    """
    scale = max(max(hounsfield.shape) / SIDE, 1.0)
    size = tuple(round(n / scale) for n in hounsfield.shape[::-1])
    small = cv2.resize(hounsfield.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    step = (pixel or USUAL_PIXEL) * scale
    square = _on_a_square(np.maximum(1 + small / 1000, 0) * np.float32(WATER_PER_MM * step))
    variance = np.mean([_one_view(square, angle) for angle in np.arange(VIEWS) * 180.0 / VIEWS], axis=0)
    top, left = ((len(square) - n) // 2 for n in small.shape)
    return variance[top : top + small.shape[0], left : left + small.shape[1]]


def _on_a_square(image: np.ndarray) -> np.ndarray:
    """The image amid a square of zeros that holds it at any angle."""
    side = int(np.ceil(np.hypot(*image.shape))) + 2
    top, left = ((side - n) // 2 for n in image.shape)
    square = np.zeros((side, side), np.float32)
    square[top : top + image.shape[0], left : left + image.shape[1]] = image
    return square


def _one_view(square: np.ndarray, degrees: float) -> np.ndarray:
    """Variance of the rays of one angle, smeared back over the slice."""
    side = len(square)
    middle = ((side - 1) / 2, (side - 1) / 2)
    turned = cv2.warpAffine(square, cv2.getRotationMatrix2D(middle, degrees, 1.0), (side, side))
    rays = np.exp(np.minimum(turned.sum(0), LARGEST))
    smeared = np.ascontiguousarray(np.broadcast_to(rays, (side, side)))
    back = cv2.getRotationMatrix2D(middle, -degrees, 1.0)
    return cv2.warpAffine(smeared, back, (side, side), borderMode=cv2.BORDER_REPLICATE)
