"""A single frame to look at that belongs to no cine of the scene: a hidden volume that is never saved."""

from __future__ import annotations

from typing import Any

import numpy as np
import slicer

from ..cine import Cine
from . import new_volume
from .history import remove_node


class FrameVolume:
    """One volume in the scene; it goes with `release`.

    Args:
        scene: vtkMRMLScene.
        name: of the node.

    Attributes:
        node: the volume.
    """

    def __init__(self, scene: Any, name: str) -> None:
        self.node = slicer.vtkMRMLScalarVolumeNode()
        self.node.SetName(name)
        self.node.SetHideFromEditors(True)
        self.node.SetSaveWithScene(False)
        scene.AddNode(self.node)

    def fill(self, frame: np.ndarray) -> None:
        """Holds a frame [H, W] from now on, of any size; window and level stay as they are."""
        new_volume.place(self.node, Cine(frame[None]))
        new_volume.fill(self.node, frame[None])

    def show_as(self, frame: np.ndarray, inverted: bool = False) -> None:
        """Takes the window that suits a frame [H, W], and its polarity."""
        new_volume.show(self.node, Cine(frame[None], inverted=inverted))
        self.node.GetDisplayNode().SetSaveWithScene(False)

    def release(self) -> None:
        """Removes the volume from the scene."""
        if self.node.GetScene() is not None:
            remove_node(self.node)
