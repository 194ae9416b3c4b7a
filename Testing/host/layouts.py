"""slicer.app.layoutManager(): real layout node and logic, which make the view nodes; widgets are arranged as its XML says."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import slicer
import vtk

from Testing.host.mrml_widgets import vtk_items
from Testing.host.other_views import qMRMLPlotWidget, qMRMLTableWidget, qMRMLThreeDWidget
from Testing.host.pythonqt import Look, QtCore, QtGui, of_slicer, qt
from Testing.host.slice_views import qMRMLSliceWidget

KINDS = {
    "vtkMRMLSliceNode": qMRMLSliceWidget,
    "vtkMRMLViewNode": qMRMLThreeDWidget,
    "vtkMRMLPlotViewNode": qMRMLPlotWidget,
    "vtkMRMLTableViewNode": qMRMLTableWidget,
}


@of_slicer
class qSlicerLayoutManager(Look, QtCore.QObject):
    """Makes a widget for each view node and lays them out."""

    layoutChanged = QtCore.Signal(int)

    def __init__(self, core):
        super().__init__()
        self._core, self._widgets, self._viewport = core, {}, qt.QWidget()
        self._root, self._shown = None, None
        qt.QVBoxLayout(self._viewport).setContentsMargins(0, 0, 0, 0)
        self._logic = slicer.vtkMRMLLayoutLogic()
        self._logic.SetMRMLScene(core.scene)
        self._logic.GetLayoutNode().AddObserver(vtk.vtkCommand.ModifiedEvent, lambda *_: self._arrange())
        self.setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView)

    def mrmlScene(self):
        """The scene."""
        return self._core.scene

    def layoutLogic(self):
        """vtkMRMLLayoutLogic."""
        return self._logic

    def viewport(self):
        """The widget in which the views lie."""
        return self._viewport

    def setLayout(self, layout):
        """Shows the layout with this number."""
        self._logic.GetLayoutNode().SetViewArrangement(layout)

    layout = QtCore.Property(int, lambda self: self._logic.GetLayoutNode().GetViewArrangement(), setLayout)
    threeDViewCount = QtCore.Property(int, lambda self: len(self._of("vtkMRMLViewNode")))
    plotViewCount = QtCore.Property(int, lambda self: len(self._of("vtkMRMLPlotViewNode")))
    tableViewCount = QtCore.Property(int, lambda self: len(self._of("vtkMRMLTableViewNode")))

    def sliceViewNames(self):
        """Names of all slice views, seen or not."""
        return [widget.mrmlSliceNode().GetLayoutName() for widget in self._of("vtkMRMLSliceNode")]

    def sliceWidget(self, name):
        """The slice view of this name, or None."""
        widgets = self._of("vtkMRMLSliceNode")
        return next((widget for widget in widgets if widget.mrmlSliceNode().GetLayoutName() == name), None)

    def threeDWidget(self, index):
        """A 3-D view."""
        return self._of("vtkMRMLViewNode")[index]

    def plotWidget(self, index):
        """A plot view."""
        return self._of("vtkMRMLPlotViewNode")[index]

    def tableWidget(self, index):
        """A table view."""
        return self._of("vtkMRMLTableViewNode")[index]

    def viewWidget(self, node):
        """The view of this node, or None."""
        return self._widgets.get(node.GetID())

    def mrmlSliceLogics(self):
        """vtkCollection of all slice logics."""
        return self._core.app_logic.GetSliceLogics()

    def resetSliceViews(self):
        """Shows whole images."""
        for widget in self._of("vtkMRMLSliceNode"):
            widget.fitSliceToBackground()

    def resetThreeDViews(self):
        """Nothing to reset: the 3-D views are empty here."""

    def pauseRender(self):
        """Draws nothing until resumeRender."""
        for widget in self._of("vtkMRMLSliceNode"):
            widget.pauseRender()

    def resumeRender(self):
        """Undoes pauseRender."""
        for widget in self._of("vtkMRMLSliceNode"):
            widget.resumeRender()

    def _of(self, class_name):
        return [widget for widget in self._widgets.values() if widget.mrmlAbstractViewNode().GetClassName() == class_name]

    def _arrange(self):
        node = self._logic.GetLayoutNode()
        described = (node.GetViewArrangement(), node.GetCurrentLayoutDescription())
        if described == self._shown or not described[1]:
            return
        self._shown = described
        for view in vtk_items(self._logic.GetViewNodes()):
            if view.GetID() not in self._widgets:
                self._widgets[view.GetID()] = KINDS[view.GetClassName()](self._core, view)
        self._replace(self._build(ElementTree.fromstring(described[1])))
        self.layoutChanged.emit(described[0])

    def _replace(self, root):
        for widget in self._widgets.values():
            mapped = root.isAncestorOf(widget)
            widget.mrmlAbstractViewNode().SetMappedInLayout(mapped)
            if not mapped:
                widget.setParent(None)
        self._viewport.layout().addWidget(root)
        if self._root is not None:
            self._root.hide()
            self._root.deleteLater()
        self._root = root

    def _build(self, element):
        if element.tag == "view":
            return self._view(element)
        box = qt.QTabWidget() if element.get("type") == "tab" else self._box(element)
        if element.get("type") == "tab":
            for item in element.findall("item"):
                box.addTab(self._build(item[0]), item.get("name", ""))
        return box

    def _box(self, element):
        box = qt.QWidget()
        layout = {"horizontal": qt.QHBoxLayout, "grid": qt.QGridLayout}.get(element.get("type"), qt.QVBoxLayout)(box)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        for item in element.findall("item"):
            place = (int(item.get("row", 0)), int(item.get("column", 0))) if element.get("type") == "grid" else ()
            layout.addWidget(self._build(item[0]), *place)
        return box

    def _view(self, element):
        kind, tag = element.get("class"), element.get("singletontag")
        found = slicer.util.getNodesByClass(kind)
        widget = self._widgets[next(node for node in found if tag in (node.GetSingletonTag(), None)).GetID()]
        dress(widget.mrmlAbstractViewNode(), element)
        widget.show()
        return widget


def dress(node, element) -> None:
    """Gives a view the letter and the colour of the layout, unless it has a letter."""
    wanted = {one.get("name"): one.text for one in element.findall("property")}
    if not node.GetLayoutLabel() and "viewlabel" in wanted:
        node.SetLayoutLabel(wanted["viewlabel"])
        node.SetLayoutColor(*QtGui.QColor(wanted.get("viewcolor", "#808080")).getRgbF()[:3])
