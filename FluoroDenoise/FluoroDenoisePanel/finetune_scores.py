"""The scores of a fine-tuning in the scene: a table and a plot, saved with it; and the figures at its end."""

from __future__ import annotations

from typing import Any

import slicer
from slicer.i18n import tr as _

from .check_table import Row

BASE, TUNED = _("Base model"), _("Fine-tuned")
SCORES, PLOT, FIGURES = "finetune scores", "finetune plot", "finetune figures"
"""Roles of the results in the scene (see `FluoroDenoiseLib.mrml.results`)."""
MEASURES = {
    "noise": (_("Noise"), _("What is left of the noise in flat blocks, in stored units.")),
    "edges": (_("Edges kept"), _("Slope along the strongest edges against the recorded frames.")),
    "wire_kept": (_("Wire kept"), _("Contrast that is left of a wire planted into the recorded frames.")),
    "ghost": (_("Ghost"), _("How much of the planted wire is seen one frame later where it was.")),
}
"""Beginning of the figures' names in a verdict, what a person calls them, and how they are measured."""


def plotScores(name: str, scores: dict[str, Any]):
    """The scores of a run as a table and a chart in the scene; returns the chart.

    Args:
        name: of the run.
        scores: arrays "minutes", "base" and "held_out", of one length.
    """
    from FluoroDenoiseLib.mrml import results

    minutes = _("Minutes")
    title = _("{name}: score on held-out frames, lower is better").format(name=name)
    holder, columns = _holder(name), {minutes: scores["minutes"], BASE: scores["base"], TUNED: scores["held_out"]}
    table = results.table(holder, SCORES, title, columns)
    return results.plot(holder, PLOT, title, table, (minutes, _("Score")))


def keepFigures(name: str, verdict: dict[str, Any]) -> None:
    """Puts the figures of a verdict into a table of the scene, a line for each held-out cine and measure."""
    from FluoroDenoiseLib.mrml import results

    lines = [(cine["label"], key, cine) for cine in verdict["held_out"] for key in MEASURES]
    columns = {
        _("Cine"): [label for label, _key, _cine in lines],
        _("Measure"): [MEASURES[key][0] for _label, key, _cine in lines],
        BASE: [asText(key, cine[f"{key}_before"]) for _label, key, cine in lines],
        TUNED: [asText(key, cine[f"{key}_after"]) for _label, key, cine in lines],
    }
    results.table(_holder(name), FIGURES, _("{name} on held-out cines").format(name=name), columns)


def forget(name: str) -> None:
    """Takes plot and tables of a run out of the scene."""
    from FluoroDenoiseLib.mrml import results

    holder = _holder(name)
    for role in (PLOT, f"{PLOT}.{BASE}", f"{PLOT}.{TUNED}", SCORES, FIGURES):
        node = results.result(holder, role)
        if node is not None:
            slicer.mrmlScene.RemoveNode(node)
    slicer.mrmlScene.RemoveNode(holder)


def _holder(name: str):
    """The hidden node that finds the results of a run again: no cine of the scene is theirs."""
    tag, kind = f"FluoroDenoise.finetune.{name}", "vtkMRMLScriptedModuleNode"
    holder = slicer.mrmlScene.GetSingletonNode(tag, kind)
    if holder is None:
        holder = slicer.mrmlScene.CreateNodeByClass(kind)
        holder.UnRegister(None)
        holder.SetSingletonTag(tag)
        holder.SetName(tag)
        slicer.mrmlScene.AddNode(holder)
    return holder


def rowsOf(verdict: dict[str, Any]) -> list[Row]:
    """The figures of a verdict: the mean over the held-out cines; each cine's own stand in the explanation."""
    return [_rowOf(key, verdict["held_out"]) for key in MEASURES]


def _rowOf(key: str, cines: list[dict[str, Any]]) -> Row:
    name, how = MEASURES[key]
    before, after = ([cine[f"{key}_{when}"] for cine in cines] for when in ("before", "after"))
    each = (f"{cine['label']}: {asText(key, cine[f'{key}_before'])}, {asText(key, cine[f'{key}_after'])}" for cine in cines)
    return Row(name, asText(key, _mean(before)), asText(key, _mean(after)), "\n".join([how, *each]))


def _mean(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def asText(key: str, value: float | None) -> str:
    """A figure as a person reads it: noise in stored units, the others as shares."""
    if value is None:
        return _("not measurable")
    return f"{value:.3g}" if key == "noise" else f"{100 * value:.0f}%"
