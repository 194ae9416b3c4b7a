"""Layouts of ours in Slicer's layout manager, and the way back to the layout before."""

from __future__ import annotations

import slicer

SIDE_BY_SIDE, WIPE, REMOVED, PLOTS, TUNING = range(24110, 24115)
"""Layout numbers, far from those of Slicer and of other extensions."""
GROUP = 24110
"""The group of our views: linked views follow those of their group, and no others."""
BEFORE, AFTER, WIPED, TAKEN, MEASURED = (f"FluoroDenoise{name}" for name in ("Before", "After", "Wipe", "Removed", "Measured"))
NOISY, BASE, TUNED = (f"FluoroDenoise{name}" for name in ("Noisy", "Base", "Tuned"))
"""Names of our slice views."""
LEVELS, PROFILE, SCORE = "FluoroDenoiseLevels", "FluoroDenoiseProfile", "FluoroDenoiseScore"
"""Names of our plot views."""


def _slice(name: str, label: str, colour: str) -> str:
    facts = {"orientation": "Axial", "viewlabel": label, "viewcolor": colour, "viewgroup": GROUP}
    properties = "".join(f'<property name="{key}" action="default">{value}</property>' for key, value in facts.items())
    return f'<view class="vtkMRMLSliceNode" singletontag="{name}">{properties}</view>'


def _plot(name: str, label: str) -> str:
    properties = f'<property name="viewlabel" action="default">{label}</property>'
    return f'<view class="vtkMRMLPlotViewNode" singletontag="{name}">{properties}</view>'


def _layout(direction: str, *items: str) -> str:
    return f'<layout type="{direction}" split="true">{"".join(f"<item>{item}</item>" for item in items)}</layout>'


_BEFORE, _AFTER = _slice(BEFORE, "Before", "#BF6619"), _slice(AFTER, "After", "#1973CC")
DESCRIPTIONS = {
    SIDE_BY_SIDE: _layout("horizontal", _BEFORE, _AFTER),
    WIPE: _layout("horizontal", _slice(WIPED, "Wipe", "#1973CC")),
    REMOVED: _layout("horizontal", _AFTER, _slice(TAKEN, "Removed", "#808080")),
    PLOTS: _layout(
        "horizontal",
        _slice(MEASURED, "Measured", "#1973CC"),
        _layout("vertical", _plot(LEVELS, "N"), _plot(PROFILE, "P")),
    ),
    TUNING: _layout(
        "vertical",
        _layout("horizontal", _slice(NOISY, "Noisy", "#808080"), _plot(SCORE, "S")),
        _layout("horizontal", _slice(BASE, "Before", "#BF6619"), _slice(TUNED, "After", "#1973CC")),
    ),
}


def registerLayouts() -> None:
    """Tells Slicer our layouts; needed before a scene that was saved in one of them is loaded."""
    layoutNode = slicer.app.layoutManager().layoutLogic().GetLayoutNode()
    for number, description in DESCRIPTIONS.items():
        if not layoutNode.IsLayoutDescription(number):
            layoutNode.AddLayoutDescription(number, description)


def _groupViews() -> None:
    """Puts our views into their group: a scene that is loaded takes views that exist already out of it."""
    for view in (BEFORE, AFTER, WIPED, TAKEN, MEASURED, NOISY, BASE, TUNED):
        widget = slicer.app.layoutManager().sliceWidget(view)
        if widget is not None:
            widget.mrmlSliceNode().SetViewGroup(GROUP)


class Layouts:
    """Shows a layout of ours and finds back to the user's."""

    def __init__(self):
        self._former = None

    @property
    def current(self) -> int:
        """Number of the layout that is shown."""
        return slicer.app.layoutManager().layout

    def show(self, number: int) -> None:
        """Shows a layout of ours; the user's is remembered."""
        registerLayouts()
        if self.current not in DESCRIPTIONS:
            self._former = self.current
        slicer.app.layoutManager().setLayout(number)
        _groupViews()

    def back(self) -> None:
        """Shows the user's layout again, where one of ours is shown."""
        if self.current in DESCRIPTIONS:
            conventional = slicer.vtkMRMLLayoutNode.SlicerLayoutConventionalView
            slicer.app.layoutManager().setLayout(conventional if self._former is None else self._former)
