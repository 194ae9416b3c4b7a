"""Brightness at large scale: what a frame says of it itself, weighed by how little noise reaches that far."""

from __future__ import annotations

import math
from itertools import pairwise

import cv2
import numpy as np

from ..noise.covariance import NoiseCovariance
from ..noise.stripes import Stripes

SCALES = (32, 64, 128)  # pixels, Gaussian scales at which the bands begin; the last one has no end
COARSER = 8  # pixels, step of the grid on which they are taken


class LargeScale:
    """Wiener filter (Wiener 1949) of what a denoised frame differs by from the noisy one, band by band above 32 pixels.

    What other frames say is off where motion is not known exactly, over areas that a network of small reach cannot see. The
    frame's own brightness is not, but it has noise: little where pixels alone are noisy, much behind the offsets of whole rows.
    In each band the difference counts by what its power exceeds that noise.

    Args:
        covariance: spatial covariance of unit noise.
        stripes: offsets of rows and columns; their slow part is left in the frames.
    """

    def __init__(self, covariance: NoiseCovariance, stripes: Stripes) -> None:
        powers = [_noise_power(covariance, stripes, scale) for scale in SCALES]
        self._noise = [wide - narrow for wide, narrow in pairwise([*powers, 0.0])]

    def restored(self, result: np.ndarray, frame: np.ndarray) -> np.ndarray:
        """`result` [H, W] with the brightness of `frame` at large scale, both in noise standard deviations."""
        size = tuple(-(-n // COARSER) for n in frame.shape[::-1])
        means = cv2.resize(frame - result, size, interpolation=cv2.INTER_AREA)
        parts = [cv2.GaussianBlur(means, (0, 0), scale / COARSER, borderType=cv2.BORDER_REFLECT) for scale in SCALES]
        bands = [fine - coarse for fine, coarse in pairwise([*parts, np.zeros_like(means)])]
        missing = sum(_weight(band, noise) * band for band, noise in zip(bands, self._noise, strict=True))
        return result + cv2.resize(missing, frame.shape[::-1], interpolation=cv2.INTER_LINEAR)


def _noise_power(covariance: NoiseCovariance, stripes: Stripes, scale: float) -> float:
    """Variance of unit noise and of stripes above a Gaussian scale that is far larger than the noise's correlation."""
    pixels = max(float(covariance.autocovariance.mean(axis=0).sum()), 0.0) / (4 * math.pi * scale**2)
    return pixels + (stripes.rows**2 + stripes.columns**2) / (2 * math.sqrt(math.pi) * scale)


def _weight(band: np.ndarray, noise: float) -> float:
    """Share of a band's power that is not noise."""
    power = float(np.mean(band * band))
    return max(1 - noise / power, 0.0) if power > 0 else 0.0
