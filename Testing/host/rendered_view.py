"""A widget that shows what a real MRML view draws into memory, and hands the mouse and the keys to its interactor."""

from __future__ import annotations

import slicer
import vtk
from trame_slicer.views.render_scheduler import ScheduledRenderStrategy
from vtk.util.numpy_support import vtk_to_numpy

from Testing.host.pythonqt import Look, QtCore, QtGui, QtWidgets, of_slicer, qt

BUTTONS = {QtCore.Qt.LeftButton: "Left", QtCore.Qt.MiddleButton: "Middle", QtCore.Qt.RightButton: "Right"}


class DrawnInTurn(ScheduledRenderStrategy):
    """Many requests to draw make one drawing, at the event loop's next turn, as in ctkVTKAbstractView."""

    def __init__(self, widget):
        super().__init__()
        self._widget = widget

    def schedule_render(self):
        self._widget.scheduleRender()


@of_slicer
class ctkVTKAbstractView(Look, QtWidgets.QWidget):
    """Base of the rendered views. A hidden view draws only when it is forced to."""

    def __init__(self, parent=None):
        super().__init__(parent)
        self._view, self._image, self._paused = None, None, 0
        self._timer = qt.QTimer(self)
        self._timer.singleShot, self._timer.interval = True, 0
        self._timer.timeout.connect(self._render_if_seen)
        self._annotation = vtk.vtkCornerAnnotation()
        self._annotation.SetMaximumLineHeight(0.07)
        self._annotation.GetTextProperty().ShadowOn()
        self.mouseTracking = True
        self.setFocusPolicy(QtCore.Qt.StrongFocus)
        self.sizePolicy = QtWidgets.QSizePolicy(QtWidgets.QSizePolicy.Expanding, QtWidgets.QSizePolicy.Expanding)

    def _show(self, view):
        """Takes a view of trame-slicer's."""
        self._view = view
        view.render_window().SetMultiSamples(0)  # as in Slicer, whose views take CTK's default
        renderers = view.render_window().GetRenderers()
        renderers.GetItemAsObject(renderers.GetNumberOfItems() - 1).AddViewProp(self._annotation)

    def renderWindow(self):
        """vtkRenderWindow."""
        return self._view.render_window()

    def interactor(self):
        """vtkRenderWindowInteractor."""
        return self._view.interactor()

    def interactorStyle(self):
        """The style of interaction."""
        return self._view.interactor_style()

    def cornerAnnotation(self):
        """vtkCornerAnnotation that lies over the view."""
        return self._annotation

    def VTKWidget(self):
        """The widget that takes mouse and keys: this one."""
        return self

    def setCornerAnnotationText(self, text):
        """Writes into the lower left corner."""
        self._annotation.SetText(0, text)

    def scheduleRender(self):
        """Draws soon."""
        if not self._timer.active:
            self._timer.start()

    def forceRender(self):
        """Draws now, seen or not."""
        if not self._paused:
            self._render()

    def pauseRender(self):
        """Draws nothing until resumeRender."""
        self._paused += 1

    def resumeRender(self):
        """Undoes pauseRender."""
        self._paused -= 1
        self.scheduleRender()

    def setRenderPaused(self, paused):
        """pauseRender or resumeRender."""
        self.pauseRender() if paused else self.resumeRender()

    def _render_if_seen(self):
        if self.visible and not self._paused and not slicer.app._paused:
            self._render()

    def _render(self):
        self._view.render()
        self._image = picture_of(self._view.render_window())
        self.update()

    def resizeEvent(self, event):
        self._view.update_size(max(self.width, 1), max(self.height, 1))
        self.scheduleRender()

    def showEvent(self, event):
        self.scheduleRender()

    def paintEvent(self, event):
        painter = QtGui.QPainter(self)
        if self._image is None:
            painter.fillRect(self.rect, QtCore.Qt.black)
        else:
            painter.drawImage(self.rect, self._image)

    def mousePressEvent(self, event):
        self._tell(event, f"{BUTTONS[event.button()]}ButtonPressEvent")

    def mouseReleaseEvent(self, event):
        self._tell(event, f"{BUTTONS[event.button()]}ButtonReleaseEvent")

    def mouseMoveEvent(self, event):
        self._tell(event, "MouseMoveEvent")

    def wheelEvent(self, event):
        self._tell(event, "MouseWheelForwardEvent" if event.angleDelta().y() > 0 else "MouseWheelBackwardEvent")

    def _tell(self, event, name):
        position, keys = event.position(), event.modifiers()
        control, shift = bool(keys & QtCore.Qt.ControlModifier), bool(keys & QtCore.Qt.ShiftModifier)
        self.interactor().SetEventInformationFlipY(int(position.x()), int(position.y()), int(control), int(shift))
        self.interactor().InvokeEvent(name)


def picture_of(window) -> QtGui.QImage:
    """What a render window shows."""
    grab = vtk.vtkWindowToImageFilter()
    grab.SetInput(window)
    grab.SetInputBufferTypeToRGB()
    grab.ReadFrontBufferOff()
    grab.ShouldRerenderOff()
    grab.Update()
    columns, rows, _ = grab.GetOutput().GetDimensions()
    pixels = vtk_to_numpy(grab.GetOutput().GetPointData().GetScalars()).reshape(rows, columns, 3)[::-1].copy()
    return QtGui.QImage(pixels.data, columns, rows, 3 * columns, QtGui.QImage.Format_RGB888).copy()
