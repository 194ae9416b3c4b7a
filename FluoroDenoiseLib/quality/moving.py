"""Moving objects without a reference: what stands in one frame and in neither neighbour, how much is kept, what it leaves.

A temporal filter that erases a wire looks perfect in every static measure; here it does not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..cine import Cine
from . import flat
from .lines import standing_out

TIMES = 3.5
"""Line response in units of the noise's median one; no pixel of plain noise reaches it in a million."""
SAME = 2.0
"""Below this response the two neighbours are taken for the same, so that what differs in between passed through."""
FEWEST = 200
"""Pixels needed, over all measured frames, before moving objects can be judged."""


@dataclass(frozen=True)
class Passing:
    """What passed through one frame: its difference from the neighbours' mean, and where it stands out, both [H, W]."""

    height: np.ndarray
    where: np.ndarray


def passing(cine: Cine, t: int, guide: np.ndarray, field: np.ndarray) -> Passing | None:
    """Objects of frame t that neither neighbour holds at their place; None for the first and the last frame."""
    if not 0 < t < len(cine) - 1:
        return None
    former, here, later = (cine.frames[k].astype(np.float32) for k in (t - 1, t, t + 1))
    height = here - (former + later) / 2
    where = standing_out(height, guide, field, TIMES) & ~standing_out(later - former, guide, field, SAME)
    return Passing(height, where)


def share(passed: Passing | None, seen: np.ndarray, chosen: np.ndarray) -> tuple[float, float, int]:
    """Sums for the regression of what is `seen` [H, W] on what passed: numerator, denominator and pixels.

    Noise is in both; its share per pixel is known from the flat blocks `chosen` and taken away.
    """
    if passed is None:
        return 0.0, 0.0, 0
    cross, own = seen * passed.height, passed.height**2
    count = int(passed.where.sum())
    noise_cross, noise_own = (float(np.median(flat.blocks(image)[chosen].mean(1))) for image in (cross, own))
    return float(cross[passed.where].sum()) - count * noise_cross, float(own[passed.where].sum()) - count * noise_own, count


def total(sums: list[tuple[float, float, int]]) -> float | None:
    """The share over all measured frames, None where too little moved to tell."""
    part, whole, count = np.sum(sums, axis=0)
    return round(float(part / whole), 4) if count >= FEWEST and whole > 0 else None
