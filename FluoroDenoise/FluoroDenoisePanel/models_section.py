"""The section Models: which networks there are, what their cards say, importing and exporting one's own."""

from __future__ import annotations

from pathlib import Path

import qt
import slicer
from slicer.i18n import tr as _

from FluoroDenoiseLib.errors import FluoroDenoiseError

from .card_text import cardText
from .section import Section


class ModelsSection(Section):
    """Fills the model selector of the section Denoise too: both show the same choice."""

    def __init__(self, ui, context):
        super().__init__(ui, context)
        self._offered: dict[str, str] = {}
        ui.modelSelector.connect("activated(int)", self._onChosen)
        ui.importModelButton.clicked.connect(self._onImport)
        ui.exportModelButton.clicked.connect(self._onExport)
        ui.importModelButton.toolTip = _("Take in a model: its folder's card.json; the hash of the weights is checked")
        ui.exportModelButton.toolTip = _("Copy the chosen model into a new folder, to hand it on")

    def refresh(self) -> None:
        """Offers the models that there are, shows the chosen one and its card."""
        if self.context.parameterNode is None:
            return
        chosen = self.context.parameterNode.model
        offered = models()
        if chosen not in offered:
            offered[chosen] = _("{name} (not on this computer)").format(name=Path(chosen).name)
        if offered != self._offered:
            self._fill(offered)
        place = self.ui.modelSelector.findData(chosen)
        if place != self.ui.modelSelector.currentIndex or not self.ui.modelCardText.plainText:
            self.ui.modelSelector.currentIndex = place
        self.ui.modelCardText.plainText = cardText(chosen)

    def _fill(self, offered: dict[str, str]) -> None:
        self._offered = offered
        self.ui.modelSelector.clear()
        for name, words in offered.items():
            self.ui.modelSelector.addItem(words, name)

    def _onChosen(self, index: int) -> None:
        self.context.parameterNode.model = self.ui.modelSelector.itemData(index)

    def _onImport(self) -> None:
        from FluoroDenoiseLib.models.own import import_model

        title, kinds = _("Import a model"), _("Model card (card.json)")
        path = qt.QFileDialog.getOpenFileName(slicer.util.mainWindow(), title, "", kinds)
        if path:
            folder = self._told(lambda: import_model(Path(path), shelf()), _("Imported the model {name}."))
            if folder is not None:
                self.context.parameterNode.model = str(folder)

    def _onExport(self) -> None:
        from FluoroDenoiseLib.models.cards import folder_of, read_card
        from FluoroDenoiseLib.models.own import export_model

        title = _("Export the model into a new folder below this one")
        chosen = qt.QFileDialog.getExistingDirectory(slicer.util.mainWindow(), title, "")
        if chosen:
            model = self.context.parameterNode.model
            self._told(
                lambda: export_model(folder_of(model), Path(chosen) / read_card(folder_of(model))["name"]),
                _("Exported the model to {name}."),
            )

    def _told(self, job, done: str):
        """Does a job that gives a folder, and says how it went; None where it failed."""
        try:
            folder = job()
        except FluoroDenoiseError as error:
            self.context.show(str(error), "error")
            return None
        self.context.show(done.format(name=folder.name))
        return folder


def shelf() -> Path:
    """The folder of the user's own models, beside Slicer's settings."""
    return Path(slicer.app.slicerUserSettingsFilePath).parent / "FluoroDenoise" / "models"


def models() -> dict[str, str]:
    """All models: what the parameter node calls them (a bundled one's name, another's folder), and their names in words."""
    from FluoroDenoiseLib.models.cards import model_names, own_models

    return {name: name for name in model_names()} | {str(folder): name for name, folder in own_models(shelf()).items()}
