"""Robust scale of noise samples that may be coarsely quantised."""

from __future__ import annotations

import numpy as np

# Variance that a unit normal keeps when it is clipped at +-3: the consistency factor of the winsorised variance.
_KEPT_AT_3 = 0.99501


def winsorised_variance(samples: np.ndarray, rounds: int = 8) -> float:
    """Variance of samples [N], those beyond three standard deviations pulled in (Huber's proposal 2).

    A median absolute deviation would jump between few values on 8-bit data (5.24 or 6.29 for 5.7); this is smooth.
    """
    low, high = np.quantile(samples, [0.25, 0.75])
    reach = 2 * (high - low)
    centred = samples - np.clip(samples, low - reach, high + reach).mean()
    scale = float(high - low) / 1.349 or float(np.sqrt(np.mean(centred**2)))
    for _ in range(rounds):
        scale = float(np.sqrt(np.mean(np.clip(centred, -3 * scale, 3 * scale) ** 2) / _KEPT_AT_3))
    return scale**2
