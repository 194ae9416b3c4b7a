"""What a new fine-tuning is told: its name, the model it begins with, its time."""

from __future__ import annotations

from typing import Any

from slicer.i18n import tr as _

from FluoroDenoiseLib.errors import ModelUnavailable

from .default_model import BUNDLED
from .finetune_data import FinetuneData
from .models_section import models


class FinetuneOrder:
    """The fields below the table."""

    def __init__(self, ui, changed):
        self._ui = ui
        self._offered: list[str] = []
        ui.finetuneNameEdit.textChanged.connect(lambda text: changed())

    @property
    def name(self) -> str:
        """What the new model will be called."""
        return self._ui.finetuneNameEdit.text.strip()

    def refresh(self, able: bool) -> None:
        """Offers the models that there are to begin with; the fields can be changed, or not."""
        offered, base = bases(), self._ui.finetuneBaseSelector
        if offered != self._offered:
            chosen, self._offered = base.currentText or BUNDLED, offered
            base.clear()
            base.addItems(offered)
            base.currentIndex = max(0, base.findText(chosen))
        for field in (self._ui.finetuneNameEdit, base, self._ui.finetuneMinutesBox):
            field.enabled = able

    def show(self, order: dict[str, Any]) -> None:
        """Shows what a run that was begun before was told."""
        self._ui.finetuneNameEdit.text = order["name"]
        self._ui.finetuneBaseSelector.currentIndex = self._ui.finetuneBaseSelector.findText(order["base"])
        self._ui.finetuneMinutesBox.value = order["minutes"]

    def asked(self, device: str) -> dict[str, Any]:
        """The order, but for its sources; see `FluoroDenoiseLib.jobs.finetune_job`."""
        ui = self._ui
        base, minutes = ui.finetuneBaseSelector.currentText, ui.finetuneMinutesBox.value
        return {"name": self.name, "base": base, "minutes": minutes, "device": device, "seed": 0}

    def whyNot(self, data: FinetuneData) -> str:
        """What is missing before it can start; "" where nothing is."""
        if not data.entries:
            return _("Add cines to learn from first.")
        return self._whyNotName() if data.usable else _("None of these cines can teach; the table says why.")

    def _whyNotName(self) -> str:
        from FluoroDenoiseLib.training.run_folder import run_folder

        if not self.name:
            return _("Give the new model a name first.")
        if self.name in models():
            return _("There is a model called {name} already. Choose another name.").format(name=self.name)
        try:
            taken = run_folder(self.name).exists()
        except ModelUnavailable as error:
            return str(error)
        return _("A fine-tuning of this name was begun: choose it above, or another name.") if taken else ""


def bases() -> list[str]:
    """Names of the models that a fine-tuning can begin with: those for cines."""
    from FluoroDenoiseLib.models.cards import CINE, folder_of, kind_of, read_card

    return [name for name in models() if kind_of(read_card(folder_of(name))) == CINE]
