"""Brightness drift: the past is brought to the brightness of the present frame before they are compared."""

from __future__ import annotations

import cv2
import numpy as np

CELLS = 32
LARGEST_GAIN = 0.25


def match_brightness(frame: np.ndarray, *others: np.ndarray) -> tuple[np.ndarray, ...]:
    """Scales and shifts stabilised images `others` [H, W] to the brightness of `frame` [H, W].

    A line is fitted to 32 x 32 cell means of frame against the first of the others, cells that moved left out (two rounds of
    trimming); all others get the same line.
    """
    gain, offset = _line(_cells(others[0]), _cells(frame))
    if abs(gain - 1) < 5e-4 and abs(offset) < 5e-3:
        return others
    return tuple(gain * other + offset for other in others)


def _cells(image: np.ndarray) -> np.ndarray:
    return cv2.resize(image, (CELLS, CELLS), interpolation=cv2.INTER_AREA).ravel().astype(np.float64)


def _line(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Gain and offset of y = gain x + offset; the gain only where the cells tell it from an offset."""
    kept = np.ones(len(x), bool)
    gain, offset = 1.0, float(np.median(y - x))
    for _ in range(2):
        left = np.abs(y - gain * x - offset)
        kept = left <= 2.5 * np.median(left) + 1e-6
        centre, spread = x[kept].mean(), x[kept].var()
        gain = 1 + float(((x[kept] - centre) * (y[kept] - x[kept])).mean()) / spread if spread > 1 else 1.0
        gain = float(np.clip(gain, 1 - LARGEST_GAIN, 1 + LARGEST_GAIN))
        offset = float((y[kept] - gain * x[kept]).mean())
    return gain, offset
