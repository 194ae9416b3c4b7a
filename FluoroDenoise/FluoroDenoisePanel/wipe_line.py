"""A line in a slice view that parts its background from its foreground, and that the mouse can drag."""

from __future__ import annotations

import vtk

GRAB = 8
"""Pixels to either side within which the line is taken hold of."""
BELOW_MARK = 0.93
"""Share of the view's height up to which the line is drawn: the mark at the upper edge stays readable."""
ABOVE_SLICER = 10.0
"""Priority of our observers: the mouse goes to the line before it goes to Slicer's own tools."""
YELLOW = (1.0, 0.8, 0.2)


class WipeLine:
    """Left of the line the foreground is shown, right of it the background.

    Slicer's slice logic blends the two with a vtkImageBlend; a stencil lets it blend on one side only. So everything stays
    Slicer's own: window and level, pan, zoom, playing.

    Args:
        view: Slicer's slice view.
        logic: its slice logic.
        texts: what is written left and right of the line.
    """

    def __init__(self, view, logic, texts: tuple[str, str]):
        self._view = view
        self._logic = logic
        self._share = 0.5
        self._dragging = False
        self._stencil = vtk.vtkROIStencilSource()
        self._stencil.SetShapeToBox()
        self._line = vtk.vtkLineSource()
        self._actors = [_lineActor(self._line), _textActor(texts[0], right=True), _textActor(texts[1], right=False)]
        for actor in self._actors:
            self._renderer.AddViewProp(actor)
        logic.GetBlend().SetStencilConnection(self._stencil.GetOutputPort())
        self._observed = [self._observe(*each) for each in self._reactions()]
        self._draw()

    @property
    def share(self) -> float:
        """Where the line is, from 0 (left border) to 1 (right border)."""
        return self._share

    def moveTo(self, share: float) -> None:
        """Moves the line."""
        self._share = min(max(share, 0.0), 1.0)
        self._draw()

    def release(self) -> None:
        """Takes the line away; the foreground is shown whole again."""
        for source, tag in self._observed:
            source.RemoveObserver(tag)
        self._observed.clear()
        self._logic.GetBlend().SetStencilConnection(None)
        for actor in self._actors:
            self._renderer.RemoveViewProp(actor)
        self._view.unsetViewCursor()

    @property
    def _renderer(self):
        return self._view.renderWindow().GetRenderers().GetFirstRenderer()

    def _reactions(self) -> list:
        mouse = self._view.interactor()
        return [
            (mouse, "LeftButtonPressEvent", self._onPress),
            (mouse, "MouseMoveEvent", self._onMove),
            (mouse, "LeftButtonReleaseEvent", self._onRelease),
            (self._logic.GetSliceNode(), "ModifiedEvent", lambda: self._draw()),
        ]

    def _observe(self, source, event: str, react) -> tuple:
        """Whatever `react` answers with True is hidden from Slicer's own tools."""

        def onEvent(caller, name):
            if react():
                source.GetCommand(tag).SetAbortFlag(1)

        tag = source.AddObserver(event, onEvent, ABOVE_SLICER)
        return source, tag

    def _onPress(self) -> bool:
        self._dragging = self._isNear()
        return self._dragging

    def _onMove(self) -> bool:
        if self._dragging:
            self.moveTo(self._mouse() / self._width())
        self._point()
        return self._dragging

    def _onRelease(self) -> bool:
        wasDragging, self._dragging = self._dragging, False
        return wasDragging

    def _point(self) -> None:
        import qt

        if self._dragging or self._isNear():
            self._view.setViewCursor(qt.QCursor(qt.Qt.SizeHorCursor))
        else:
            self._view.unsetViewCursor()

    def _isNear(self) -> bool:
        return abs(self._mouse() - self._share * self._width()) <= GRAB

    def _mouse(self) -> int:
        return self._view.interactor().GetEventPosition()[0]

    def _width(self) -> int:
        return max(1, self._logic.GetSliceNode().GetDimensions()[0])

    def _draw(self) -> None:
        width, height, _ = self._logic.GetSliceNode().GetDimensions()
        self._stencil.SetOutputWholeExtent(0, width - 1, 0, height - 1, 0, 0)
        self._stencil.SetBounds(-1, self._share * width - 0.5, -1, height, -1, 1)
        self._line.SetPoint1(self._share, 0, 0)
        self._line.SetPoint2(self._share, BELOW_MARK, 0)
        for text, gap in zip(self._actors[1:], (-10, 10), strict=True):
            text.SetPosition(self._share * width + gap, 10)
        self._view.scheduleRender()


def _lineActor(line: vtk.vtkLineSource) -> vtk.vtkActor2D:
    place = vtk.vtkCoordinate()
    place.SetCoordinateSystemToNormalizedViewport()
    mapper = vtk.vtkPolyDataMapper2D()
    mapper.SetInputConnection(line.GetOutputPort())
    mapper.SetTransformCoordinate(place)
    actor = vtk.vtkActor2D()
    actor.SetMapper(mapper)
    actor.GetProperty().SetColor(*YELLOW)
    actor.GetProperty().SetLineWidth(2)
    return actor


def _textActor(text: str, right: bool) -> vtk.vtkTextActor:
    actor = vtk.vtkTextActor()
    actor.SetInput(text)
    style = actor.GetTextProperty()
    style.SetFontSize(16)
    style.SetColor(*YELLOW)
    style.SetShadow(True)
    style.SetJustification(vtk.VTK_TEXT_RIGHT if right else vtk.VTK_TEXT_LEFT)
    return actor
