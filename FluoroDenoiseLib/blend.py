"""The last step: a frame moved towards its clean version by the strength, within what may be stored."""

from __future__ import annotations

import numpy as np

from .cine import Cine


def blend(cine: Cine, t: int, clean: np.ndarray, weight: np.ndarray | float, passive: np.ndarray) -> np.ndarray:
    """Frame t of a cine moved towards `clean` [H, W] by `weight`, passive pixels untouched, in the stored type and range."""
    frame = cine.frames[t]
    mixed = cine.to_stored(frame + weight * (clean - frame.astype(np.float32)))
    return np.where(passive | (np.asarray(weight) == 0), frame, mixed)
