"""Brightness drift: the past is brought to the brightness of the present frame before they are compared."""

from __future__ import annotations

import cv2
import numpy as np

CELLS = 32
LARGEST_GAIN = 0.25
UNTOUCHED = 1e-6  # noise deviations that a cell differs by at most
FEWEST, FEW_PAINTED = 0.1, 0.75  # share of the cells that is needed; above which a trimmed fit copes with the others
TOLD = 0.01  # standard error up to which a gain is told from noise


def match_brightness(frame: np.ndarray, *others: np.ndarray, noisier: float = 1.0) -> tuple[np.ndarray, ...]:
    """Scales and shifts stabilised images `others` [H, W] to the brightness of `frame` [H, W].

    A line is fitted to 32 x 32 cell means of frame against the first of the others, cells that moved left out (two rounds of
    trimming); all others get the same line.

    Args:
        noisier: noise variance of `frame` over that of the first of the others.
    """
    gain, offset = _line(*_noisy(_cells(others[0]), _cells(frame)), noisier)
    if abs(gain - 1) < 5e-4 and abs(offset) < 5e-3:
        return others
    return tuple(gain * other + offset for other in others)


def _cells(image: np.ndarray) -> np.ndarray:
    return cv2.resize(image, (CELLS, CELLS), interpolation=cv2.INTER_AREA).ravel().astype(np.float64)


def _noisy(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cells of both images, where many are alike to the last digit without those: painted over, they tell of no brightness."""
    touched = np.abs(y - x) > UNTOUCHED
    return (x[touched], y[touched]) if FEWEST < touched.mean() < FEW_PAINTED else (x, y)


def _line(x: np.ndarray, y: np.ndarray, noisier: float) -> tuple[float, float]:
    """Gain and offset of y = gain x + offset; the gain only where the cells tell it from an offset."""
    gain, offset = 1.0, float(np.median(y - x))
    for _ in range(2):
        left = np.abs(y - gain * x - offset)
        kept = left <= 2.5 * np.median(left) + 1e-6
        gain = _gain(x[kept], y[kept], noisier)
        offset = float((y[kept] - gain * x[kept]).mean())
    return gain, offset


def _gain(x: np.ndarray, y: np.ndarray, noisier: float) -> float:
    """Slope of a line through values that both hold noise (Deming 1943), 1 where noise leaves it open.

    The slope of y on x alone is too small by the noise of x: at 5 quanta per pixel by a tenth, with every frame anew.
    """
    (xx, xy), (_, yy) = np.cov(x, y)
    if xy <= 0:
        return 1.0
    excess = yy - noisier * xx
    gain = float((excess + np.sqrt(excess**2 + 4 * noisier * xy**2)) / (2 * xy))
    told = np.var(y - gain * x) <= TOLD**2 * len(x) * xx
    return float(np.clip(gain, 1 - LARGEST_GAIN, 1 + LARGEST_GAIN)) if told else 1.0
