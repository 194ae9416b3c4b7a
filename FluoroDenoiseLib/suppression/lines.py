"""Lines in noise: a bank of oriented matched filters that sees a thin wire where single pixels and blobs drown."""

from __future__ import annotations

import cv2
import numpy as np
import torch
from torch.nn import functional as F

from ..noise.covariance import NoiseCovariance

ORIENTATIONS = 8
SCALES = (2, 4)  # the image is made smaller by these: wires of one to four pixels, vessels of three to eight
ALONG, ACROSS = 2.5, 0.8  # pixels of the smaller image, sigmas of the filters
AROUND = 2.0  # pixels of the smaller image, sigma of the surroundings that a line stands out of
REACH = 5
CERTAIN = 4.1  # standard deviations of noise above which a response counts as a line; one pixel in 400 does by chance, faintly
HALF_CERTAIN = 0.25  # excess at which a line is half certain, at 4.6 standard deviations


class LineDetector:
    """Significance of lines in images of noise of a known covariance.

    Pixels in which a line is fainter than the noise add up along it: a wire of 2 pixels and one noise standard deviation is
    about as certain as a single pixel of three to five, as it lies to the pixels of the smaller image.

    Args:
        covariance: spatial covariance of unit noise.
    """

    def __init__(self, covariance: NoiseCovariance) -> None:
        kernels = [_kernel(np.pi * k / ORIENTATIONS) for k in range(ORIENTATIONS)]
        self._filters = {scale: _of_unit_noise(kernels, scale, covariance) for scale in SCALES}

    def excess(self, image: np.ndarray, variance: np.ndarray) -> np.ndarray:
        """Squared significance of the best line through each pixel over `CERTAIN` squared, less 1; 0 where there is none.

        Args:
            image: [H, W], noise and perhaps lines.
            variance: [H, W] variance of its noise.
        """
        return np.maximum(*(self._excess_at(scale, image, variance) for scale in SCALES))

    def _excess_at(self, scale: int, image: np.ndarray, variance: np.ndarray) -> np.ndarray:
        size = tuple(-(-n // scale) for n in image.shape[::-1])
        small, small_variance = (cv2.resize(x, size, interpolation=cv2.INTER_AREA) for x in (image, variance))
        padded = cv2.copyMakeBorder(small, *(REACH,) * 4, cv2.BORDER_REFLECT_101)
        with torch.inference_mode():  # all orientations at once: half the time of OpenCV's filter2D, one by one
            responses = F.conv2d(torch.from_numpy(padded)[None], self._filters[scale])
            power = responses.square_().amax(dim=0).numpy()
        excess = np.maximum(power / (np.float32(CERTAIN**2) * small_variance) - 1, 0)
        return cv2.resize(excess, image.shape[::-1], interpolation=cv2.INTER_LINEAR)


def certainty(excess: np.ndarray) -> np.ndarray:
    """Certainty [H, W], 0 to 1, of lines of an excess [H, W]."""
    return excess / (excess + np.float32(HALF_CERTAIN))


def _of_unit_noise(kernels: list[np.ndarray], scale: int, covariance: NoiseCovariance) -> torch.Tensor:
    """The filters [N, 1, 11, 11], scaled: on an image made smaller by `scale`, their responses to noise have variance 1.

    A filter on a smaller image is one with every tap spread over several pixels of the whole image.
    """
    spread = np.full((scale, scale), scale**-2)
    scaled = [k / np.sqrt(covariance.smoothed_variance(np.kron(k, spread))) for k in kernels]
    return torch.from_numpy(np.stack(scaled).astype(np.float32))[:, None]


def _kernel(angle: float) -> np.ndarray:
    """Gaussian [11, 11] long in the direction of `angle`, less a round one, both of sum 1.

    So an area that becomes brighter or darker as a whole, as lungs do where the heart leaves them, is no line.
    """
    row, column = np.mgrid[-REACH : REACH + 1, -REACH : REACH + 1]
    along, across = column * np.cos(angle) + row * np.sin(angle), row * np.cos(angle) - column * np.sin(angle)
    line, around = _gaussian(along / ALONG, across / ACROSS), _gaussian(row / AROUND, column / AROUND)
    return (line - around).astype(np.float32)


def _gaussian(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Of sum 1, at places [H, W] in sigmas."""
    values = np.exp(-0.5 * (x * x + y * y))
    return values / values.sum()
