"""Where structure was removed, as a coloured overlay in Slicer's slice views that follows the playing frame."""

from __future__ import annotations

from typing import Any

import numpy as np
import slicer

from .history import remove_node
from .links import Node, browsers_of, holder_of, is_sequence, nodes_of_class
from .new_volume import fill

MARK = 1
"""Label of marked pixels."""
RED, OPACITY = (1.0, 0.15, 0.15), 0.7


class StructureMap:
    """A hidden label map that is never saved; it goes with `release`.

    Args:
        node: a denoised volume, or the proxy of a denoised sequence.
        structure: [T, H, W] boolean, one mask for each of its frames.
    """

    def __init__(self, node: Node, structure: np.ndarray) -> None:
        self._shown, self._structure = node, structure
        self._moves = is_sequence(holder_of(node))
        self._former: list[tuple[Node, str | None, float]] = []
        self._colours = self._add_colours(node.GetScene())
        self.node = self._add(node)
        self.update()
        self._tag = node.AddObserver(slicer.vtkMRMLVolumeNode.ImageDataModifiedEvent, self.update)

    def update(self, *_: object) -> None:
        """Marks the frame that is shown now (all slices of a volume)."""
        frame = self._frame() if self._moves else slice(None)
        if frame is None:
            return
        marks = self._structure[frame]
        np.multiply(_thicker(marks), MARK, out=slicer.util.arrayFromVolume(self.node), casting="unsafe")
        slicer.util.arrayFromVolumeModified(self.node)

    def show(self, alongside: list[Node]) -> None:
        """Lays the map over every slice view that shows one of these volumes."""
        identifiers = {volume.GetID() for volume in alongside}
        for composite in nodes_of_class(self._shown.GetScene(), "vtkMRMLSliceCompositeNode"):
            free = composite.GetLabelVolumeID() != self.node.GetID()
            if free and composite.GetBackgroundVolumeID() in identifiers:
                self._former.append((composite, composite.GetLabelVolumeID(), composite.GetLabelOpacity()))
                composite.SetLabelVolumeID(self.node.GetID())
                composite.SetLabelOpacity(OPACITY)

    def release(self) -> None:
        """Shows what lay over the views before, and removes the map from the scene."""
        self._shown.RemoveObserver(self._tag)
        for composite, former, opacity in self._former:
            composite.SetLabelVolumeID(former)
            composite.SetLabelOpacity(opacity)
        self._former.clear()
        for node in (self.node, self._colours):
            if node.GetScene() is not None:
                remove_node(node)

    def _frame(self) -> list[int] | None:
        """Number of the item that is shown, which a browser counts in its own master sequence; None without a browser."""
        sequence = holder_of(self._shown)
        if not is_sequence(sequence):
            return None
        browser = next(each for each in browsers_of(sequence) if each.GetProxyNode(sequence) is self._shown)
        selected = browser.GetMasterSequenceNode().GetNthIndexValue(max(0, browser.GetSelectedItemNumber()))
        return [max(0, sequence.GetItemNumberFromIndexValue(selected, False))]

    def _add(self, like: Node) -> Node:
        volume = slicer.vtkMRMLLabelMapVolumeNode()
        volume.SetName(f"{like.GetName()} (structure removed)")
        volume.SetHideFromEditors(True)
        volume.SetSaveWithScene(False)
        volume.CopyOrientation(like)
        fill(volume, np.zeros(like.GetImageData().GetDimensions()[::-1], np.uint8))
        like.GetScene().AddNode(volume)
        volume.SetAndObserveTransformNodeID(like.GetTransformNodeID())
        volume.CreateDefaultDisplayNodes()
        volume.GetDisplayNode().SetAndObserveColorNodeID(self._colours.GetID())
        volume.GetDisplayNode().SetSaveWithScene(False)
        return volume

    @staticmethod
    def _add_colours(scene: Any) -> Node:
        """Nothing for 0, red for `MARK`."""
        colours = slicer.vtkMRMLColorTableNode()
        colours.SetName("FluoroDenoise structure removed")
        colours.SetHideFromEditors(True)
        colours.SetSaveWithScene(False)
        colours.SetTypeToUser()
        colours.SetNumberOfColors(MARK + 1)
        colours.SetColor(0, 0.0, 0.0, 0.0, 0.0)
        colours.SetColor(MARK, *RED, 1.0)
        colours.GetLookupTable().SetTableRange(0, MARK)
        return scene.AddNode(colours)


def _thicker(marks: np.ndarray) -> np.ndarray:
    """Masks [K, H, W] grown by a pixel to every side, so that a thin line is not overlooked."""
    grown = marks.copy()
    for axis in (1, 2):
        later, earlier = np.roll(grown, 1, axis), np.roll(grown, -1, axis)
        grown = grown | later | earlier
    return grown
