"""What becomes of a fine-tuning at its end: its model is kept, is made the default of its system, or is discarded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from slicer.i18n import tr as _

from FluoroDenoiseLib.errors import FluoroDenoiseError

from .default_model import makeDefault
from .finetune_scores import forget
from .system_words import systemInWords
from .verdicts import Verdict

VerdictOfRun = dict[str, Any] | None


def canKeep(verdict: VerdictOfRun) -> Verdict:
    """Keep."""
    if verdict is None:
        return False, _("There is nothing to keep before the end.")
    if not verdict["gain"]:
        return False, _("There is nothing to keep: the fine-tuned model is not better on what was held out.")
    return True, _("Take the new model in among yours, and choose it in the section Denoise")


def canMakeDefault(verdict: VerdictOfRun) -> Verdict:
    """Keep as default."""
    able, reason = canKeep(verdict)
    if able and not systemInWords(verdict["system"]):
        return False, _("The files of these cines do not name the system that they come from.")
    if able:
        reason = _("Also propose it for every cine of {system}").format(system=systemInWords(verdict["system"]))
    return able, reason


def keepModel(context, folder: Path, system: dict[str, str] | None) -> bool:
    """Takes a run's model in among the user's and chooses it; tells how it went, and returns whether it did.

    Args:
        folder: of the run; it is gone afterwards.
        system: of which the model becomes the default; None for none.
    """
    from FluoroDenoiseLib.models.cards import read_card
    from FluoroDenoiseLib.training.run_folder import keep

    try:
        name = read_card(keep(folder))["name"]
    except FluoroDenoiseError as error:
        context.tell(error)
        return False
    if system is None:
        context.logic.getParameterNode().model = name
        context.show(_("Kept the model {name}; it is chosen in the section Denoise.").format(name=name))
    elif makeDefault(context, name, system):
        text = _("Kept the model {name}; it will be proposed for every cine of {system}.")
        context.show(text.format(name=name, system=systemInWords(system)))
    return True


def discardRun(context, folder: Path) -> bool:
    """Removes a run with everything it has learned, and its plot; tells how it went, and returns whether it did."""
    from FluoroDenoiseLib.training.run_folder import discard

    try:
        discard(folder)
    except FluoroDenoiseError as error:
        context.tell(error)
        return False
    forget(folder.name)
    context.show(_("Discarded the fine-tuning {name}.").format(name=folder.name))
    return True
