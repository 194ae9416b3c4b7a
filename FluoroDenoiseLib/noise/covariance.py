"""Spatial covariance of one frame's noise, in classes of brightness: electronic noise is white, quantum noise blurred."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

REACH = 5
SIDE = 2 * REACH + 1
SURROUNDINGS = 3.0
"""Gaussian scale in pixels of the local mean that tells a pixel's class of brightness: the noise that it keeps must be small
against a class, or noise drawn from classes in turns would be whiter than each of them."""
APART = 1.0  # noise standard deviations that a class of brightness spans at least
CLASSES = 6  # at most; each holds its share of the pixels, enough for the longest lags


@dataclass(frozen=True)
class NoiseCovariance:
    """Autocovariance of stabilised noise.

    Attributes:
        levels: [K] centre of each class on the stabilised scale, ascending.
        autocovariance: [K, 11, 11] covariance at lags -5..5 rows and columns; the centre is the variance, about 1.
    """

    levels: np.ndarray
    autocovariance: np.ndarray

    @property
    def correlation(self) -> tuple[float, float]:
        """Mean correlation with the next pixel along rows' direction (down) and along columns' direction (right)."""
        mean = self.autocovariance.mean(axis=0)
        return float(mean[REACH + 1, REACH] / mean[REACH, REACH]), float(mean[REACH, REACH + 1] / mean[REACH, REACH])

    def smoothed_variance(self, kernel: np.ndarray) -> float:
        """Variance left in unit noise by convolution with a kernel [n, n], averaged over the classes."""
        size = kernel.shape[0] + 2 * REACH
        power = np.abs(np.fft.rfft2(kernel, (size, size))) ** 2
        overlap = np.fft.fftshift(np.fft.irfft2(power, (size, size)))
        middle = size // 2
        near = overlap[middle - REACH : middle + REACH + 1, middle - REACH : middle + REACH + 1]
        # A measured covariance can be a little short of positive; smoothing leaves no less than of noise half as large.
        return max(float((near * self.autocovariance.mean(axis=0)).sum()), float((kernel**2).sum()) / 4)

    def sample(self, level: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Draws Gaussian noise [H, W] of this covariance for a stabilised image `level` [H, W], float32."""
        weights = self._class_weights(surroundings(level))
        noise = np.zeros(level.shape)
        for weight, autocovariance in zip(weights, self.autocovariance, strict=True):
            white = rng.standard_normal(level.shape)
            noise += np.sqrt(weight) * _coloured(white, autocovariance)
        return noise.astype(np.float32)

    def variance_at(self, level: np.ndarray) -> np.ndarray:
        """Variance of the noise at a local mean (`surroundings`)."""
        return np.interp(level, self.levels, self.autocovariance[:, REACH, REACH])

    def _class_weights(self, level: np.ndarray) -> np.ndarray:
        """Share of each class at each pixel, linear between the classes' centres, [K, H, W]."""
        if len(self.levels) == 1:
            return np.ones((1, *level.shape))
        position = np.interp(level, self.levels, np.arange(len(self.levels)))
        return np.clip(1 - np.abs(position - np.arange(len(self.levels))[:, None, None]), 0, 1)


def gaussian_kernel(sigma: float) -> np.ndarray:
    """Gaussian of `sigma` pixels [n, n], n = 8 sigma, sum 1."""
    line = np.exp(-0.5 * (np.arange(-int(4 * sigma), int(4 * sigma) + 1) / sigma) ** 2)
    return np.outer(line, line) / line.sum() ** 2


def white_covariance() -> NoiseCovariance:
    """Unit white noise: what is assumed where nothing could be measured."""
    autocovariance = np.zeros((1, SIDE, SIDE))
    autocovariance[0, REACH, REACH] = 1
    return NoiseCovariance(np.zeros(1), autocovariance)


def estimate_covariance(
    noise: Sequence[np.ndarray], level: Sequence[np.ndarray], static: Sequence[np.ndarray], classes: int = CLASSES
) -> NoiseCovariance:
    """Measures the autocovariance of stabilised noise images [H, W] where `static` [H, W] is True.

    Args:
        level: stabilised images whose surroundings tell the classes of brightness.
        classes: of brightness, at most.
    """
    levels = [surroundings(one) for one in level]
    seen = np.concatenate([one[mask][::17] for one, mask in zip(levels, static, strict=True)])
    if len(seen) < 500:
        return white_covariance()
    edges = _class_edges(seen, classes)
    centres, found = [], []
    for low, high in pairwise(edges):
        masks = [mask & (one >= low) & (one < high) for one, mask in zip(levels, static, strict=True)]
        if sum(int(m.sum()) for m in masks) > 2000:
            found.append(_autocovariance(noise, masks))
            centres.append(np.median(np.concatenate([one[m][::7] for one, m in zip(levels, masks, strict=True)])))
    return NoiseCovariance(np.array(centres), np.stack(found)) if found else white_covariance()


def surroundings(level: np.ndarray) -> np.ndarray:
    """Local mean [H, W] that tells the class of brightness of each pixel of an image [H, W]."""
    return cv2.GaussianBlur(np.asarray(level, np.float32), (0, 0), SURROUNDINGS)


def _class_edges(seen: np.ndarray, classes: int) -> list[float]:
    """From -inf to inf: as many classes as hold their share of the levels seen and are wide enough."""
    ordered = np.sort(seen)
    share = len(ordered) / classes
    first, edges = 0, [-np.inf]
    while first + 2 * share <= len(ordered):
        first = max(round(first + share), int(np.searchsorted(ordered, ordered[first] + APART)))
        if first + share > len(ordered) or ordered[-1] - ordered[min(first, len(ordered) - 1)] < APART:
            break
        edges.append(float(ordered[first]))
    return [*edges, np.inf]


def _autocovariance(noise: Sequence[np.ndarray], masks: Sequence[np.ndarray]) -> np.ndarray:
    products, counts = 0.0, 0.0
    for image, mask in zip(noise, masks, strict=True):
        shape = tuple(n + REACH for n in image.shape)
        kept = np.where(mask, np.clip(image, -5, 5), 0)
        products = products + _near(np.abs(np.fft.rfft2(kept, shape)) ** 2, shape)
        counts = counts + _near(np.abs(np.fft.rfft2(mask.astype(np.float32), shape)) ** 2, shape)
    return products / np.maximum(counts, 1)


def _near(power: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Lags -5..5 of the autocorrelation that belongs to a power spectrum."""
    lags = np.fft.irfft2(power, shape)
    index = np.arange(-REACH, REACH + 1)
    return lags[np.ix_(index, index)]


def _coloured(white: np.ndarray, autocovariance: np.ndarray) -> np.ndarray:
    """Filters white noise so that its covariance becomes the given one (square root of the power spectrum).

    What is left at the longest lags is no grain, but what whole lines and frames share; cut off there, it would be drawn as
    grain of eleven pixels. It is left out.
    """
    kernel = np.zeros(white.shape)
    index = np.arange(-REACH, REACH + 1)
    longest = np.maximum(np.abs(index)[:, None], np.abs(index)) == REACH
    kernel[np.ix_(index, index)] = autocovariance - max(float(autocovariance[longest].mean()), 0.0)
    power = np.maximum(np.fft.rfft2(kernel).real, 0)
    return np.fft.irfft2(np.fft.rfft2(white) * np.sqrt(power), white.shape)
