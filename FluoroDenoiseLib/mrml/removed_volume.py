"""What denoising removed, as a volume to look at: original minus denoised, with a scale of its own, following the cine."""

from __future__ import annotations

import numpy as np
import slicer
import vtk

from .attributes import PREFIX
from .history import remove_node
from .links import Node, nodes_of_class

REMOVED = PREFIX + "removed"
"""On the volume: the id of the node that it is about."""
WIDTHS = 3.0
"""The scale reaches this many standard deviations of the removed noise to either side."""
BAR, LETTERS = (0.12, 0.6), 15
"""Share of a view that the colour bar takes down and across, and the height of its letters."""
TYPICAL = 1.4826
"""From the median of absolute values to the standard deviation of a normal distribution."""


class RemovedVolume:
    """A hidden volume that is never saved; it goes with `release`.

    Args:
        node: a denoised volume, or the proxy of a denoised sequence.
        original: what shows its original frames.

    Attributes:
        node: the volume with the difference of the frame shown (of all slices for a volume), signed, in stored units.
        limit: the scale goes from -limit to limit.
    """

    def __init__(self, node: Node, original: Node) -> None:
        self._after, self._before = node, original
        self.node = self._add(node)
        self.update()
        self.limit = self._limit()
        self._show()
        changed = slicer.vtkMRMLVolumeNode.ImageDataModifiedEvent
        self._observed = [(each, each.AddObserver(changed, self.update)) for each in (node, original)]

    def update(self, *_: object) -> None:
        """Takes the difference of what the two show now."""
        before, after, removed = (_grey(each) for each in (self._before, self._after, self.node))
        if before.shape == after.shape == removed.shape:
            np.subtract(before, after, out=removed, dtype=np.float32, casting="unsafe")
            slicer.util.arrayFromVolumeModified(self.node)

    def add_colour_bar(self) -> None:
        """Shows the scale in every view that shows the volume now: Slicer's legends look at the views only when they change."""
        legend = slicer.vtkSlicerColorLogic.AddDefaultColorLegendDisplayNode(self.node)
        legend.SetSaveWithScene(False)
        legend.SetTitleText("")
        legend.SetLabelFormat("%.3g")
        legend.SetNumberOfLabels(5)
        legend.SetOrientation(legend.Horizontal)
        legend.SetPosition(0.5, 0.02)
        legend.SetSize(*BAR)
        letters = legend.GetLabelTextProperty()
        letters.SetFontSize(LETTERS)
        letters.SetBackgroundOpacity(0.7)  # or snow would hide them
        legend.Modified()

    def release(self) -> None:
        """Removes the volume from the scene."""
        for each, tag in self._observed:
            each.RemoveObserver(tag)
        self._observed.clear()
        if self.node.GetScene() is not None:
            remove_node(self.node)

    @staticmethod
    def _add(like: Node) -> Node:
        volume = slicer.vtkMRMLScalarVolumeNode()
        volume.SetName(f"{like.GetName()} (removed)")
        volume.SetHideFromEditors(True)
        volume.SetSaveWithScene(False)
        volume.CopyOrientation(like)
        image = vtk.vtkImageData()
        image.SetDimensions(like.GetImageData().GetDimensions())
        image.AllocateScalars(vtk.VTK_FLOAT, 1)
        volume.SetAndObserveImageData(image)
        volume.SetAttribute(REMOVED, like.GetID())
        like.GetScene().AddNode(volume)
        volume.SetAndObserveTransformNodeID(like.GetTransformNodeID())
        return volume

    def _limit(self) -> float:
        """From the middle of the image, which collimators do not reach, as two digits that a person can read off a scale."""
        removed = _grey(self.node)
        rows, columns = (slice(size // 4, -(size // 4) or None) for size in removed.shape[1:])
        spread = TYPICAL * float(np.median(np.abs(removed[len(removed) // 2, rows, columns])))
        return float(f"{max(WIDTHS * spread, 1e-6):.2g}")

    def _show(self) -> None:
        self.node.CreateDefaultDisplayNodes()
        display = self.node.GetDisplayNode()
        display.SetAutoWindowLevel(False)
        display.SetWindowLevel(2 * self.limit, 0)
        display.SetInterpolate(False)
        display.SetSaveWithScene(False)


def removed_of(node: Node) -> list[Node]:
    """The volumes that show now what was removed from a node."""
    volumes = nodes_of_class(node.GetScene(), "vtkMRMLScalarVolumeNode")
    return [volume for volume in volumes if volume.GetAttribute(REMOVED) == node.GetID()]


def _grey(volume: Node) -> np.ndarray:
    """[K, H, W], a view."""
    array = slicer.util.arrayFromVolume(volume)
    return array[..., 0] if array.ndim == 4 else array
