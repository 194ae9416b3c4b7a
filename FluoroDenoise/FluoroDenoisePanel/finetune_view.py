"""A fine-tuning to look at: its score as a plot, and one frame as recorded, by the base model, and by the model so far."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import slicer
from slicer.i18n import tr as _

from . import layouts, views

VIEWS = {layouts.NOISY: "noisy", layouts.BASE: "before", layouts.TUNED: "after"}
"""Slice views, and which frame of a preview each shows."""
NAMES = {layouts.NOISY: _("recorded"), layouts.BASE: _("by the base model"), layouts.TUNED: _("by the fine-tuned model")}
"""What the views call them."""


class FinetuneView:
    """Slicer's own views in a layout of ours; what it puts into the scene goes when it is left, but for the plot.

    Args:
        shared: the panel's `Layouts`.
    """

    def __init__(self, shared):
        self._layouts = shared
        self._volumes: dict = {}
        self._choice = None

    @property
    def isShown(self) -> bool:
        """Is its layout the present one?"""
        return self._layouts.current == layouts.TUNING

    @property
    def isComplete(self) -> bool:
        """False once the scene has lost frames of it, or is about to."""
        return views.arePresent(volume.node for volume in self._volumes.values())

    def enter(self) -> None:
        """Shows the layout."""
        self._layouts.show(layouts.TUNING)

    def back(self) -> None:
        """Shows the user's layout again."""
        if self.isShown:
            self._layouts.back()

    def release(self) -> None:
        """Removes the frames from the scene: another layout is shown, or the panel goes."""
        volumes, self._volumes, self._choice = self._volumes, {}, None
        for volume in volumes.values():
            volume.release()

    def showingPreview(self, preview: dict[str, Any]) -> Generator:
        """The steps of showing the frames of a preview; a frame chosen anew is shown whole, in a window of its own."""
        if not self.isComplete:
            self.release()
        choice = (preview["cine"], preview["frame"])
        isNew, self._choice = choice != self._choice, choice
        for view, frame in VIEWS.items():
            volume = self._volumeOf(view)
            volume.fill(preview[frame])
            if isNew:
                volume.show_as(preview["noisy"], preview["inverted"])
            views.show(view, volume.node)
            yield
        if isNew:
            yield from self._lookingAtWhole()

    def showScores(self, chart) -> None:
        """Shows a chart in the plot view; None empties it."""
        plotView = slicer.mrmlScene.GetSingletonNode(layouts.SCORE, "vtkMRMLPlotViewNode")
        plotView.SetPlotChartNodeID(chart.GetID() if chart else None)

    def _volumeOf(self, view: str):
        from FluoroDenoiseLib.mrml.frame_volume import FrameVolume

        if view not in self._volumes:
            self._volumes[view] = FrameVolume(slicer.mrmlScene, NAMES[view])
        return self._volumes[view]

    @staticmethod
    def _lookingAtWhole() -> Generator:
        views.link(*VIEWS)
        for view in VIEWS:
            views.lookAtWhole(view)
            yield
