"""Variance stabilisation: stored units to noise standard deviations and back without bias."""

from __future__ import annotations

import numpy as np

from .law import NoiseLaw

NODES = 4096
_QUADRATURE = np.polynomial.hermite_e.hermegauss(15)


class Stabiliser:
    """Maps stored values m to f(m) = integral of dm / sigma(m), where noise has standard deviation 1, and back.

    The way back inverts the *mean* E[f(m + sigma(m) z)] rather than f itself, so that averaging after f leaves no bias; for a
    Poisson-Gaussian law it agrees with the exact unbiased inverse of the generalised Anscombe transformation (Makitalo and Foi,
    IEEE TIP 22(1), 2013).

    Args:
        law: the noise law.
        low, high: range of the stored values to be mapped; beyond it the map goes on as a straight line.
    """

    def __init__(self, law: NoiseLaw, low: float, high: float) -> None:
        margin = 4 * float(law.sigma.max())
        self._grid = np.linspace(low - margin, high + margin, NODES)
        slope = 1 / law.sigma_at(self._grid)
        step = self._grid[1] - self._grid[0]
        self._forward = np.concatenate([[0.0], np.cumsum((slope[1:] + slope[:-1]) / 2) * step])
        self._mean = np.maximum.accumulate(self._expected(law))

    def _expected(self, law: NoiseLaw) -> np.ndarray:
        nodes, weights = _QUADRATURE
        noisy = self._grid[:, None] + law.sigma_at(self._grid)[:, None] * nodes
        return self._interpolate(noisy, self._grid, self._forward) @ (weights / weights.sum())

    def forward(self, frame: np.ndarray) -> np.ndarray:
        """Stored values (any shape) to noise standard deviations, float32."""
        return self._interpolate(frame, self._grid, self._forward).astype(np.float32)

    def inverse(self, stabilised: np.ndarray) -> np.ndarray:
        """Denoised values in noise standard deviations (any shape) to stored units, float32, unbiased."""
        return self._interpolate(stabilised, self._mean, self._grid).astype(np.float32)

    @staticmethod
    def _interpolate(values: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Linear interpolation of y(x), continued as a straight line at both ends."""
        inside = np.interp(values, x, y)
        first, last = _end_slope(x[:8], y[:8]), _end_slope(x[-8:], y[-8:])
        below, above = np.minimum(values - x[0], 0), np.maximum(values - x[-1], 0)
        return inside + first * below + last * above


def _end_slope(x: np.ndarray, y: np.ndarray) -> float:
    return float((y[-1] - y[0]) / max(x[-1] - x[0], 1e-12))
