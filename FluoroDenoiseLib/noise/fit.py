"""The fit-quality gate: does the noise law hold everywhere, and what to do where it does not."""

from __future__ import annotations

import math
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
SPIKY = 0.12  # shortfall of the mean absolute noise against normal noise of the same variance that costs trust
MILDER = 0.5


@dataclass(frozen=True)
class Fit:
    """How well the law holds.

    Attributes:
        scale_map: [H, W] local noise over the law's, 1 where the law holds (enhancement and CT make it vary).
        misfit: spread of the local noise around the law (0.1 = 10 %).
        remaining: the same after the local map.
        spikiness: shortfall of the noise's mean absolute value against normal noise of equal variance; 0 for normal noise,
            more where noise comes and goes (lossy compression, processing that adapts to the image).
        untested: True where a single frame, or slices, give nothing to test the law against.
    """

    scale_map: np.ndarray
    misfit: float = 0.0
    remaining: float = 0.0
    spikiness: float = 0.0
    untested: bool = False

    @property
    def trust(self) -> float:
        """1 where denoising may act fully, `MILDER` where the noise does not do what the law says."""
        return MILDER if self.untested or self.remaining > POOR or self.spikiness > SPIKY else 1.0

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences for the user."""
        found = []
        if self.spikiness > SPIKY:
            found.append("The noise comes and goes, as after lossy compression or adaptive processing: less is removed.")
        if self.remaining > POOR:
            found.append(f"The noise does not follow a law (off by {self.remaining:.0%}): less is removed.")
        elif self.misfit > GOOD:
            found.append(f"The noise differs by {self.misfit:.0%} between places of equal brightness; a local map is used.")
        return tuple(found)


def judge_fit(pairs: Sequence[Difference], stabiliser: Stabiliser, kept_in: float) -> Fit:
    """Compares the noise of 32 x 32 tiles with the law; odd pairs of frames make the map, even ones judge it."""
    flat = np.ones(pairs[0].noise.shape, np.float32)
    made, judged = (_tile_deviation(part, stabiliser, kept_in) for part in (pairs[0::2], pairs[1::2] or pairs[0::2]))
    known = np.isfinite(made) & np.isfinite(judged)
    if known.sum() < 8:
        return Fit(flat, untested=True)
    misfit = _spread(judged[known])
    if misfit < GOOD:
        return Fit(flat, misfit, misfit, _spikiness(pairs, stabiliser, flat))
    remaining = _spread((judged / made)[known])
    scale_map = _full_size(np.where(np.isfinite(made), made, np.nanmedian(made)), flat.shape)
    return Fit(scale_map, misfit, remaining, _spikiness(pairs, stabiliser, scale_map))


def _tile_deviation(pairs: Sequence[Difference], stabiliser: Stabiliser, kept_in: float) -> np.ndarray:
    """Noise standard deviation of each tile against the law's, NaN where too little is static."""
    noise = [(stabiliser.forward(p.second) - stabiliser.forward(p.first)) / math.sqrt(2 * (1 - kept_in)) for p in pairs]
    rows, columns = (-(-n // TILE) for n in noise[0].shape)
    result = np.full((rows, columns), np.nan)
    for i, j in np.ndindex(rows, columns):
        tile = np.s_[i * TILE : (i + 1) * TILE, j * TILE : (j + 1) * TILE]
        samples = np.concatenate([z[tile][p.static[tile]] for z, p in zip(noise, pairs, strict=True)])
        if len(samples) >= MIN_STATIC:
            result[i, j] = np.sqrt(winsorised_variance(samples, rounds=4))
    return result


def _spikiness(pairs: Sequence[Difference], stabiliser: Stabiliser, scale_map: np.ndarray) -> float:
    noise = [((stabiliser.forward(p.second) - stabiliser.forward(p.first)) / scale_map)[p.static] for p in pairs]
    samples = np.concatenate([n[:: max(1, len(n) // 50_000)] for n in noise])
    samples = np.clip(samples, -6 * samples.std(), 6 * samples.std())
    return float(1 - np.abs(samples).mean() / (np.sqrt(2 / np.pi) * samples.std()))


def _spread(deviation: np.ndarray) -> float:
    """Half the distance between the 16th and 84th percentile, relative."""
    low, high = np.quantile(deviation, [0.16, 0.84])
    return float((high - low) / 2)


def _full_size(tiles: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    smooth = cv2.GaussianBlur(tiles.astype(np.float32), (0, 0), 0.7)
    height, width = (n * TILE for n in tiles.shape)
    return cv2.resize(smooth, (width, height), interpolation=cv2.INTER_LINEAR)[: shape[0], : shape[1]].clip(0.3, 4)
