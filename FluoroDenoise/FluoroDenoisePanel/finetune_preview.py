"""The score plot and the frame before and after, of the fine-tuning that is watched; the user says which frame."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

import slicer
from slicer.i18n import tr as _

from FluoroDenoiseLib.errors import FluoroDenoiseError

from .finetune_files import WatchedFile, readPreview, readScores
from .finetune_scores import plotScores
from .finetune_view import FinetuneView
from .section import Section
from .stepwise import StepwiseRun
from .verdicts import enable


class FinetunePreview(Section):
    """The button that shows them, and the choice of the frame."""

    def __init__(self, ui, context):
        super().__init__(ui, context)
        self._folder: Path | None = None
        self._isRunning = False
        self._rows: list[dict[str, Any]] = []
        self._showing: StepwiseRun | None = None
        self._view = FinetuneView(context.layouts)
        ui.finetuneViewButton.clicked.connect(self._onView)
        ui.finetunePreviewSelector.connect("activated(int)", self._onCineChosen)
        ui.finetunePreviewFrameBox.connect("editingFinished()", self._onFrameChosen)
        slicer.app.layoutManager().connect("layoutChanged(int)", self._onLayoutChanged)
        self._showState()

    def follow(self, folder: Path | None, isRunning: bool) -> None:
        """Shows this run from now on, or none; another frame can be asked for while it runs."""
        self._isRunning = isRunning
        if folder != self._folder:
            self._folder = folder
            self.offer([])
            self._forgetShown()
            if folder is None:
                self._view.back()

    def offer(self, rows: Sequence[dict[str, Any]]) -> None:
        """Lets the user choose among the frames of these cines: "label" and "frames" of each."""
        if list(rows) != self._rows:
            self._rows = list(rows)
            self.ui.finetunePreviewSelector.clear()
            self.ui.finetunePreviewSelector.addItems([row["label"] for row in rows])
            self._limitFrames()
        self._showState()

    def look(self) -> None:
        """Shows what the worker has written since."""
        if self._folder is not None and self._view.isShown and self._showing is None:
            self._showing = StepwiseRun(self._steps(), self._onShown)

    def leaveScene(self) -> None:
        """The scene takes plot and frames with it: they are made anew for the next one."""
        if not self._view.isComplete:
            self._forgetShown()

    def cleanup(self) -> None:
        """The layout manager no longer reaches this section."""
        self._stop()
        self._view.release()
        slicer.app.layoutManager().disconnect("layoutChanged(int)", self._onLayoutChanged)

    def _steps(self) -> Generator:
        scores = self._scores.news()
        if scores is not None and len(scores["minutes"]):
            self._view.showScores(plotScores(self._folder.name, scores))
            yield
        preview = self._preview.news()
        if preview is not None:
            yield from self._view.showingPreview(preview)

    def _onShown(self, result, error) -> None:
        self._showing = None
        if error is not None:
            self.context.tell(error)

    def _stop(self) -> None:
        if self._showing is not None:
            self._showing.stop()
            self._showing = None

    def _forgetShown(self) -> None:
        self._stop()
        self._view.release()
        if self._folder is not None:
            from FluoroDenoiseLib.training import run_folder

            self._scores = WatchedFile(self._folder / run_folder.LOG, readScores)
            self._preview = WatchedFile(self._folder / run_folder.PREVIEW, readPreview)

    def _onView(self, checked=False) -> None:
        if self._view.isShown:
            self._view.back()
        else:
            self._view.enter()
            self._forgetShown()
            self.look()
        self._showState()

    def _onLayoutChanged(self, layout) -> None:
        if not self._view.isShown:
            self._stop()
            self._view.release()
        self._showState()

    def _onCineChosen(self, index: int) -> None:
        self._limitFrames()
        self._onFrameChosen()

    def _limitFrames(self) -> None:
        index = self.ui.finetunePreviewSelector.currentIndex
        self.ui.finetunePreviewFrameBox.maximum = max(1, self._rows[index]["frames"]) if self._rows else 1

    def _onFrameChosen(self) -> None:
        from FluoroDenoiseLib.training.run_folder import CHOICE, write_json

        cine, frame = self.ui.finetunePreviewSelector.currentIndex, self.ui.finetunePreviewFrameBox.value - 1
        try:
            write_json(self._folder / CHOICE, {"cine": cine, "frame": frame})
        except FluoroDenoiseError as error:
            self.context.tell(error)

    def _showState(self) -> None:
        ui, begun = self.ui, self._folder is not None
        tip = _("The score on held-out frames as it goes on, and one frame before and after")
        enable(ui.finetuneViewButton, (begun or self._view.isShown, tip if begun else _("Nothing was trained yet.")))
        ui.finetuneViewButton.checked = self._view.isShown
        for widget in (ui.finetunePreviewLabel, ui.finetunePreviewSelector, ui.finetunePreviewFrameBox):
            widget.visible = bool(self._rows) and self._isRunning
