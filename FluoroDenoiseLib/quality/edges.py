"""Edges: where they are, how much of them is left, and how wide they are."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

SCALE = 1.0
"""Standard deviation in pixels of the Gaussian whose derivative finds edges."""
STRONGEST = 0.02
"""The strongest share of the field's pixels counts as edge, where it stands out of the noise."""
REACH = 5.0
"""Profiles across an edge reach this many pixels to either side."""
TEN_TO_NINETY = 2.5631
"""Width of an error function from 10% to 90%, in its standard deviations."""


@dataclass(frozen=True)
class Edges:
    """Sub-pixel places [N, 2] and unit directions of the rise [N, 2] (row, column), slopes [N] in stored units per pixel."""

    places: np.ndarray
    directions: np.ndarray
    slopes: np.ndarray

    def __len__(self) -> int:
        return len(self.slopes)


def gradient(image: np.ndarray, scale: float = SCALE) -> np.ndarray:
    """Gradient [2, H, W] (per row, per column) of [H, W] at a Gaussian scale in pixels."""
    import cv2

    smooth = cv2.GaussianBlur(image.astype(np.float32), (0, 0), scale)
    return np.stack([cv2.Sobel(smooth, cv2.CV_32F, 0, 1, scale=1 / 8), cv2.Sobel(smooth, cv2.CV_32F, 1, 0, scale=1 / 8)])


def strong_edges(guide: np.ndarray, field: np.ndarray, share: float = STRONGEST) -> Edges:
    """Ridges of the guide's gradient (Canny's non-maximum suppression) among the strongest `share` of the field's pixels.

    They must have at least 6 times the slope that the guide's noise typically has.

    Args:
        guide: [H, W], an image whose noise is independent of the images to be measured.
        field: [H, W] boolean, where edges are looked for.
    """
    slope = gradient(guide)
    size = np.hypot(*slope)
    floor = max(np.quantile(size[field], 1 - share), 6 * _typical(size[field]))
    rows, columns = np.nonzero(field & (size >= floor) & (size > 0))
    directions = (slope[:, rows, columns] / size[rows, columns]).T
    ahead, behind = (_sample(size, *(np.array([rows, columns]) + sign * directions.T)) for sign in (1, -1))
    here = size[rows, columns]
    ridge = (here >= ahead) & (here > behind)
    shift = (0.5 * (ahead - behind) / (2 * here - ahead - behind + 1e-12))[ridge, None]
    return Edges(np.stack([rows, columns], 1)[ridge] + shift * directions[ridge], directions[ridge], here[ridge])


def _typical(slopes: np.ndarray) -> float:
    """Scale of the Rayleigh distribution that the slopes of plain noise follow, from their lower quartile."""
    return float(np.quantile(slopes, 0.25) / math.sqrt(2 * math.log(4 / 3)))


def _sample(image: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Values of [H, W] at sub-pixel places, linearly interpolated, the rim repeated."""
    import cv2

    shape = np.shape(rows)
    if 0 in shape:
        return np.empty(shape, np.float32)
    rows, columns = (np.atleast_2d(np.asarray(a, np.float32)) for a in (rows, columns))
    image = np.ascontiguousarray(image, np.float32)
    return cv2.remap(image, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE).reshape(shape)


def slope_along(image: np.ndarray, edges: Edges) -> np.ndarray:
    """Slope [N] of an image [H, W] at each edge, along the edge's own direction: noise has mean zero in it."""
    down, right = (_sample(part, *edges.places.T) for part in gradient(image))
    return down * edges.directions[:, 0] + right * edges.directions[:, 1]


def profile(image: np.ndarray, edges: Edges, step: float = 0.25) -> tuple[np.ndarray, np.ndarray]:
    """Mean profile across edges, each divided by its slope so that all weigh the same.

    Averaged over many edges at places that do not depend on `image`, the noise goes and the blur stays.

    Returns:
        Offsets [K] in pixels and values [K].
    """
    offsets = np.arange(-REACH, REACH + step / 2, step)
    rows, columns = edges.places.T[:, :, None] + offsets * edges.directions.T[:, :, None]
    values = _sample(image, rows, columns)
    return offsets, (values / edges.slopes[:, None]).mean(0)


def width(offsets: np.ndarray, values: np.ndarray) -> float:
    """Width from 10% to 90%, in pixels, of the error function that fits an edge profile [K] best."""
    sigmas, centres = np.geomspace(0.4, 4.0, 93), np.linspace(-0.6, 0.6, 13)
    misfits = [[_misfit(offsets, values, sigma, centre) for centre in centres] for sigma in sigmas]
    return float(TEN_TO_NINETY * _lowest(np.log(sigmas), np.min(misfits, axis=1)))


def _misfit(offsets: np.ndarray, values: np.ndarray, sigma: float, centre: float) -> float:
    """Squared distance of a profile to the best amplitude and offset of one error function.

    Samples far from the edge weigh less: vessels are narrow and have another edge there.
    """
    step = np.array([math.erf((x - centre) / (sigma * math.sqrt(2))) for x in offsets])
    weight = np.exp(-0.5 * (offsets / 2.0) ** 2)
    basis = np.stack([step, np.ones_like(step)], 1) * weight[:, None]
    rest = values * weight - basis @ np.linalg.lstsq(basis, values * weight, rcond=None)[0]
    return float(rest @ rest)


def _lowest(logs: np.ndarray, misfits: np.ndarray) -> float:
    """exp of the place of the minimum, between the grid's points by a parabola."""
    best = int(np.clip(np.argmin(misfits), 1, len(logs) - 2))
    before, here, after = misfits[best - 1 : best + 2]
    bend = before - 2 * here + after
    shift = 0.5 * (before - after) / bend if bend > 0 else 0.0
    return math.exp(logs[best] + np.clip(shift, -1, 1) * (logs[1] - logs[0]))
