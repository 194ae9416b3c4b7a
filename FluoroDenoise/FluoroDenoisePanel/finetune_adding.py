"""Data for a fine-tuning: nodes, a folder, series of the DICOM database; the worker looks at each before it is offered."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import qt
import slicer
from slicer.i18n import tr as _

from .finetune_data import FinetuneData
from .finetune_run import surveying
from .finetune_sources import Source
from .section import Section
from .series_dialog import askForSeries, nameOfSeries
from .stepwise import StepwiseRun

FOLDER_KEY = "FluoroDenoise/FinetuneFolder"


class FinetuneAdding(Section):
    """The buttons that add, and the table.

    Args:
        changed: called when the list has changed, or a survey begins or ends.

    Attributes:
        data: what was added.
    """

    def __init__(self, ui, context, changed: Callable[[], None]):
        super().__init__(ui, context)
        self.data = FinetuneData(ui.finetuneTable)
        self._changed = changed
        self._survey: StepwiseRun | None = None
        ui.finetuneAddNodesButton.clicked.connect(self._onNodes)
        ui.finetuneAddFolderButton.clicked.connect(self._onFolder)
        ui.finetuneAddDicomButton.clicked.connect(self._onDicom)
        ui.finetuneRemoveButton.clicked.connect(self._onRemove)

    @property
    def isSurveying(self) -> bool:
        """Is the worker looking at cines?"""
        return self._survey is not None

    def offer(self, able: bool) -> None:
        """Lets the user add and remove, or shows no way to; nothing is added during a survey."""
        ui = self.ui
        adding = (ui.finetuneAddNodesButton, ui.finetuneAddFolderButton, ui.finetuneAddDicomButton)
        for widget in (ui.finetuneNodesLabel, ui.finetuneNodesSelector, *adding, ui.finetuneRemoveButton):
            widget.visible = able
        for button in adding:
            button.enabled = not self.isSurveying
        ui.finetuneRemoveButton.enabled = self.isSurveying or bool(self.data.entries)

    def leaveScene(self) -> None:
        """Nodes that are gone leave the list."""
        self.data.forgetVanished()

    def cleanup(self) -> None:
        """Gives a survey up."""
        self._stop()

    def _onNodes(self) -> None:
        nodes = list(self.ui.finetuneNodesSelector.checkedNodes())
        self._add([Source(node.GetName(), node=node) for node in nodes], _("Tick the cines to learn from first."))

    def _onFolder(self) -> None:
        title = _("Learn from the cines in this folder")
        last = slicer.util.settingsValue(FOLDER_KEY, "")
        folder = qt.QFileDialog.getExistingDirectory(slicer.util.mainWindow(), title, last)
        if folder:
            qt.QSettings().setValue(FOLDER_KEY, folder)
            self._add([Source(Path(folder).name, (folder,))], "")

    def _onDicom(self) -> None:
        uids = askForSeries(_("Select the series to learn from"))
        series = [tuple(slicer.dicomDatabase.filesForSeries(uid)) for uid in uids]
        self._add([Source(nameOfSeries(files[0]), files) for files in series], _("Select series to learn from first."))

    def _onRemove(self) -> None:
        self._stop()
        self.data.removeSelected()
        self._changed()

    def _add(self, sources: list[Source], none: str) -> None:
        if not sources:
            self.context.show(none)
        elif self.context.packagesAreThere():
            new = self.data.expect(sources)
            if new:
                steps = surveying(new, self.context.logic.tuner)
                self._survey = StepwiseRun(steps, lambda rows, error: self._end(new, rows, error))
            self._changed()

    def _end(self, sources: list[Source], rows, error) -> None:
        self._survey = None
        if error is None:
            self.data.take(sources, rows)
            self.data.forgetVanished()
        else:
            self.data.forgetExpected()
            self.context.tell(error)
        self._changed()

    def _stop(self) -> None:
        if self._survey is not None:
            self._survey.stop()
            self._survey = None
            self.data.forgetExpected()
