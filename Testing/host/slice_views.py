"""Slicer's slice views: real pipelines and displayable managers (through trame-slicer), with the widgets around them."""

from __future__ import annotations

import slicer
import vtk
from trame_slicer.views import AbstractView, SliceView

from Testing.host.mrml_widgets import qMRMLWidget
from Testing.host.pythonqt import QtCore, QtGui, of_slicer, qt
from Testing.host.rendered_view import DrawnInTurn, ctkVTKAbstractView


class ViewOfNode(SliceView):
    """trame-slicer's slice view, of the node that the layout has made."""

    def __init__(self, core, node, drawing):
        self._given = node
        super().__init__(core.scene, core.app_logic, node.GetLayoutName(), scheduled_render_strategy=drawing)

    def set_scene(self, scene):
        self._logic.SetMRMLScene(scene)
        self._logic.SetSliceNode(self._given)
        AbstractView.set_scene(self, scene)
        self.set_view_node(self._given)


@of_slicer
class qMRMLSliceView(ctkVTKAbstractView):
    """The picture of a slice view."""

    def __init__(self, core, node):
        super().__init__()
        self._show(ViewOfNode(core, node, DrawnInTurn(self)))

    def mrmlSliceNode(self):
        """vtkMRMLSliceNode."""
        return self._view.get_view_node()

    def resizeEvent(self, event):
        super().resizeEvent(event)
        self._view._logic.ResizeSliceNode(max(self.width, 1), max(self.height, 1))

    def displayableManagerByClassName(self, name):
        """One of the view's displayable managers, or None."""
        return self._view.get_displayable_manager_by_class(name)

    def getDisplayableManagers(self, collection):
        """Puts all displayable managers into a vtkCollection."""
        group = self._view._displayable_manager_group
        for index in range(group.GetDisplayableManagerCount()):
            collection.AddItem(group.GetNthDisplayableManager(index))

    def sliceViewInteractorStyle(self):
        """vtkMRMLSliceViewInteractorStyle."""
        return self._view._interactor_observer

    def setViewCursor(self, cursor):
        """Shows a mouse cursor until `unsetViewCursor`."""
        self.setCursor(cursor)

    def unsetViewCursor(self):
        """Shows the usual mouse cursor again."""
        self.unsetCursor()

    def convertDeviceToXYZ(self, xy):
        """Mouse position to view position."""
        return [xy[0], self.height - xy[1], 0.0]

    def convertXYZToRAS(self, xyz):
        """View position to patient position."""
        return list(self.mrmlSliceNode().GetXYToRAS().MultiplyPoint([*xyz[:3], 1.0])[:3])

    def convertRASToXYZ(self, ras):
        """Patient position to view position."""
        inverse = vtk.vtkMatrix4x4()
        vtk.vtkMatrix4x4.Invert(self.mrmlSliceNode().GetXYToRAS(), inverse)
        return list(inverse.MultiplyPoint([*ras[:3], 1.0])[:3])


@of_slicer
class qMRMLSliceControllerWidget(qMRMLWidget):
    """The bar above a slice view: its colour, its letter, where it cuts."""

    def __init__(self, view):
        super().__init__()
        self._logic = view._logic
        self._label, self._slider = qt.QLabel(), qt.QSlider(QtCore.Qt.Horizontal)
        self._label.setMinimumWidth(22)
        self._label.setAlignment(QtCore.Qt.AlignCenter)
        self._slider.maximum = 1000
        layout = qt.QHBoxLayout(self)
        layout.setContentsMargins(1, 1, 4, 1)
        layout.addWidget(self._label)
        layout.addWidget(self._slider)
        self._paint()
        self.mrmlSliceNode().AddObserver(vtk.vtkCommand.ModifiedEvent, lambda *_: self._paint())

    def _paint(self):
        node = self.mrmlSliceNode()
        colour = QtGui.QColor.fromRgbF(*node.GetLayoutColor()).name()
        self._label.text = node.GetLayoutLabel()
        self._label.styleSheet = f"background: {colour}; color: black; padding: 1px 4px"

    def mrmlSliceNode(self):
        """vtkMRMLSliceNode."""
        return self._logic.GetSliceNode()

    def mrmlSliceCompositeNode(self):
        """vtkMRMLSliceCompositeNode: which volumes are shown."""
        return self._logic.GetSliceCompositeNode()

    def sliceLogic(self):
        """vtkMRMLSliceLogic."""
        return self._logic

    def setSliceLink(self, linked):
        """Moves all views of the group together."""
        for node in slicer.util.getNodesByClass("vtkMRMLSliceCompositeNode"):
            node.SetLinkedControl(linked)

    def fitSliceToBackground(self):
        """Shows the whole image."""
        self._logic.FitSliceToBackground()

    def setSliceOffsetValue(self, offset):
        """Where it cuts."""
        self._logic.SetSliceOffset(offset)


@of_slicer
class qMRMLAbstractViewWidget(qMRMLWidget):
    """A view with its bar."""

    def _stack(self, bar, view):
        layout = qt.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(bar)
        layout.addWidget(view)

    def viewWidget(self):
        """The picture below the bar."""
        return self._picture

    def controllerWidget(self):
        """The bar."""
        return self._bar

    def pauseRender(self):
        """Draws nothing until resumeRender."""
        self._picture.pauseRender()

    def resumeRender(self):
        """Undoes pauseRender."""
        self._picture.resumeRender()


@of_slicer
class qMRMLSliceWidget(qMRMLAbstractViewWidget):
    """A slice view with its bar."""

    def __init__(self, core, node):
        super().__init__()
        self._picture = qMRMLSliceView(core, node)
        self._bar = qMRMLSliceControllerWidget(self._picture._view)
        self._overlay = vtk.vtkCornerAnnotation()
        self._stack(self._bar, self._picture)
        self.setMRMLScene(core.scene)

    def sliceView(self):
        """qMRMLSliceView."""
        return self._picture

    def sliceController(self):
        """qMRMLSliceControllerWidget."""
        return self._bar

    def sliceLogic(self):
        """vtkMRMLSliceLogic."""
        return self._bar.sliceLogic()

    logic = sliceLogic

    def mrmlSliceNode(self):
        """vtkMRMLSliceNode."""
        return self._bar.mrmlSliceNode()

    mrmlAbstractViewNode = mrmlSliceNode

    def mrmlSliceCompositeNode(self):
        """vtkMRMLSliceCompositeNode."""
        return self._bar.mrmlSliceCompositeNode()

    def fitSliceToBackground(self):
        """Shows the whole image."""
        self._bar.fitSliceToBackground()

    def setSliceOrientation(self, orientation):
        """Axial, Coronal, Sagittal."""
        self.mrmlSliceNode().SetOrientation(orientation)

    def interactorStyle(self):
        """vtkMRMLSliceViewInteractorStyle."""
        return self._picture.sliceViewInteractorStyle()
