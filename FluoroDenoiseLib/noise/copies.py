"""Frames that bring nothing new: stored twice, where a slower cine fills a faster clock, or blank one after the other."""

from __future__ import annotations

import numpy as np

STEP = 8  # pixels; a frame of noise is told from another one by a few of them


def copies(frames: np.ndarray) -> np.ndarray:
    """Numbers of the frames of [T, H, W] that show what the one before them shows, noise and all, or nothing at all."""
    seen = frames[:, ::STEP, ::STEP]
    return np.array([t for t in range(1, len(seen)) if np.array_equal(seen[t], seen[t - 1])], int)
