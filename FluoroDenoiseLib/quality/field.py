"""The part of the image that X-rays reached: without collimator, shutter and burned-in borders."""

from __future__ import annotations

import numpy as np

from ..cine import Cine

MARGIN = 12
"""Pixels kept away from a border: collimator penumbra and the vendor's edge enhancement of it."""
THIN = 21
"""Pixels: narrower things are devices and vessels, not collimators (the image's rim adds to a collimator's width)."""
DARK = 0.6
"""A border is darker (or, inverted, brighter) than this share of the typical value."""
MOST = 16
"""Frames that a mean is taken of."""
SMALLEST = 0.2
"""A field smaller than this share of the image is taken for a mistake of ours, and the whole image is used."""


def mean_frame(cine: Cine) -> np.ndarray:
    """Mean of at most 16 frames spread over the cine, [H, W] float32 in stored units, one frame in memory at a time."""
    chosen = np.unique(np.linspace(0, len(cine) - 1, MOST).astype(int))
    total = np.zeros(cine.shape[1:], np.float64)
    for t in chosen:
        total += cine.frames[t]
    return (total / len(chosen)).astype(np.float32)


def field_of_view(cine: Cine) -> np.ndarray:
    """[H, W] boolean, True where the image may be measured: 12 pixels inside collimator, shutter and image border.

    A collimator is what touches the image's border and is far from the median grey value of the middle of the image.
    """
    mean = mean_frame(cine)
    outside = _touching_border(_without_thin(_far_from_typical(mean)))
    if cine.covered is not None:
        outside |= cine.covered
    field = _eroded(~outside, MARGIN)
    return field if field.mean() >= SMALLEST else _eroded(np.ones_like(field), min(MARGIN, min(field.shape) // 4))


def _far_from_typical(mean: np.ndarray) -> np.ndarray:
    """Darker than `DARK` of the typical value above the lowest one; brighter than twice it is an inverted collimator."""
    import cv2

    height, width = mean.shape
    middle = mean[height // 4 : -(height // 4) or None, width // 4 : -(width // 4) or None]
    typical, lowest = float(np.median(middle)), float(np.percentile(mean, 0.1))
    smooth = cv2.GaussianBlur(mean, (0, 0), 2)
    return (smooth - lowest < DARK * (typical - lowest)) | (smooth - lowest > (2 - DARK) * 2 * (typical - lowest))


def _without_thin(mask: np.ndarray) -> np.ndarray:
    """Drops what is thinner than `THIN`: a vessel or catheter that runs into the border is no collimator."""
    import cv2

    around = cv2.copyMakeBorder(mask.astype(np.uint8), *[THIN] * 4, cv2.BORDER_CONSTANT, value=1)
    opened = cv2.morphologyEx(around, cv2.MORPH_OPEN, np.ones((THIN, THIN), np.uint8))
    return opened[THIN:-THIN, THIN:-THIN].astype(bool)


def _touching_border(mask: np.ndarray) -> np.ndarray:
    """The connected parts of a mask [H, W] that reach the image's border over at least a tenth of one side."""
    import cv2

    _, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=4)
    border = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    counts = np.bincount(border, minlength=labels.max() + 1)
    counts[0] = 0
    return (counts >= min(mask.shape) // 10)[labels]


def _eroded(mask: np.ndarray, margin: int) -> np.ndarray:
    import cv2

    kernel = np.ones((2 * margin + 1, 2 * margin + 1), np.uint8)
    return cv2.erode(mask.astype(np.uint8), kernel, borderType=cv2.BORDER_CONSTANT, borderValue=0).astype(bool)
