"""Lines in noise: a bank of oriented matched filters that sees a thin wire where single pixels and blobs drown."""

from __future__ import annotations

import cv2
import numpy as np

from ..noise.covariance import NoiseCovariance

ORIENTATIONS = 8
ALONG, ACROSS = 2.5, 0.8  # pixels of the half-size image, sigmas of the filters
REACH = 5
CERTAIN = 4.2  # standard deviations of noise above which a response is a line and not chance: about one in a frame is


class LineDetector:
    """Significance of lines in images of noise of a known covariance.

    A wire of 2 pixels and 2.7 noise standard deviations, hard to tell in a pixel, gives a response of about 14.

    Args:
        covariance: spatial covariance of unit noise.
    """

    def __init__(self, covariance: NoiseCovariance) -> None:
        self._kernels = [_kernel(np.pi * k / ORIENTATIONS) for k in range(ORIENTATIONS)]
        # A filter on the half-size image is one with every tap spread over 2 x 2 pixels of the whole image.
        self._gains = [covariance.smoothed_variance(np.kron(kernel, np.full((2, 2), 0.25))) for kernel in self._kernels]

    def excess(self, image: np.ndarray, variance: np.ndarray) -> np.ndarray:
        """Squared significance of the best line through each pixel over `CERTAIN` squared, less 1; 0 where there is none.

        Args:
            image: [H, W], noise and perhaps lines.
            variance: [H, W] variance of its noise.
        """
        half, half_variance = (cv2.resize(x, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA) for x in (image, variance))
        power = np.zeros_like(half)
        for kernel, gain in zip(self._kernels, self._gains, strict=True):
            response = cv2.filter2D(half, cv2.CV_32F, kernel)
            np.maximum(power, response * response / np.float32(gain), out=power)
        excess = np.maximum(power / (np.float32(CERTAIN**2) * half_variance) - 1, 0)
        return cv2.resize(excess, image.shape[::-1], interpolation=cv2.INTER_LINEAR)


def _kernel(angle: float) -> np.ndarray:
    """Gaussian [11, 11] of sum 1, long in the direction of `angle`."""
    row, column = np.mgrid[-REACH : REACH + 1, -REACH : REACH + 1]
    along, across = column * np.cos(angle) + row * np.sin(angle), row * np.cos(angle) - column * np.sin(angle)
    kernel = np.exp(-0.5 * ((along / ALONG) ** 2 + (across / ACROSS) ** 2))
    return (kernel / kernel.sum()).astype(np.float32)
