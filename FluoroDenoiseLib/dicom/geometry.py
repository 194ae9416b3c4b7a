"""Where frames lie in the patient, how far apart pixels are, and which of them a shutter covers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from pydicom import Dataset

from .elements import Frame, number, numbers, texts

SAME_POSITION = 1e-3  # millimetres
UNEVEN = 0.1  # share of the spacing by which gaps may differ


def pixel_spacing(frame: Frame) -> tuple[float, float] | None:
    """Millimetres between rows and between columns: in the patient where known, else at the detector."""
    measures = frame.group("PixelMeasuresSequence")
    candidates = [
        (measures, "PixelSpacing"),
        (frame.group("FramePixelDataPropertiesSequence"), "ImagerPixelSpacing"),
        (frame.header, "NominalScannedPixelSpacing"),
    ]
    for holder, keyword in candidates:
        spacing = numbers(holder, keyword)
        if len(spacing) == 2 and min(spacing) > 0:
            return spacing
    return None


def positions(frames: Sequence[Frame]) -> np.ndarray | None:
    """Millimetres of each frame along the normal of the first [T] (PS3.3 C.7.6.2.1.1), or None where one lacks its place."""
    corners = [numbers(frame.group("PlanePositionSequence"), "ImagePositionPatient") for frame in frames]
    axes = orientation(frames[0])
    if axes is None or any(len(corner) != 3 for corner in corners):
        return None
    return np.array(corners) @ np.cross(axes[:3], axes[3:])


def orientation(frame: Frame) -> tuple[float, ...] | None:
    """Direction cosines of the rows and of the columns, or None."""
    cosines = numbers(frame.group("PlaneOrientationSequence"), "ImageOrientationPatient")
    return cosines if len(cosines) == 6 else None


def placement(frame: Frame) -> tuple[np.ndarray, np.ndarray] | None:
    """Place of the first pixel [3] and directions [3, 3] of a frame, its normal the third (see `Cine.placement`), or None."""
    axes, corner = orientation(frame), numbers(frame.group("PlanePositionSequence"), "ImagePositionPatient")
    if axes is None or len(corner) != 3:
        return None
    return np.array(corner), np.column_stack([axes[:3], axes[3:], np.cross(axes[:3], axes[3:])])


def stacks(places: np.ndarray) -> list[np.ndarray]:
    """Splits places [T] that repeat (several times, echoes, weightings) into runs of different places, each in rising order.

    The k-th frame at a place belongs to run k.
    """
    order = np.argsort(places, kind="stable")
    seen = np.zeros(len(places), int)
    for before, after in zip(order, order[1:], strict=False):
        seen[after] = seen[before] + 1 if places[after] - places[before] < SAME_POSITION else 0
    return [order[seen[order] == run] for run in range(seen.max(initial=0) + 1)]


def slice_spacing(places: np.ndarray) -> tuple[float | None, bool]:
    """Millimetres between neighbouring slices at rising places [T], and whether all gaps are alike."""
    gaps = np.diff(places)
    if not len(gaps):
        return None, True
    typical = float(np.median(gaps))
    return typical, bool(np.all(np.abs(gaps - typical) <= UNEVEN * typical + SAME_POSITION))


def covered(frame: Frame, shape: tuple[int, int]) -> np.ndarray | None:
    """[H, W] boolean, True where a display shutter hides the frame (PS3.3 C.7.6.11), or None without a shutter.

    Edges are given in pixels from 1 and are themselves still visible; several shapes hide what any of them hides.
    """
    shutter = frame.group("FrameDisplayShutterSequence")
    row, column = np.ogrid[1 : shape[0] + 1, 1 : shape[1] + 1]
    hidden = np.zeros(shape, bool)
    for form in texts(shutter, "ShutterShape"):
        if form in SHUTTERS:
            hidden |= SHUTTERS[form](shutter, row, column)
    return hidden if hidden.any() and not hidden.all() else None


def _outside_rectangle(shutter: Dataset, row: np.ndarray, column: np.ndarray) -> np.ndarray:
    left, right = number(shutter, "ShutterLeftVerticalEdge"), number(shutter, "ShutterRightVerticalEdge")
    top, bottom = number(shutter, "ShutterUpperHorizontalEdge"), number(shutter, "ShutterLowerHorizontalEdge")
    if None in (left, right, top, bottom):
        return np.zeros((), bool)
    return (column < left) | (column > right) | (row < top) | (row > bottom)


def _outside_circle(shutter: Dataset, row: np.ndarray, column: np.ndarray) -> np.ndarray:
    center, radius = numbers(shutter, "CenterOfCircularShutter"), number(shutter, "RadiusOfCircularShutter")
    if len(center) != 2 or radius is None:
        return np.zeros((), bool)
    return (row - center[0]) ** 2 + (column - center[1]) ** 2 > radius**2


def _outside_polygon(shutter: Dataset, row: np.ndarray, column: np.ndarray) -> np.ndarray:
    """Even-odd rule: a pixel is inside where a ray along its row crosses the outline an odd number of times."""
    vertices = numbers(shutter, "VerticesOfThePolygonalShutter")
    if not vertices or len(vertices) % 2:
        return np.zeros((), bool)  # nothing that can be believed
    corners = np.reshape(vertices, (-1, 2))
    inside = np.zeros(np.broadcast_shapes(row.shape, column.shape), bool)
    for (row_a, column_a), (row_b, column_b) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        if row_a != row_b:
            crossing = column_a + (row - row_a) * (column_b - column_a) / (row_b - row_a)
            inside ^= ((row_a > row) != (row_b > row)) & (column < crossing)
    return ~inside


SHUTTERS = {"RECTANGULAR": _outside_rectangle, "CIRCULAR": _outside_circle, "POLYGONAL": _outside_polygon}
