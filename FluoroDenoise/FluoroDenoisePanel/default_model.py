"""The model to begin with: the user's default for the system that a cine comes from, else the usual one for its kind."""

from __future__ import annotations

from pathlib import Path

from slicer.i18n import tr as _

from FluoroDenoiseLib.errors import FluoroDenoiseError

from .system_words import systemInWords

BUNDLED = "fluoroscopy"
"""Proposed before a cine is chosen."""


def proposeModel(context) -> None:
    """Chooses the default model of the system of the chosen cine, unless the user has chosen another one himself."""
    parameters = context.parameterNode
    if parameters is not None and isProposed(parameters):
        chooseProposed(parameters, _defaultHere(context) or _usualFor(context.node))


def isProposed(parameters) -> bool:
    """Is the model not the user's own choice, so that another cine may have another one?"""
    return parameters.model == parameters.proposedModel


def defaultOf(files) -> str:
    """The default model of the system that the files of a cine name; "" where there is none."""
    from FluoroDenoiseLib.dicom.system import system_of
    from FluoroDenoiseLib.models.defaults import default_for

    return (default_for(system_of(Path(files[0]))) or "") if files else ""


def chooseProposed(parameters, model: str) -> None:
    """Chooses a model as the panel's proposal: with the next cine, another may be proposed."""
    parameters.proposedModel = model
    parameters.model = model


def makeDefault(context, model: str, system: dict[str, str]) -> bool:
    """Makes a model the default of a system, and chooses it as such; tells what went wrong, and returns whether it did."""
    from FluoroDenoiseLib.models.defaults import make_default

    try:
        make_default(system, model)
    except FluoroDenoiseError as error:
        context.tell(error)
        return False
    chooseProposed(context.logic.getParameterNode(), model)
    return True


def isDefaultHere(context, model: str) -> bool:
    """Is this model the default of the system of the chosen cine?"""
    return model == _defaultHere(context)


def whyThisModel(context) -> list[str]:
    """The sentence that the chosen model is the default of the cine's system; none where it is not."""
    model = context.parameterNode.model
    text = _("Model {model}: your default for {system}.").format(model=model, system=systemInWords(context.system))
    return [text] if isDefaultHere(context, model) else []


def _usualFor(node) -> str:
    from FluoroDenoiseLib.models.cards import usual_model
    from FluoroDenoiseLib.mrml.glance import glance

    try:
        return BUNDLED if node is None else usual_model(glance(node))
    except FluoroDenoiseError:  # it is no cine, as the description says
        return BUNDLED


def _defaultHere(context) -> str | None:
    from FluoroDenoiseLib.models.defaults import default_for

    return default_for(context.system) if context.system else None
