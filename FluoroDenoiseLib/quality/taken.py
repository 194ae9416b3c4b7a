"""What a filter took away, less the noise of whole rows and columns: that is drawn in lines, but is no structure."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ..noise.stripes import Stripes

PAIRS = 6
"""Pairs of neighbouring frames, spread over the cine, that stripes are looked for in."""


def stripes_of(frame: Callable[[int], np.ndarray], count: int, field: np.ndarray) -> Stripes | None:
    """Stripes of a cine, offsets of lines that change from frame to frame; None where frames do not tell.

    Args:
        frame: reads frame t [H, W], of which there are `count`, with a vendor's recursive filter undone.
        field: [H, W] boolean, the field of view.
    """
    from ..noise.samples import difference
    from ..noise.stripes import find_stripes

    if count < 2:
        return None
    chosen = np.unique(np.linspace(0, count - 2, PAIRS).round().astype(int))
    pairs = [difference(frame(t), frame(t + 1), field) for t in chosen]
    spread = [float(pair.noise[pair.static].std()) if pair.static.any() else 0.0 for pair in pairs]
    noise = [np.where(p.static, p.noise / size, np.nan) for p, size in zip(pairs, spread, strict=True) if size > 0]
    return find_stripes(noise) if noise else None


def taken(before: np.ndarray, after: np.ndarray, stripes: Stripes | None, field: np.ndarray) -> np.ndarray:
    """What was taken from a frame [H, W], stored units, without its stripes."""
    away = before - after
    size = float(away[field].std())
    if stripes is None or not size:
        return away
    return size * stripes.remove(away / size, ~field)
