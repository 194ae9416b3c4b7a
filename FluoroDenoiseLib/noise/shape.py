"""Skewness and kurtosis of stabilised noise by brightness: behind a logarithm or a display curve it is not quite Gaussian."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from .covariance import surroundings
from .samples import take_apart

TRIPLES = 8  # of frames that are looked at
CLASSES, FEWEST = 5, 100_000  # of brightness, and pixels that each holds: skewness is then known to 0.02, kurtosis to 0.03
LEAST_TAILED, MOST_TAILED, MOST_SKEWED = -0.4, 4.0, 0.9  # beyond these, noise that is bent so would fold over
AROUND, MOSTLY = 15, 0.9  # pixels along a side around one at rest, and the share of them that must be at rest, too


@dataclass(frozen=True)
class NoiseShape:
    """How noise departs from a normal distribution.

    Attributes:
        levels: [K] brightness on the stabilised scale, ascending.
        skewness: [K] third cumulant over the standard deviation's cube.
        kurtosis: [K] fourth cumulant over the variance's square (excess kurtosis).
    """

    levels: np.ndarray
    skewness: np.ndarray
    kurtosis: np.ndarray

    def bend(self, normal: np.ndarray, level: np.ndarray, strength: float) -> tuple[np.ndarray, np.ndarray]:
        """Odd and even part [H, W] of unit noise of skewness g / a and kurtosis k / a^2, g and k being those at `level` [H, W].

        What recorruption by strength a asks for (`training.losses.recorruption`). Odd + even and even - odd are both such
        noise: a cubic of normal noise, of these cumulants up to second order in them (Winterstein, Journal of Engineering
        Mechanics 114(10), 1988, Hermite model).

        Args:
            normal: [H, W] standard normal noise.
            strength: a.
        """
        skewness, kurtosis = (np.interp(level, self.levels, values) for values in (self.skewness, self.kurtosis))
        skewness = np.clip(skewness / strength, -MOST_SKEWED, MOST_SKEWED)
        tails = kurtosis / strength**2 - 4 / 3 * skewness**2  # skewed noise has tails already
        third = (np.sqrt(1 + 1.5 * np.clip(tails, LEAST_TAILED, MOST_TAILED)) - 1) / 18
        second = skewness / (6 * (1 + 6 * third))
        size = 1 / np.sqrt(1 + 2 * second**2 + 6 * third**2)
        return size * (normal + third * (normal**3 - 3 * normal)), size * second * (normal**2 - 1)


GAUSSIAN = NoiseShape(np.zeros(1), np.zeros(1), np.zeros(1))


def noise_shape(stabilised: Sequence[np.ndarray], active: np.ndarray) -> NoiseShape:
    """Measures it where three neighbouring frames of a cine [T] of [H, W] are at rest; `GAUSSIAN` where too little is.

    Two frames do not tell skewness, since it cancels in their difference. The deviation of one of three frames from their mean
    has 2/3 of its variance and 2/9 of its third and fourth cumulant; a fixed pattern is in none of it.

    Args:
        active: [H, W] boolean, pixels to look at.
    """
    starts = range(0, len(stabilised) - 2, max(3, -(-(len(stabilised) - 2) // TRIPLES)))
    seen = [_moments(stabilised[t : t + 3], active) for t in starts]
    level, *powers = np.concatenate(seen, axis=1) if seen else np.empty((4, 0))
    if len(level) < FEWEST:
        return GAUSSIAN
    edges = np.quantile(level, np.linspace(0, 1, min(CLASSES, len(level) // FEWEST) + 1))
    edges[-1] = np.inf
    found = []
    for low, high in pairwise(edges):
        inside = (level >= low) & (level < high)
        second, third, fourth = (float(power[inside].mean(dtype=np.float64)) for power in powers)
        variance = second * 3 / 2
        found.append((np.median(level[inside]), third * 9 / 2 / variance**1.5, (fourth - 3 * second**2) * 9 / 2 / variance**2))
    return NoiseShape(*np.array(found).T)


def _moments(triple: Sequence[np.ndarray], active: np.ndarray) -> np.ndarray:
    """Of the pixels at rest: brightness, and the mean over the frames of deviation squared, cubed, to the fourth, [4, N]."""
    before, after = (take_apart(other, triple[1], active) for other in (triple[0], triple[2]))
    still = before.static & after.static
    still &= cv2.blur(still.astype(np.float32), (AROUND, AROUND)) > MOSTLY  # not beside what moves
    frames = np.stack([before.first, triple[1], after.first])
    mean = frames.mean(axis=0)
    deviation = (frames - mean)[:, still]
    return np.stack([surroundings(mean)[still], *((deviation**power).mean(axis=0) for power in (2, 3, 4))])
