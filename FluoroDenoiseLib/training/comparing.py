"""Is the tuned model better than its base on what was held out? Paired differences and their bootstrap interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .held_out import BLOCK, Tile

DRAWS = 2000
FEWEST_BLOCKS = 4
LEAST = 0.0005  # of the base's score, which is mostly the targets' own noise; a smaller gain, about 0.05 dB, is none


@dataclass(frozen=True)
class Comparison:
    """Scores on the same tiles; lower is better.

    Attributes:
        base, tuned: mean scores.
        low, high: 95 % interval of tuned - base.
        by_cine: mean of tuned - base of each held-out cine.
    """

    base: float
    tuned: float
    low: float
    high: float
    by_cine: tuple[float, ...]

    @property
    def difference(self) -> float:
        """Tuned - base: negative where tuning helped."""
        return self.tuned - self.base

    @property
    def better(self) -> bool:
        """Whether the gain is beyond chance and the minimum, and no cine pays for it."""
        least = LEAST * self.base
        return self.high < 0 and self.difference < -least and max(self.by_cine) < least

    def as_dict(self) -> dict[str, float]:
        """JSON-ready, without what is known of single cines."""
        named = {name: getattr(self, name) for name in ("base", "tuned", "difference", "low", "high")}
        return {name: round(value, 6) for name, value in named.items()}


def compare_losses(base: np.ndarray, tuned: np.ndarray, tiles: Sequence[Tile]) -> Comparison:
    """Compares losses [N] of the same tiles.

    The interval is that of a two-level bootstrap: cines are drawn with replacement, then blocks of frames within them, since
    tiles of one cine, and of neighbouring frames, are no independent witnesses.
    """
    difference = tuned - base
    cines = sorted({tile.cine for tile in tiles})
    blocks = [_blocks(difference, tiles, cine) for cine in cines]
    low, high = np.quantile(_bootstrap(blocks, np.random.default_rng(0)), [0.025, 0.975])
    by_cine = tuple(float(part[:, 0].sum() / part[:, 1].sum()) for part in blocks)
    return Comparison(float(base.mean()), float(tuned.mean()), float(low), float(high), by_cine)


def _blocks(difference: np.ndarray, tiles: Sequence[Tile], cine: int) -> np.ndarray:
    """Sum and count [B, 2] of the differences in each block of frames of a cine, four blocks at least: one has no spread."""
    length = max(1, min(BLOCK, (1 + max(tile.frame for tile in tiles if tile.cine == cine)) // FEWEST_BLOCKS))
    found: dict[int, list[float]] = {}
    for value, tile in zip(difference, tiles, strict=True):
        if tile.cine == cine:
            found.setdefault(tile.frame // length, []).append(float(value))
    return np.array([(sum(values), len(values)) for values in found.values()])


def _bootstrap(blocks: list[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """Means [DRAWS] of the difference over cines and blocks drawn anew."""
    sums = np.zeros((DRAWS, 2))
    for _ in blocks:  # as many cines are drawn as there are
        drawn = rng.integers(len(blocks), size=DRAWS)
        for k, part in enumerate(blocks):
            rows = np.flatnonzero(drawn == k)
            sums[rows] += part[rng.integers(len(part), size=(len(rows), len(part)))].sum(axis=1)
    return sums[:, 0] / sums[:, 1]
