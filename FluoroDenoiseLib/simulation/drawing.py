"""Sub-pixel drawing of thin absorbers: tubes along polylines, discs, bars, as path lengths averaged over each pixel."""

from __future__ import annotations

import numpy as np


def spline(points: np.ndarray, step: float = 1.0) -> np.ndarray:
    """[M, 2] points about `step` pixels apart on the Catmull-Rom curve through control points [N, 2]."""
    ends = np.vstack([2 * points[0] - points[1], points, 2 * points[-1] - points[-2]])
    pieces = [_piece(*ends[i : i + 4], step) for i in range(len(points) - 1)]
    return np.vstack([*pieces, points[-1:]])


def _piece(a: np.ndarray, b: np.ndarray, c: np.ndarray, d: np.ndarray, step: float) -> np.ndarray:
    count = max(2, int(np.ceil(np.linalg.norm(c - b) / step)))
    u = (np.arange(count) / count)[:, None]
    return b + 0.5 * u * (c - a + u * (2 * a - 5 * b + 4 * c - d + u * (3 * (b - c) + d - a)))


def chord(distance: np.ndarray, radius: np.ndarray, half: float = 0.5) -> np.ndarray:
    """Path length through a cylinder at a distance from its axis, averaged over +-`half` pixel: the exact box integral."""
    upper, lower = _chord_integral(distance + half, radius), _chord_integral(distance - half, radius)
    return (upper - lower) / (2 * half)


def _chord_integral(u: np.ndarray, radius: np.ndarray) -> np.ndarray:
    u = np.clip(u, -radius, radius)
    return u * np.sqrt(np.maximum(radius**2 - u**2, 0.0)) + radius**2 * np.arcsin(u / radius)


def draw_tube(
    shape: tuple[int, int], points: np.ndarray, radius: np.ndarray | float, weight: np.ndarray | float = 1.0
) -> np.ndarray:
    """Path length through a round tube, averaged over each pixel.

    Args:
        shape: rows and columns.
        points: [N, 2] (row, column) pixels along the axis, N >= 2, pixel centres at whole numbers; at most a few pixels apart.
        radius: pixels, one or [N].
        weight: factor on the path length, one or [N] (contrast agent's concentration along a vessel).

    Returns:
        [H, W] float32, pixels of path times weight. Where parts of the tube overlap, the longest counts.
    """
    start, along = points[:-1], np.diff(points, axis=0)
    r = np.broadcast_to(radius, len(points))[:-1].astype(np.float64)
    w = np.broadcast_to(weight, len(points))[:-1]
    reach = int(np.ceil(r.max() + 1.0 + np.abs(along).max() / 2))
    patch = np.stack(np.meshgrid(*[np.arange(-reach, reach + 1)] * 2, indexing="ij"), -1).reshape(-1, 2)
    pixels = np.rint(start + along / 2).astype(int)[:, None] + patch
    distance = _segment_distance(pixels - start[:, None], along[:, None])
    return _longest(shape, pixels, chord(distance, r[:, None]) * w[:, None])


def _segment_distance(offset: np.ndarray, along: np.ndarray) -> np.ndarray:
    """Distance [N, P] of offsets [N, P, 2] from segments [N, 1, 2] that start at the origin."""
    share = np.sum(offset * along, -1) / np.maximum(np.sum(along**2, -1), 1e-12)
    return np.linalg.norm(offset - np.clip(share, 0.0, 1.0)[..., None] * along, axis=-1)


def _longest(shape: tuple[int, int], pixels: np.ndarray, length: np.ndarray) -> np.ndarray:
    """Maximum of lengths [N, P] that fall on the same pixel [N, P, 2], as an image."""
    image = np.zeros(shape, np.float32)
    inside = np.all((pixels >= 0) & (pixels < shape), axis=-1) & (length > 0)
    np.maximum.at(image, tuple(pixels[inside].T), length[inside].astype(np.float32))
    return image


def draw_disc(shape: tuple[int, int], centre: np.ndarray, radius: float) -> np.ndarray:
    """[H, W] float32: share of each pixel under a disc (a flat absorber seen face on), edge antialiased over one pixel."""
    rows, columns = (np.arange(n, dtype=np.float32) for n in shape)
    distance = np.hypot(rows[:, None] - centre[0], columns[None, :] - centre[1])
    return np.clip(radius - distance + 0.5, 0.0, 1.0)
