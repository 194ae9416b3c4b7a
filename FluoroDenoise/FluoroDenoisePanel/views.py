"""Slicer's slice views, by name: what they show, and where they look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import slicer
import vtk


def sliceWidget(name: str):
    """The slice view of a name, of the present layout or of an earlier one."""
    return slicer.app.layoutManager().sliceWidget(name)


def composites() -> list:
    """The nodes that say which volumes each slice view shows."""
    return slicer.util.getNodesByClass("vtkMRMLSliceCompositeNode")


def show(name: str, background, foreground=None) -> None:
    """Shows a volume, and another one over it, in a view of ours, which Slicer then leaves to us."""
    composite = sliceWidget(name).mrmlSliceCompositeNode()
    composite.SetDoPropagateVolumeSelection(False)
    composite.SetBackgroundVolumeID(background.GetID())
    composite.SetForegroundVolumeID(foreground.GetID() if foreground else None)
    composite.SetForegroundOpacity(1)


def link(*names: str) -> None:
    """Lets views follow each other's pan, zoom and slice, at once."""
    for name in names:
        composite = sliceWidget(name).mrmlSliceCompositeNode()
        composite.SetLinkedControl(True)
        composite.SetHotLinkedControl(True)


@dataclass(frozen=True)
class Look:
    """Where a view looks: its slice in the world, and the millimetres that it holds across and down."""

    sliceToWorld: Any
    field: tuple[float, float]

    @classmethod
    def at(cls, nodes: list) -> Look | None:
        """The look of the first view in the present layout that shows one of the nodes; None where none does."""
        identifiers = {node.GetID() for node in nodes}
        for name in slicer.app.layoutManager().sliceViewNames():
            widget = sliceWidget(name)
            if widget.visible and widget.mrmlSliceCompositeNode().GetBackgroundVolumeID() in identifiers:
                return cls._of(widget.mrmlSliceNode())
        return None

    @classmethod
    def _of(cls, sliceNode) -> Look:
        matrix = vtk.vtkMatrix4x4()
        matrix.DeepCopy(sliceNode.GetSliceToRAS())
        return cls(matrix, sliceNode.GetFieldOfView()[:2])

    def take(self, name: str) -> None:
        """Lets a view look there; whatever its size, it holds all that was held."""
        sliceNode = sliceWidget(name).mrmlSliceNode()
        width, height, _ = sliceNode.GetDimensions()
        scale = max(self.field[0] / width, self.field[1] / height)
        wasModifying = sliceNode.StartModify()
        sliceNode.GetSliceToRAS().DeepCopy(self.sliceToWorld)
        sliceNode.UpdateMatrices()
        sliceNode.SetFieldOfView(scale * width, scale * height, sliceNode.GetFieldOfView()[2])
        sliceNode.EndModify(wasModifying)


def lookAtWhole(name: str) -> None:
    """Lets a view look at the whole of what it shows, in the plane of its pixels."""
    logic = sliceWidget(name).sliceLogic()
    volume = logic.GetBackgroundLayer().GetVolumeNode()
    logic.GetSliceNode().RotateToVolumePlane(volume)
    logic.FitSliceToBackground()
    logic.SnapSliceOffsetToIJK()
