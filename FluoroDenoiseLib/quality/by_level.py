"""Noise against signal: the spatial noise at each grey level, before and after."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..cine import Cine
from . import flat
from .compare import chosen_frames, guide_of
from .field import field_of_view

LEVELS = 12
"""Grey levels at most, each with as many blocks as the others."""
FEWEST = 40
"""Blocks that a grey level needs, of which the flattest fifth is measured."""
STRUCTURED = 2.0
"""A level is left out where even its flattest blocks hold this many times more structure, against their noise, than the best
level: nothing but vessels may be that dark."""


@dataclass(frozen=True)
class NoiseByLevel:
    """Noise standard deviations `before` and `after` [K] at the mean `levels` [K] (ascending), all in stored units."""

    levels: np.ndarray
    before: np.ndarray
    after: np.ndarray


def noise_by_level(before: Cine, after: Cine) -> NoiseByLevel:
    """The noise of a cine and of its denoised result, measured as `compare` does: in space, within blocks that are flat in the
    original's neighbouring frames."""
    field = field_of_view(before)
    parts = [_of_frame(before, after, int(t), field) for t in chosen_frames(len(before))]
    level, structure, *noise = np.concatenate(parts, axis=1)
    order = np.argsort(level, kind="stable")
    groups = [_flattest(group, structure) for group in np.array_split(order, int(np.clip(len(order) // FEWEST, 1, LEVELS)))]
    levels, flatness, *noises = ([np.median(values[group]) for group in groups] for values in (level, structure, *noise))
    share = np.array(flatness) / np.maximum(noises[0], 1e-12)
    return NoiseByLevel(*(np.array(values)[share <= STRUCTURED * share.min()] for values in (levels, *noises)))


def _flattest(group: np.ndarray, structure: np.ndarray) -> np.ndarray:
    return group[np.argsort(structure[group])[: max(1, int(flat.SHARE * len(group)))]]


def _of_frame(before: Cine, after: Cine, t: int, field: np.ndarray) -> np.ndarray:
    """[4, N]: for each block of frame t inside the field its level, the guide's structure, and both noises."""
    guide = guide_of(before, t)
    inside = flat.blocks(field).all(1)
    inside = inside if inside.any() else np.ones_like(inside)
    rows = flat.blocks(guide).mean(1), flat.spreads(guide), *(flat.spreads(cine.frames[t]) for cine in (before, after))
    return np.stack([row[inside] for row in rows])
