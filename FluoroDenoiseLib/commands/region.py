"""A rectangle as weights of the pixels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..errors import UnsuitableCine

BLEND = 4  # pixels over which the weight rises from the border inwards: outside of it nothing changes at all


def rectangle_weights(rectangle: Sequence[int], shape: tuple[int, int]) -> np.ndarray:
    """Weights [H, W] float32, 1 within the rectangle, falling smoothly to 0 at its border where that is not the image's.

    Args:
        rectangle: first column, first row, columns, rows, in pixels from 0 at the upper left.
        shape: rows and columns of the image.

    Raises:
        UnsuitableCine: the rectangle is empty or leaves the image.
    """
    x, y, columns, rows = rectangle
    height, width = shape
    if min(x, y) < 0 or min(columns, rows) < 1 or x + columns > width or y + rows > height:
        raise UnsuitableCine(
            f"Found the region {x} {y} {columns} {rows} (first column, first row, columns, rows); expected one within the "
            f"{width} columns and {height} rows of the image."
        )
    return np.minimum.outer(_rise(y, rows, height), _rise(x, columns, width)).astype(np.float32)


def _rise(first: int, length: int, size: int) -> np.ndarray:
    """Weights along one axis."""
    at = np.arange(size)
    from_start = np.inf if first == 0 else at - first + 1
    from_end = np.inf if first + length == size else first + length - at
    part = np.clip(np.minimum(from_start, from_end) / (BLEND + 1), 0, 1) * np.ones(size)
    return part * part * (3 - 2 * part)
