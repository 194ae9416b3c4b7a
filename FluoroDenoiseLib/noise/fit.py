"""The fit-quality gate: does the noise law hold everywhere, and what to do where it does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from .robust import winsorised_variance
from .samples import Difference
from .stabilise import Stabiliser

TILE = 32
MIN_STATIC = 100
GOOD, POOR = 0.10, 0.30  # spread of the noise around the law that is ignored, and that costs trust
MILDER = 0.5


@dataclass(frozen=True)
class Fit:
    """How well the law holds.

    Attributes:
        scale_map: [H, W] local noise over the law's, 1 where the law holds (enhancement and CT make it vary).
        misfit: spread of the local noise around the law (0.1 = 10 %).
        remaining: the same after the local map.
        trust: 1 where denoising may act fully, less where it should do less.
    """

    scale_map: np.ndarray
    misfit: float
    remaining: float
    trust: float

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences for the user."""
        if self.trust < 1 and self.misfit > 0:
            return (
                f"The noise does not follow a law (it varies by {self.remaining:.0%} where it should not): less is removed.",
            )
        if self.misfit > GOOD:
            return (f"The noise differs by {self.misfit:.0%} between places of equal brightness; a local noise map is used.",)
        return ()


def judge_fit(pairs: Sequence[Difference], stabiliser: Stabiliser, kept_in: float) -> Fit:
    """Compares the noise of 32 x 32 tiles with the law; odd pairs of frames make the map, even ones judge it."""
    shape = pairs[0].noise.shape
    deviation = [_tile_deviation(part, stabiliser, kept_in) for part in (pairs[0::2], pairs[1::2] or pairs[0::2])]
    made, judged = deviation
    known = np.isfinite(made) & np.isfinite(judged)
    if known.sum() < 8:
        return Fit(np.ones(shape, np.float32), 0.0, 0.0, 1.0)
    misfit = _spread(judged[known])
    if misfit < GOOD:
        return Fit(np.ones(shape, np.float32), misfit, misfit, 1.0)
    remaining = _spread((judged / made)[known])
    scale_map = _full_size(np.where(np.isfinite(made), made, np.nanmedian(made)), shape)
    return Fit(scale_map, misfit, remaining, 1.0 if remaining < POOR else MILDER)


def _tile_deviation(pairs: Sequence[Difference], stabiliser: Stabiliser, kept_in: float) -> np.ndarray:
    """Noise standard deviation of each tile against the law's, NaN where too little is static."""
    noise = [(stabiliser.forward(p.second) - stabiliser.forward(p.first)) / np.sqrt(2 * (1 - kept_in)) for p in pairs]
    rows, columns = (-(-n // TILE) for n in noise[0].shape)
    result = np.full((rows, columns), np.nan)
    for i, j in np.ndindex(rows, columns):
        tile = np.s_[i * TILE : (i + 1) * TILE, j * TILE : (j + 1) * TILE]
        samples = np.concatenate([z[tile][p.static[tile]] for z, p in zip(noise, pairs, strict=True)])
        if len(samples) >= MIN_STATIC:
            result[i, j] = np.sqrt(winsorised_variance(samples, rounds=4))
    return result


def _spread(deviation: np.ndarray) -> float:
    """Half the distance between the 16th and 84th percentile, relative."""
    low, high = np.quantile(deviation, [0.16, 0.84])
    return float((high - low) / 2)


def _full_size(tiles: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    smooth = cv2.GaussianBlur(tiles.astype(np.float32), (0, 0), 0.7)
    height, width = (n * TILE for n in tiles.shape)
    return cv2.resize(smooth, (width, height), interpolation=cv2.INTER_LINEAR)[: shape[0], : shape[1]].clip(0.3, 4)
