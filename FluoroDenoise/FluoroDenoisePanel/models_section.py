"""The section Models: which networks there are, what their cards say; one's own are renamed, deleted, handed in and out."""

from __future__ import annotations

from pathlib import Path

import qt
import slicer
from slicer.i18n import tr as _

from FluoroDenoiseLib.errors import FluoroDenoiseError

from .card_text import cardText
from .default_model import BUNDLED, isDefaultHere, makeDefault
from .section import Section
from .system_words import systemInWords
from .verdicts import Verdict, enable


class ModelsSection(Section):
    """Fills the model selector of the section Denoise too: both show the same choice."""

    def __init__(self, ui, context):
        super().__init__(ui, context)
        self._offered: dict[str, str] = {}
        ui.modelSelector.connect("activated(int)", self._onChosen)
        ui.modelsList.connect("currentRowChanged(int)", self._onChosen)
        ui.renameModelButton.clicked.connect(self._onRename)
        ui.deleteModelButton.clicked.connect(self._onDelete)
        ui.importModelButton.clicked.connect(self._onImport)
        ui.exportModelButton.clicked.connect(self._onExport)
        ui.defaultModelButton.clicked.connect(self._onDefault)
        ui.importModelButton.toolTip = _("Take in a model: its folder's card.json; the hash of the weights is checked")
        ui.exportModelButton.toolTip = _("Copy the chosen model into a new folder, to hand it on")

    def refresh(self) -> None:
        """Offers the models that there are, shows the chosen one and its card."""
        if self.context.parameterNode is None:
            return
        offered = {name: self._inWords(name) for name in models()}
        if self._chosen not in offered:
            offered[self._chosen] = _("{name} (not on this computer)").format(name=Path(self._chosen).name)
        if offered != self._offered:
            self._fill(offered)
        place = list(offered).index(self._chosen)
        self.ui.modelSelector.currentIndex = place
        self.ui.modelsList.setCurrentRow(place)
        self._showCard(cardText(self._chosen))
        self._showButtons()

    @property
    def _chosen(self) -> str:
        return self.context.parameterNode.model

    def _showCard(self, text: str) -> None:
        """The same card again would take who has scrolled in it back to its beginning."""
        if text != self.ui.modelCardText.plainText:
            self.ui.modelCardText.plainText = text

    def _inWords(self, name: str) -> str:
        return _("{name} (default for this system)").format(name=name) if isDefaultHere(self.context, name) else name

    def _fill(self, offered: dict[str, str]) -> None:
        self._offered = {}  # what a list says of itself while it is filled is nobody's choice
        self.ui.modelSelector.clear()
        self.ui.modelsList.clear()
        self.ui.modelSelector.addItems(list(offered.values()))
        self.ui.modelsList.addItems(list(offered.values()))
        self._offered = offered

    def _showButtons(self) -> None:
        enable(self.ui.renameModelButton, self._canChange(_("Give the chosen model another name")))
        enable(self.ui.deleteModelButton, self._canChange(_("Remove the chosen model from this computer")))
        enable(self.ui.defaultModelButton, self._canBeDefault())

    def _onChosen(self, index: int) -> None:
        names = list(self._offered)
        if 0 <= index < len(names) and names[index] != self._chosen:
            self.context.parameterNode.model = names[index]

    def _onRename(self) -> None:
        from FluoroDenoiseLib.models.cards import folder_of
        from FluoroDenoiseLib.models.own import rename_model

        old = self._chosen
        title, label = _("Rename a model"), _("New name of {name}:").format(name=old)
        name = qt.QInputDialog.getText(slicer.util.mainWindow(), title, label, qt.QLineEdit.Normal, old).strip()
        if name and name != old and self._told(lambda: rename_model(folder_of(old), name), _("Renamed the model to {name}.")):
            self._replace(old, name)

    def _onDelete(self) -> None:
        from FluoroDenoiseLib.models.cards import folder_of
        from FluoroDenoiseLib.models.own import delete_model

        name = self._chosen
        question = _("Delete the model {name} from this computer? Export it first if you may want it again.")
        if not slicer.util.confirmOkCancelDisplay(question.format(name=name), "FluoroDenoise"):
            return
        folder = folder_of(name)
        if self._told(lambda: delete_model(folder) or folder, _("Deleted the model {name}.")):
            self._replace(name, BUNDLED)

    def _replace(self, old: str, new: str) -> None:
        """The choice goes over to another name, and with it what was proposed."""
        if self.context.parameterNode.proposedModel == old:
            self.context.parameterNode.proposedModel = new
        self.context.parameterNode.model = new
        self.context.refresh()

    def _onImport(self) -> None:
        from FluoroDenoiseLib.models.cards import read_card
        from FluoroDenoiseLib.models.own import import_model
        from FluoroDenoiseLib.models.user_folder import shelf

        title, kinds = _("Import a model"), _("Model card (card.json)")
        path = qt.QFileDialog.getOpenFileName(slicer.util.mainWindow(), title, "", kinds)
        if path:
            folder = self._told(lambda: import_model(Path(path), shelf()), _("Imported the model {name}."))
            if folder is not None:
                self.context.parameterNode.model = read_card(folder)["name"]

    def _onExport(self) -> None:
        from FluoroDenoiseLib.models.cards import folder_of
        from FluoroDenoiseLib.models.own import export_model, folder_name

        title = _("Export the model into a new folder below this one")
        chosen = qt.QFileDialog.getExistingDirectory(slicer.util.mainWindow(), title, "")
        if chosen:
            model = self._chosen
            self._told(
                lambda: export_model(folder_of(model), Path(chosen) / folder_name(model)),
                _("Exported the model to {name}."),
            )

    def _onDefault(self) -> None:
        if makeDefault(self.context, self._chosen, self.context.system):
            text = _("{name} will be proposed for every cine of {system}.")
            self.context.show(text.format(name=self._chosen, system=systemInWords(self.context.system)))
            self.context.refresh()

    def _canChange(self, done: str) -> Verdict:
        from FluoroDenoiseLib.models.cards import model_names

        if self._chosen in model_names():
            return False, _("This model came with FluoroDenoise: it stays as it is.")
        return (True, done) if self._chosen in models() else (False, _("This model is not on this computer."))

    def _canBeDefault(self) -> Verdict:
        system = systemInWords(self.context.system)
        if not system:
            return False, _("The files of the chosen cine do not name the system that it comes from.")
        if isDefaultHere(self.context, self._chosen):
            return False, _("It is the default for {system} already.").format(system=system)
        if self._chosen not in models():
            return False, _("This model is not on this computer.")
        return True, _("Propose this model for every cine of {system}").format(system=system)

    def _told(self, job, done: str):
        """Does a job that gives a folder, and says how it went; None where it failed."""
        try:
            folder = job()
        except FluoroDenoiseError as error:
            self.context.show(str(error), "error")
            return None
        self.context.show(done.format(name=folder.name))
        return folder


def models() -> list[str]:
    """Names of all models, the bundled ones first."""
    from FluoroDenoiseLib.models.cards import model_names, own_models
    from FluoroDenoiseLib.models.user_folder import shelf

    return [*model_names(), *own_models(shelf())]
