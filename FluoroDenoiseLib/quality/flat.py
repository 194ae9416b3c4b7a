"""Noise where nothing else is: blocks without structure, and the spread of the pixels in them."""

from __future__ import annotations

import numpy as np

BLOCK = 16
"""Side of a block in pixels: noise of longer waves counts as shading (of noise blurred by 1.5 px an eighth is missed)."""
SHARE = 0.2
"""The flattest share of all blocks is measured."""


def blocks(image: np.ndarray) -> np.ndarray:
    """Cuts [H, W] into [N, BLOCK * BLOCK] whole blocks, in row order; an incomplete rim is left out."""
    rows, columns = image.shape[0] // BLOCK, image.shape[1] // BLOCK
    cut = image[: rows * BLOCK, : columns * BLOCK].reshape(rows, BLOCK, columns, BLOCK)
    return cut.swapaxes(1, 2).reshape(rows * columns, BLOCK * BLOCK)


def spreads(image: np.ndarray) -> np.ndarray:
    """Standard deviation [N] of each block of [H, W] after its best plane is taken away (shading is not noise)."""
    values = blocks(image).astype(np.float64)
    values -= values[:, :1]  # so that a constant block has no spread at all, not even by rounding
    plane = _plane_basis()
    rest = values - (values @ plane) @ plane.T
    return np.sqrt((rest**2).sum(1) / (BLOCK * BLOCK - plane.shape[1]))


def flattest(guide: np.ndarray, field: np.ndarray) -> np.ndarray:
    """Indices of the blocks inside `field` [H, W] with the least structure in `guide` [H, W].

    The guide's noise must be independent of the image to be measured, or the least noisy blocks would be chosen.
    """
    inside = np.flatnonzero(blocks(field).all(1))
    if len(inside) == 0:
        inside = np.arange(len(blocks(field)))
    spread = spreads(guide)[inside]
    return inside[np.argsort(spread)[: max(4, int(SHARE * len(inside)))]]


def noise(image: np.ndarray, chosen: np.ndarray) -> float:
    """Spatial noise standard deviation of [H, W] in the chosen blocks: root of the median block variance."""
    return float(np.median(spreads(image)[chosen]))


def flicker(image: np.ndarray, following: np.ndarray, chosen: np.ndarray) -> float:
    """Noise standard deviation from the difference of two frames [H, W] in the chosen blocks, divided by sqrt 2.

    True noise where frames are independent; after a temporal filter it is too small, and tells only how the image flickers.
    """
    difference = following.astype(np.float32) - image.astype(np.float32)
    return float(np.median(spreads(difference)[chosen]) / np.sqrt(2))


def _plane_basis() -> np.ndarray:
    """Orthonormal basis [BLOCK * BLOCK, 3] of the planes over a block."""
    rows, columns = np.mgrid[:BLOCK, :BLOCK] - (BLOCK - 1) / 2
    planes = np.stack([np.ones(BLOCK * BLOCK), rows.ravel(), columns.ravel()], 1)
    return planes / np.linalg.norm(planes, axis=0)
