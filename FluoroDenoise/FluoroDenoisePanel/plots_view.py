"""The denoised cine beside its plots: noise against signal, and the profile along the user's ruler."""

from __future__ import annotations

import slicer
from slicer.i18n import tr as _

from . import layouts, views
from .check_run import LEVELS_PLOT
from .live_figures import PROFILE_PLOT
from .way import Way

PLOTS = {layouts.LEVELS: LEVELS_PLOT, layouts.PROFILE: PROFILE_PLOT}


class PlotsView(Way):
    """One slice view and two of Slicer's plot views."""

    layout = layouts.PLOTS
    views = (layouts.MEASURED,)
    hint = _("The profile runs along the ruler that you choose or place below.")

    @staticmethod
    def missing(node) -> str:
        """There is nothing to plot before anything was measured."""
        return "" if any(_chart(node, view) for view in PLOTS) else _("Measure first, or choose a ruler below.")

    def enter(self, after, before) -> None:
        """Shows the denoised node and the plots that there are."""
        views.show(layouts.MEASURED, after)
        self.update(after, anew=False)

    def update(self, after, anew: bool) -> None:
        """Shows the plots that there are by now."""
        for name in PLOTS:
            chart = _chart(after, name)
            plotView = slicer.mrmlScene.GetSingletonNode(name, "vtkMRMLPlotViewNode")
            plotView.SetPlotChartNodeID(chart.GetID() if chart else None)


def _chart(node, view: str):
    from FluoroDenoiseLib.mrml.results import result

    return result(node, PLOTS[view])
