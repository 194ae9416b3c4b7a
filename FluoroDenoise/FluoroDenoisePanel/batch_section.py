"""The section Batch: cines one after the other, with the settings of the section Denoise."""

from __future__ import annotations

from dataclasses import replace

import slicer
from slicer.i18n import tr as _

from .batch_run import batch, denoisingNode, denoisingSeries
from .default_model import defaultOf, isProposed
from .denoise_section import chosenSettings
from .node_run import Settings
from .section import Section
from .series_dialog import askForSeries, nameOfSeries


class BatchSection(Section):
    """Each cine has a line that says how it stands; errors stay there to be read at the end."""

    def __init__(self, ui, context):
        super().__init__(ui, context)
        ui.batchNodesButton.clicked.connect(self._onNodes)
        ui.batchDicomButton.clicked.connect(self._onDicom)
        ui.batchNodesButton.toolTip = _("Denoise the cines that are ticked, in place, one after another")
        ui.batchDicomButton.toolTip = _("Select series in Slicer's DICOM database; a derived series is added for each")

    def refresh(self) -> None:
        """One run at a time."""
        free = self.context.parameterNode is not None and not self.context.busy
        self.ui.batchNodesButton.enabled = self.ui.batchDicomButton.enabled = free

    def _onNodes(self) -> None:
        nodes = list(self.ui.batchNodesSelector.checkedNodes())
        show = self.context.foreground.show
        works = [lambda node=node: denoisingNode(node, self._settingsFor(filesOf(node)), self._runner, show) for node in nodes]
        self._begin([node.GetName() for node in nodes], works, _("Tick the cines to denoise first."))

    def _onDicom(self) -> None:
        database = slicer.dicomDatabase
        series = [database.filesForSeries(uid) for uid in askForSeries(_("Select the series to denoise"))]
        show = self.context.foreground.show
        works = [lambda files=files: denoisingSeries(files, self._settingsFor(files), self._runner, show) for files in series]
        self._begin([nameOfSeries(files[0]) for files in series], works, _("Select series to denoise first."))

    def _begin(self, names: list[str], works: list, none: str) -> None:
        if not works:
            self.context.show(none)
        elif self.context.packagesAreThere():
            self._settings, self._proposed = chosenSettings(self.context), isProposed(self.context.parameterNode)
            self._runner = self.context.runner
            self._names = names
            self.ui.batchList.clear()
            self.ui.batchList.addItems([_("{name}: waiting").format(name=name) for name in names])
            self.context.foreground.begin(batch(works, self._tell), _("Reading the first cine..."), self._ended)

    def _settingsFor(self, files) -> Settings:
        """What is chosen in the panel; a model that is but proposed there gives way to what would be proposed for each cine."""
        return replace(self._settings, model=defaultOf(files)) if self._proposed else self._settings

    def _tell(self, number: int, state: str) -> None:
        self.ui.batchList.item(number).setText(f"{self._names[number]}: {state}")
        self.ui.batchList.setCurrentRow(number)

    def _ended(self, failed, error) -> None:
        if error is not None:
            self.context.tell(error)
        elif failed:
            count = len(self._names)
            text = _("{failed} of {count} cines failed; the list in the section Batch says why.")
            self.context.show(text.format(failed=failed, count=count), "warning")
        else:
            self.context.show(_("All {count} cines are denoised.").format(count=len(self._names)))


def filesOf(node) -> tuple:
    """The DICOM files of a node, as far as they are known; none of one that was removed."""
    from FluoroDenoiseLib.mrml.links import is_present
    from FluoroDenoiseLib.mrml.node_frames import NodeFrames
    from FluoroDenoiseLib.mrml.source import source_files

    return source_files(NodeFrames(node)) if is_present(node) else ()
