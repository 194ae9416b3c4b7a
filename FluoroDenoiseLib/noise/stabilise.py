"""Variance stabilisation: stored units to noise standard deviations and back without bias."""

from __future__ import annotations

import numpy as np

from .law import NoiseLaw

NODES = 4096
_QUADRATURE = np.polynomial.hermite_e.hermegauss(15)


class Table:
    """A function on a uniform grid, interpolated linearly and continued as a straight line at both ends.

    Args:
        low, high: ends of the grid.
        values: [N] values on it.
    """

    def __init__(self, low: float, high: float, values: np.ndarray) -> None:
        self._low, self._per_step = np.float32(low), np.float32((len(values) - 1) / (high - low))
        self._values, self._steps = values.astype(np.float32), np.diff(values).astype(np.float32)

    def __call__(self, x: np.ndarray) -> np.ndarray:
        position = (np.asarray(x, np.float32) - self._low) * self._per_step
        index = np.clip(position, 0, len(self._steps) - 1).astype(np.intp)  # the type that `take` needs not convert
        position -= index.astype(np.float32)  # float32 less an integer would be float64
        return self._values.take(index) + position * self._steps.take(index)


class Stabiliser:
    """Maps stored values m to f(m) = integral of dm / sigma(m), where noise has standard deviation 1, and back.

    The way back inverts the *mean* E[f(m + sigma(m) z)] rather than f itself, so that averaging after f leaves no bias; for a
    Poisson-Gaussian law it agrees with the exact unbiased inverse of the generalised Anscombe transformation (Makitalo and
    Foi, IEEE TIP 22(1), 2013).

    Args:
        law: the noise law.
        low, high: range of the stored values to be mapped; beyond it the map goes on as a straight line.
    """

    def __init__(self, law: NoiseLaw, low: float, high: float) -> None:
        margin = 4 * float(law.sigma.max())
        levels = np.linspace(low - margin, high + margin, NODES)
        slope = 1 / law.sigma_at(levels)
        stabilised = np.concatenate([[0.0], np.cumsum((slope[1:] + slope[:-1]) / 2) * (levels[1] - levels[0])])
        self._forward = Table(levels[0], levels[-1], stabilised)
        mean = np.maximum.accumulate(self._expected(law, levels))
        grid = np.linspace(mean[0], mean[-1], NODES)
        self._inverse = Table(grid[0], grid[-1], np.interp(grid, mean, levels))

    def _expected(self, law: NoiseLaw, levels: np.ndarray) -> np.ndarray:
        nodes, weights = _QUADRATURE
        return self._forward(levels[:, None] + law.sigma_at(levels)[:, None] * nodes) @ (weights / weights.sum())

    def forward(self, frame: np.ndarray) -> np.ndarray:
        """Stored values (any shape) to noise standard deviations, float32."""
        return self._forward(frame)

    def inverse(self, stabilised: np.ndarray) -> np.ndarray:
        """Denoised values in noise standard deviations (any shape) to stored units, float32, unbiased."""
        return self._inverse(stabilised)
