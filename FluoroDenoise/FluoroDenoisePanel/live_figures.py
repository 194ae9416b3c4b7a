"""Figures that follow the user's ruler and region, and the playing frame: a profile, and means and standard deviations."""

from __future__ import annotations

import qt
import slicer
import vtk
from slicer.i18n import tr as _
from slicer.util import VTKObservationMixin

from .check_table import AFTER, BEFORE

PROFILE, PROFILE_PLOT, REGION = "profile", "profile plot", "region"
"""Roles of the results in the scene (see `FluoroDenoiseLib.mrml.results`)."""
PAUSE_MS = 100
"""At most ten times a second: a plot takes longer to draw than a frame."""


class LiveFigures(VTKObservationMixin):
    """Measures again soon after a frame, the ruler or the region has changed.

    Args:
        tell: called with the figures of the region in words.
        plotted: called when there is a profile for the first time.
    """

    def __init__(self, tell, plotted):
        VTKObservationMixin.__init__(self)
        self._tell, self._plotted = tell, plotted
        self._pair = None
        self._ruler = None
        self._region = None
        self._timer = qt.QTimer()
        self._timer.singleShot = True
        self._timer.interval = PAUSE_MS
        self._timer.timeout.connect(self.measure)

    def follow(self, pair, ruler, region) -> None:
        """Measures these from now on: a denoised node with its original, a markups line, a markups ROI; None for none."""
        if (pair, ruler, region) == (self._pair, self._ruler, self._region):
            return
        self.release()
        self._pair, self._ruler, self._region = pair, ruler, region
        changed = slicer.vtkMRMLVolumeNode.ImageDataModifiedEvent
        for node in pair or ():
            self.addObserver(node, changed, self._onChange)
        for node in filter(None, (ruler, region)):
            self.addObserver(node, vtk.vtkCommand.ModifiedEvent, self._onChange)
            self.addObserver(node, slicer.vtkMRMLMarkupsNode.PointModifiedEvent, self._onChange)
        self.measure()

    def release(self) -> None:
        """Lets go of the nodes."""
        self._timer.stop()
        self.removeObservers()
        self._pair = self._ruler = self._region = None

    def measure(self) -> None:
        """Measures now."""
        if self._pair is not None and self._ruler is not None and _isPlaced(self._ruler, 2):
            self._drawProfile()
        placed = self._pair is not None and self._region is not None and _isPlaced(self._region, 1)
        self._tell(self._regionFigures() if placed else "")

    def _onChange(self, *_event) -> None:
        if not self._timer.active:
            self._timer.start()

    def _drawProfile(self) -> None:
        from FluoroDenoiseLib.mrml import results
        from FluoroDenoiseLib.mrml.measure import profile

        after, before = self._pair
        distance, values = profile(self._ruler, [before, after])
        title = _("{cine} profile along {ruler}").format(cine=after.GetName(), ruler=self._ruler.GetName())
        axis = _("Millimetres")
        table = results.table(after, PROFILE, title, {axis: distance, BEFORE: values[0], AFTER: values[1]})
        new = results.result(after, PROFILE_PLOT) is None
        results.plot(after, PROFILE_PLOT, title, table, (axis, _("Stored value")))
        if new:
            qt.QTimer.singleShot(0, self._plotted)

    def _regionFigures(self) -> str:
        from FluoroDenoiseLib.mrml import results
        from FluoroDenoiseLib.mrml.measure import values_inside

        after, before = self._pair
        inside = values_inside(self._region, [before, after])
        if not inside[0].size:
            return _("{region} touches no pixel of {cine}: move it over the image.").format(
                region=self._region.GetName(), cine=after.GetName()
            )
        mean, spread = ([f"{reduced(values):.4g}" for values in inside] for reduced in (_mean, _spread))
        columns = {
            _("Region"): [_("Mean"), _("Standard deviation")],
            BEFORE: [mean[0], spread[0]],
            AFTER: [mean[1], spread[1]],
            _("How it is measured"): [_("All pixels of the region in this frame"), _("The same: noise and structure together")],
        }
        results.table(after, REGION, _("{cine} region").format(cine=after.GetName()), columns)
        text = _("{pixels} pixels: mean {mean[0]} before, {mean[1]} after; standard deviation {sd[0]} before, {sd[1]} after")
        return text.format(pixels=inside[0].size, mean=mean, sd=spread)


def _mean(values) -> float:
    return float(values.mean(dtype=float))


def _spread(values) -> float:
    return float(values.std(dtype=float))


def _isPlaced(markups, points: int) -> bool:
    return markups.GetNumberOfDefinedControlPoints() >= points
