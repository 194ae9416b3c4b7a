"""Pixels that carry no live image: collimator border, shutter, burned-in constant areas."""

from __future__ import annotations

import cv2
import numpy as np

MIN_AREA = 64


def passive_mask(
    frames: np.ndarray, covered: np.ndarray | None = None, limits: tuple[float, float] | None = None
) -> np.ndarray:
    """Pixels [H, W] to pass through untouched: covered by a shutter, the same in every frame, or stuck at a limit.

    Args:
        frames: [T, H, W] in stored units.
        covered: [H, W] boolean from the file, or None.
        limits: lowest and highest storable value; areas that sit there in all frames are saturated or painted.

    One noisy frame has no constant pixels, so there only flat areas (no gradient at all in 3x3) count. Patches under
    64 pixels are left active: they are chance or dead pixels.
    """
    low, high = _extremes(frames)
    constant = _flat(frames[0]) if len(frames) == 1 else low == high
    if limits is not None:
        constant |= (high <= limits[0]) | (low >= limits[1])
    constant = _without_small_areas(constant)
    return constant if covered is None else constant | covered


def _extremes(frames: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    low, high = frames[0].copy(), frames[0].copy()
    for frame in frames[1:]:
        np.minimum(low, frame, out=low)
        np.maximum(high, frame, out=high)
    return low, high


def _flat(frame: np.ndarray) -> np.ndarray:
    frame = frame.astype(np.float32)
    kernel = np.ones((3, 3), np.uint8)
    return cv2.dilate((cv2.dilate(frame, kernel) == cv2.erode(frame, kernel)).astype(np.uint8), kernel) > 0


def _without_small_areas(mask: np.ndarray) -> np.ndarray:
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=4)
    large = stats[:, cv2.CC_STAT_AREA] >= MIN_AREA
    large[0] = False
    return large[labels]
