"""Points: from a node's own coordinates to the world's, to another node's, and to the pixels of a volume."""

from __future__ import annotations

from typing import Any

import numpy as np
import slicer
import vtk
from vtk.util.numpy_support import numpy_to_vtk, vtk_to_numpy

from .links import Node


def through_transforms(points: np.ndarray, source: Node | None, target: Node | None) -> np.ndarray:
    """Points [n, 3] from one node's coordinates to another's, None being the world; parent transforms may be of any kind."""
    parents = tuple(node and node.GetParentTransformNode() for node in (source, target))
    if parents[0] is parents[1]:
        return points
    transform = vtk.vtkGeneralTransform()
    slicer.vtkMRMLTransformNode.GetTransformBetweenNodes(*parents, transform)
    given, found = vtk.vtkPoints(), vtk.vtkPoints()
    given.SetData(numpy_to_vtk(points, deep=True))
    found.SetDataTypeToDouble()
    transform.TransformPoints(given, found)
    return vtk_to_numpy(found.GetData())


def world_to_pixels(points: np.ndarray, volume: Node) -> np.ndarray:
    """Column, row and slice [n, 3], fractional, of points [n, 3] in the world."""
    return apply(np.linalg.inv(ijk_to_ras(volume)), through_transforms(points, None, volume))


def apply(matrix: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Points [n, 3] through a matrix [4, 4]."""
    return points @ matrix[:3, :3].T + matrix[:3, 3]


def ijk_to_ras(volume: Node) -> np.ndarray:
    """[4, 4] from column, row, slice to the volume's own coordinates."""
    matrix = vtk.vtkMatrix4x4()
    volume.GetIJKToRASMatrix(matrix)
    return to_numpy(matrix)


def to_numpy(matrix: Any) -> np.ndarray:
    """A vtkMatrix4x4 as [4, 4]."""
    return np.array([[matrix.GetElement(row, column) for column in range(4)] for row in range(4)])
