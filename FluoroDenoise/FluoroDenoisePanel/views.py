"""Slicer's slice views, by name: what they show, and where they look."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import slicer
import vtk

WHOLE = 0.98
"""A view that holds this share of the image, across and down, counts as one that shows the whole of it."""


def sliceWidget(name: str):
    """The slice view of a name, of the present layout or of an earlier one."""
    return slicer.app.layoutManager().sliceWidget(name)


def composites() -> list:
    """The nodes that say which volumes each slice view shows."""
    return slicer.util.getNodesByClass("vtkMRMLSliceCompositeNode")


def arePresent(nodes: Iterable) -> bool:
    """Are all these nodes in a scene, which is not about to close?"""
    from FluoroDenoiseLib.mrml.links import is_present

    return all(is_present(node) for node in nodes)


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
    """Where a view looks: its slice in the world, and the millimetres that it holds across and down.

    `field` is None where it holds the whole image: so does then every view that looks there.
    """

    sliceToWorld: Any
    field: tuple[float, float] | None

    @classmethod
    def at(cls, nodes: list) -> Look | None:
        """The look of the first view in the present layout that shows one of the nodes; None where none does."""
        identifiers = {node.GetID() for node in nodes}
        for name in slicer.app.layoutManager().sliceViewNames():
            widget = sliceWidget(name)
            if widget.visible and widget.mrmlSliceCompositeNode().GetBackgroundVolumeID() in identifiers:
                return cls._of(widget.sliceLogic())
        return None

    @classmethod
    def _of(cls, logic) -> Look:
        matrix = vtk.vtkMatrix4x4()
        matrix.DeepCopy(logic.GetSliceNode().GetSliceToRAS())
        field = logic.GetSliceNode().GetFieldOfView()[:2]
        size, centre = [0.0] * 3, [0.0] * 3
        logic.GetBackgroundSliceDimensions(size, centre)
        holdsAll = all(shown >= WHOLE * extent for shown, extent in zip(field, size, strict=False))
        return cls(matrix, None if holdsAll else field)

    def take(self, name: str) -> None:
        """Lets a view look there; whatever its size, it holds all that was held."""
        logic = sliceWidget(name).sliceLogic()
        sliceNode = logic.GetSliceNode()
        wasModifying = sliceNode.StartModify()
        sliceNode.GetSliceToRAS().DeepCopy(self.sliceToWorld)
        sliceNode.UpdateMatrices()
        if self.field is None:
            offset = logic.GetSliceOffset()
            logic.FitSliceToBackground()
            logic.SetSliceOffset(offset)
        else:
            width, height, _ = sliceNode.GetDimensions()
            scale = max(self.field[0] / width, self.field[1] / height)
            sliceNode.SetFieldOfView(scale * width, scale * height, sliceNode.GetFieldOfView()[2])
        sliceNode.EndModify(wasModifying)


def lookAtWhole(name: str) -> None:
    """Lets a view look at the whole of what it shows, in the plane of its pixels."""
    logic = sliceWidget(name).sliceLogic()
    logic.GetSliceNode().RotateToVolumePlane(logic.GetBackgroundLayer().GetVolumeNode())
    logic.FitSliceToBackground()
    logic.SnapSliceOffsetToIJK()


def pixelsOf(node) -> str | None:
    """Hash of the frames that FluoroDenoise wrote to a node; None where it wrote none."""
    from FluoroDenoiseLib.mrml.attributes import PIXELS
    from FluoroDenoiseLib.mrml.links import holder_of

    return holder_of(node).GetAttribute(PIXELS)
