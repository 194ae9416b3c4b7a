"""Fixed-pattern noise: what stays in place on the detector while the anatomy moves."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np

from .covariance import NoiseCovariance, gaussian_kernel
from .samples import FINEST, TILE, tile_means

MIN_FRAMES = 12
MIN_MOVING = 0.5
FAINTEST = 0.12  # standard deviation, in units of one frame's noise, below which it is left alone
BLUR, COARSE = 1.5, 2.5  # pixels
FINE_GAIN = 1 - 1 / (math.pi * BLUR**2) + 1 / (4 * math.pi * BLUR**2)  # variance of white noise without what a blur keeps


def fixed_pattern(stabilised: Sequence[np.ndarray], active: np.ndarray, covariance: NoiseCovariance) -> np.ndarray:
    """Fixed pattern [H, W] of stabilised frames [T] of [H, W] in noise standard deviations, 0 where it cannot be told.

    In a static scene pattern and anatomy are one and the same, and removing either would be a guess; so at least half of the
    active pixels must see something move. The temporal mean of the fine structure is then the pattern plus noise, and plus
    anatomy that stood still while the light changed, or for part of the time. The pattern is white, anatomy is not: what
    changes from pixel to pixel (`fixed_pattern_left`) says how much of the mean is pattern, and it is shrunk accordingly.

    Args:
        covariance: spatial covariance of the noise.
    """
    nothing = np.zeros(active.shape, np.float32)
    if len(stabilised) < MIN_FRAMES:
        return nothing
    moving = _moving(stabilised, covariance.smoothed_variance(gaussian_kernel(COARSE))) & active
    if moving.sum() < MIN_MOVING * active.sum():
        return nothing
    even, odd = (np.mean([_fine(f) for f in stabilised[k::2]], axis=0) for k in (0, 1))
    e, o = even[moving] - even[moving].mean(), odd[moving] - odd[moving].mean()
    shared, spread = float(np.mean(_clip(e) * _clip(o))), float(np.mean(_clip((e + o) / 2) ** 2))
    shared = min(shared, FINE_GAIN * fixed_pattern_left(stabilised, active) ** 2)
    if shared < FAINTEST**2:
        return nothing
    pattern = np.where(moving, (even + odd) / 2, 0) * min(shared / spread, 1.0)
    # Fine anatomy that stayed would show as large values: a panel's pattern is faint everywhere.
    limit = 4 * np.sqrt(shared)
    return np.where(np.abs(pattern) < limit, pattern, 0).astype(np.float32)


def fixed_pattern_left(stabilised: Sequence[np.ndarray], active: np.ndarray) -> float:
    """Standard deviation of the white fixed pattern in frames [T] of [H, W], in their units; 0 where it cannot be told.

    Whether or not the scene moves: a detector's pattern is sharp from pixel to pixel, which light spread leaves to no anatomy.
    What the means of the first and of the second half of the frames share there, in the median over tiles, is the pattern's;
    fine edges are in few of them.
    """
    whole = tile_means(active.astype(np.float32), TILE) == 1
    if len(stabilised) < MIN_FRAMES or not whole.any():
        return 0.0
    middle = len(stabilised) // 2
    halves = stabilised[:middle], stabilised[middle:]
    first, second = (np.mean([cv2.filter2D(frame, -1, FINEST) for frame in half], axis=0) for half in halves)
    return math.sqrt(max(float(np.median(tile_means(first * second, TILE)[whole])), 0.0))


def _moving(stabilised: Sequence[np.ndarray], coarse_gain: float) -> np.ndarray:
    """Pixels whose coarse brightness changes by more than noise would make it."""
    coarse = np.stack([cv2.resize(cv2.GaussianBlur(f, (0, 0), COARSE), None, fx=0.5, fy=0.5) for f in stabilised])
    varying = (coarse.std(axis=0) > 2.5 * np.sqrt(coarse_gain)).astype(np.float32)
    return cv2.resize(varying, stabilised[0].shape[::-1], interpolation=cv2.INTER_NEAREST) > 0


def _fine(frame: np.ndarray) -> np.ndarray:
    return frame - cv2.GaussianBlur(frame, (0, 0), BLUR)


def _clip(samples: np.ndarray) -> np.ndarray:
    limit = 4 * np.sqrt(np.mean(samples**2))
    return np.clip(samples, -limit, limit)
