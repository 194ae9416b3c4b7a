"""The parts of a new volume node: where it lies, what it holds, how it is shown, whose pixels it shows, how it is stored."""

from __future__ import annotations

import numpy as np
import vtk
from vtk.util.numpy_support import numpy_to_vtk

from ..cine import Cine
from .links import Node
from .meaning import INVERTED_GREY

TO_RAS = (-1.0, -1.0, 1.0)
"""Slicer's axes (right, anterior, superior) along DICOM's."""
SHOWN = (0.5, 99.5)
"""Percentiles of the pixels between which a cine without a DICOM window is shown."""


def place(volume: Node, cine: Cine) -> None:
    """Where slices lie in the patient; else the geometry that Slicer gives to images without such a place: both in-plane axes
    negated, so that the first row is shown on top. Pixel spacing where it is known."""
    origin, directions = cine.placement or (np.zeros(3), np.eye(3))
    matrix = vtk.vtkMatrix4x4()
    for row in range(3):
        for column in range(3):
            matrix.SetElement(row, column, TO_RAS[row] * directions[row, column])
        matrix.SetElement(row, 3, TO_RAS[row] * origin[row])
    volume.SetIJKToRASMatrix(matrix)
    rows, columns = cine.pixel_spacing or (1.0, 1.0)
    volume.SetSpacing(columns, rows, cine.slice_spacing or 1.0)


def fill(volume: Node, slices: np.ndarray) -> None:
    """Gives a volume a new image: a copy of slices [K, H, W], of their type."""
    image = vtk.vtkImageData()
    image.SetDimensions(*slices.shape[::-1])
    image.GetPointData().SetScalars(numpy_to_vtk(np.ascontiguousarray(slices).ravel(), deep=True))
    volume.SetAndObserveImageData(image)


def show(volume: Node, cine: Cine) -> None:
    """Window, level and polarity: DICOM's window, else one that fits the pixels of the whole cine, never an automatic one."""
    if volume.GetDisplayNode() is None:
        volume.CreateDefaultDisplayNodes()
    display = volume.GetDisplayNode()
    level, window = _stored_window(cine)
    display.SetAutoWindowLevel(False)
    display.SetWindowLevel(window, level)
    if cine.inverted:
        display.SetAndObserveColorNodeID(INVERTED_GREY)


def _stored_window(cine: Cine) -> tuple[float, float]:
    if cine.window is None:
        few = cine.frames[:: max(1, len(cine) // 8), ::4, ::4]
        low, high = np.percentile(few[np.isfinite(few)], SHOWN)
        return (low + high) / 2, max(high - low, 1e-6)
    (center, width), (slope, intercept) = cine.window, cine.rescale
    return (center - intercept) / slope, abs(width / slope)


def item_uids(cine: Cine, uids: list[str]) -> list[str | None]:
    """For each frame the SOP Instance UID of the file that it came from, None where that is not DICOM; `uids` of all files."""
    return uids if len(uids) == len(cine) else [" ".join(uids) or None] * len(cine)


def file_uids(cine: Cine) -> list[str]:
    """SOP Instance UIDs of the files that a cine came from, in order; [] where they are not DICOM."""
    from pydicom import dcmread
    from pydicom.errors import InvalidDicomError

    try:
        headers = [dcmread(file, specific_tags=["SOPInstanceUID"], stop_before_pixels=True) for file in cine.sources]
        return [str(header.SOPInstanceUID) for header in headers]
    except (InvalidDicomError, AttributeError, OSError):
        return []


def store_as(node: Node, storage: Node) -> None:
    """Gives a node a storage node, by which Slicer knows in what kind of file to save it."""
    node.GetScene().AddNode(storage)
    node.SetAndObserveStorageNodeID(storage.GetID())
