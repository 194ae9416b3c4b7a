"""The noise law: standard deviation of one frame's noise as a function of the mean, without an assumed form.

Raw linear data obey variance = a m + b, logarithmic data its reverse, and behind a display look-up table it can be anything
(the cine IM5 of a coronary phantom: 5.0-5.7 grey levels whatever the mean), so nothing but smoothness is assumed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .robust import winsorised_variance
from .samples import Difference

BINS = 24
MIN_SAMPLES = 1500


@dataclass(frozen=True)
class NoiseLaw:
    """Standard deviation `sigma` [K] at the mean `levels` [K] (ascending), both in stored units."""

    levels: np.ndarray
    sigma: np.ndarray

    def sigma_at(self, level: np.ndarray) -> np.ndarray:
        """Standard deviation at any level; held constant beyond the levels that were seen."""
        return np.interp(level, self.levels, self.sigma)


def law_from_differences(pairs: Sequence[Difference], correction: float = 1.0) -> NoiseLaw | None:
    """Fits the law to the static pixels of pairs of frames; None where there are too few.

    Args:
        correction: factor on the variance, 1 / (1 - rho) where a vendor's recursion could not be undone.
    """
    stride = max(1, sum(int(p.static.sum()) for p in pairs) // 2_000_000)
    level = np.concatenate([p.level[p.static][::stride] for p in pairs])
    noise = np.concatenate([p.noise[p.static][::stride] for p in pairs])
    if len(level) < MIN_SAMPLES:
        return None
    groups = np.array_split(np.argsort(level, kind="stable"), max(1, min(BINS, len(level) // MIN_SAMPLES)))
    levels = np.array([level[g].mean() for g in groups])
    variance = np.array([winsorised_variance(noise[g]) for g in groups]) * correction
    return _law(levels, variance)


def law_from_tiles(level: np.ndarray, variance: np.ndarray) -> NoiseLaw | None:
    """Fits the law to levels and variances of flat tiles [N] (one frame, or slices)."""
    if len(level) < 2:
        return None
    groups = np.array_split(np.argsort(level), max(1, min(BINS // 2, len(level) // 8)))
    return _law(np.array([level[g].mean() for g in groups]), np.array([np.median(variance[g]) for g in groups]))


def _law(levels: np.ndarray, variance: np.ndarray) -> NoiseLaw | None:
    sigma = np.sqrt(_smooth(variance))
    if not np.all(np.isfinite(sigma)) or sigma.max() <= 0:
        return None
    levels, first = np.unique(levels, return_index=True)
    return NoiseLaw(levels, np.maximum(sigma[first], 0.05 * sigma.max()))


def _smooth(values: np.ndarray) -> np.ndarray:
    padded = np.pad(values, 1, mode="edge")
    return 0.25 * padded[:-2] + 0.5 * padded[1:-1] + 0.25 * padded[2:]
