"""What a user measures in an image with markups: values along a ruler, and in a region of interest."""

from __future__ import annotations

import math

import numpy as np
import slicer.util

from .links import Node
from .places import world_to_pixels
from .region import slice_mask

PER_PIXEL = 2
"""Samples of a profile for each pixel that it crosses."""


def profile(ruler: Node, volumes: list[Node]) -> tuple[np.ndarray, list[np.ndarray]]:
    """Values along a markups line, linearly interpolated between the pixels of the slice that its middle lies in.

    Args:
        ruler: a markups line with both its points placed.
        volumes: volumes of one geometry, such as a cine's proxy and its original's.

    Returns:
        Millimetres from the first point [N], and the values [N] of each volume, NaN outside of the image.
    """
    ends = np.array([ruler.GetNthControlPointPositionWorld(i) for i in (0, 1)])
    crossed = np.linalg.norm(np.diff(world_to_pixels(ends, volumes[0])[:, :2], axis=0))
    share = np.linspace(0, 1, max(2, math.ceil(PER_PIXEL * crossed) + 1))
    pixels = world_to_pixels(ends[0] + share[:, None] * (ends[1] - ends[0]), volumes[0])
    slices = [_slice(volume, pixels[len(pixels) // 2, 2]) for volume in volumes]
    return share * np.linalg.norm(ends[1] - ends[0]), [_between(image, *pixels[:, :2].T) for image in slices]


def values_inside(roi: Node, volumes: list[Node]) -> list[np.ndarray]:
    """The values [N] of the pixels that lie in a markups ROI, in the slice that its centre lies in, for each volume."""
    centre = np.array([roi.GetCenterWorld()])
    k = float(world_to_pixels(centre, volumes[0])[0, 2])
    mask = slice_mask(roi, volumes[0], _nearest(volumes[0], k))
    return [_slice(volume, k)[mask] for volume in volumes]


def _slice(volume: Node, k: float) -> np.ndarray:
    """[H, W], the slice nearest to k: a cine has no depth, so the one that there is counts at any."""
    image = slicer.util.arrayFromVolume(volume)[_nearest(volume, k)]
    return image[..., 0] if image.ndim == 3 else image


def _nearest(volume: Node, k: float) -> int:
    return int(np.clip(round(k), 0, volume.GetImageData().GetDimensions()[2] - 1))


def _between(image: np.ndarray, columns: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Values [N] at fractional places of [H, W], bilinear; NaN outside."""
    left, top = np.floor(columns).astype(int), np.floor(rows).astype(int)
    within = (left >= 0) & (top >= 0) & (columns <= image.shape[1] - 1) & (rows <= image.shape[0] - 1)
    left, top = (np.clip(start, 0, max(size - 2, 0)) for start, size in ((left, image.shape[1]), (top, image.shape[0])))
    right, bottom = np.minimum(left + 1, image.shape[1] - 1), np.minimum(top + 1, image.shape[0] - 1)
    across, down = columns - left, rows - top
    upper = image[top, left] * (1 - across) + image[top, right] * across
    lower = image[bottom, left] * (1 - across) + image[bottom, right] * across
    return np.where(within, upper * (1 - down) + lower * down, np.nan)
