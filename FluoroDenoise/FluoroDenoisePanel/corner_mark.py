"""A mark in every slice view: whether what it shows is denoised, an original that was kept, or what was removed.

It does not depend on the panel: a scene with denoised nodes carries its marks from the moment it is loaded.
"""

from __future__ import annotations

from functools import cache

import qt
import slicer
import vtk
from slicer.i18n import tr as _
from slicer.util import VTKObservationMixin

from .layouts import registerLayouts
from .views import composites, sliceWidget

COLOUR = (1.0, 0.8, 0.2)


def markOf(node) -> str:
    """What a view must say of a volume node; "" for what has nothing to do with us."""
    from FluoroDenoiseLib.mrml.attributes import DONE, RECORD, read_json
    from FluoroDenoiseLib.mrml.before_after import is_original
    from FluoroDenoiseLib.mrml.links import holder_of
    from FluoroDenoiseLib.mrml.removed_volume import REMOVED

    record = read_json(holder_of(node), RECORD)
    if record:
        facts = {"model": record.get("model"), "strength": f"{record.get('strength', 1):.0%}"}
        return _("DENOISED {model} {strength},\nresearch use only").format(**facts)
    if is_original(node):
        return _("ORIGINAL")
    if node.GetAttribute(DONE):  # a copy that somebody edited, cropped or cloned: it has no original to go back to
        return _("DENOISED, a copy,\nresearch use only")
    return _("REMOVED: original minus denoised") if node.GetAttribute(REMOVED) else ""


@cache
def markViews() -> CornerMarks | None:
    """Marks Slicer's views from now on, once; where the application has no main window there is nothing to mark."""
    if slicer.app.layoutManager() is None:
        return None
    registerLayouts()
    return CornerMarks()


class CornerMarks(VTKObservationMixin):
    """Keeps the marks true: looks again whenever a view shows another volume, a volume changes, or views come."""

    def __init__(self):
        VTKObservationMixin.__init__(self)
        self._marks: dict[str, vtk.vtkCornerAnnotation] = {}
        self._due = False
        scene = slicer.mrmlScene
        for event in (scene.NodeAddedEvent, scene.EndCloseEvent, scene.EndImportEvent):
            self.addObserver(scene, event, self.lookAgain)
        slicer.app.layoutManager().connect("layoutChanged(int)", self.lookAgain)
        self.lookAgain()

    def lookAgain(self, *_event) -> None:
        """Looks at all views once the present event is over."""
        if not self._due:
            self._due = True
            qt.QTimer.singleShot(0, self._look)

    def _look(self) -> None:
        self._due = False
        for composite in composites():
            self._follow(composite)
        for name in slicer.app.layoutManager().sliceViewNames():
            self._mark(name)

    def _follow(self, composite) -> None:
        for node in (composite, *_shown(composite)):
            if not self.hasObserver(node, vtk.vtkCommand.ModifiedEvent, self.lookAgain):
                self.addObserver(node, vtk.vtkCommand.ModifiedEvent, self.lookAgain)

    def _mark(self, name: str) -> None:
        widget = sliceWidget(name)
        marks = (markOf(volume) for volume in _shown(widget.mrmlSliceCompositeNode()))
        text = " / ".join(filter(None, marks))  # a bar would mean columns to VTK
        if text and name not in self._marks:
            self._marks[name] = _annotation(widget.sliceView())
        if name in self._marks and self._marks[name].GetText(vtk.vtkCornerAnnotation.UpperEdge) != text:
            self._marks[name].SetText(vtk.vtkCornerAnnotation.UpperEdge, text)
            widget.sliceView().scheduleRender()


def _shown(composite) -> list:
    """The volumes in a view, the upper one first."""
    upper = composite.GetForegroundVolumeID() if composite.GetForegroundOpacity() > 0 else None
    volumes = (slicer.mrmlScene.GetNodeByID(each) for each in (upper, composite.GetBackgroundVolumeID()) if each)
    return [volume for volume in volumes if volume is not None]


def _annotation(view) -> vtk.vtkCornerAnnotation:
    """One of our own, at the upper edge: Slicer writes into the corners of its own."""
    annotation = vtk.vtkCornerAnnotation()
    annotation.SetMaximumFontSize(16)
    annotation.SetMinimumFontSize(10)
    annotation.SetNonlinearFontScaleFactor(1)
    annotation.GetTextProperty().SetColor(*COLOUR)
    annotation.GetTextProperty().SetShadow(True)
    view.renderWindow().GetRenderers().GetFirstRenderer().AddViewProp(annotation)
    return annotation
