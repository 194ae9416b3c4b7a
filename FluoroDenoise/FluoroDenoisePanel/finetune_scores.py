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
LEGEND, BELOW = 0.3, 0.05
"""Shares of the curves' height that the chart goes on above them, where Slicer's legend lies, and below."""


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
    chart = results.plot(holder, PLOT, title, table, (minutes, _("Score")))
    _leaveRoomForLegend(chart, [*scores["base"], *scores["held_out"]])
    return chart


def _leaveRoomForLegend(chart, values: list[float]) -> None:
    low, high = min(values), max(values)
    height = max(high - low, 1e-6)
    chart.YAxisRangeAutoOff()
    chart.SetYAxisRange(low - BELOW * height, high + LEGEND * height)


def keepFigures(name: str, verdict: dict[str, Any]) -> None:
    """Puts the figures of a verdict into a table of the scene: the score, and a line for each held-out cine and measure."""
    from FluoroDenoiseLib.mrml import results

    score = _scoreOf(verdict["score"])
    lines = [(_("all"), score.measure, score.before, score.after)]
    lines += [(cine["label"], MEASURES[key][0], *_texts(cine, key)) for cine in verdict["held_out"] for key in MEASURES]
    columns = dict(zip((_("Cine"), _("Measure"), BASE, TUNED), zip(*lines, strict=True), strict=True))
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
    """The score, and the other figures of a verdict as means over the held-out cines; each cine's stand in the explanation."""
    return [_scoreOf(verdict["score"]), *(_rowOf(key, verdict["held_out"]) for key in MEASURES)]


def _scoreOf(score: dict[str, float]) -> Row:
    how = _(
        "Estimated error on what was held out, its own noise included; lower is better. Difference {difference:+.2g}, 95% "
        "interval {low:+.2g} to {high:+.2g}."
    )
    return Row(_("Score"), f"{score['base']:.4f}", f"{score['tuned']:.4f}", how.format(**score))


def _rowOf(key: str, cines: list[dict[str, Any]]) -> Row:
    name, how = MEASURES[key]
    before, after = ([cine[f"{key}_{when}"] for cine in cines] for when in ("before", "after"))
    each = (f"{cine['label']}: {', '.join(_texts(cine, key))}" for cine in cines)
    return Row(name, asText(key, _mean(before)), asText(key, _mean(after)), "\n".join([how, *each]))


def _texts(cine: dict[str, Any], key: str) -> tuple[str, str]:
    return asText(key, cine[f"{key}_before"]), asText(key, cine[f"{key}_after"])


def _mean(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def asText(key: str, value: float | None) -> str:
    """A figure as a person reads it: noise in stored units, the others as shares."""
    if value is None:
        return _("not measurable")
    return f"{value:.3g}" if key == "noise" else f"{100 * value:.0f}%"
