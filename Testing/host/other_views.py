"""The views that hold no slices: plots and tables of real nodes; 3-D views are empty frames here."""

from __future__ import annotations

import vtk

from Testing.host.plot_view import qMRMLPlotView
from Testing.host.pythonqt import of_slicer, qt
from Testing.host.slice_views import qMRMLAbstractViewWidget


class NodeView(qMRMLAbstractViewWidget):
    """A view widget of a view node."""

    def __init__(self, core, node):
        super().__init__()
        self._node = node
        self._bar, self._picture = qt.QLabel(f" {node.GetLayoutLabel() or node.GetLayoutName()}"), self._make()
        self._stack(self._bar, self._picture)
        self._picture.sizePolicy = qt.QSizePolicy(qt.QSizePolicy.Expanding, qt.QSizePolicy.Expanding)
        self.setMRMLScene(core.scene)

    def _make(self):
        return qt.QFrame()

    def mrmlAbstractViewNode(self):
        """The view node."""
        return self._node

    def pauseRender(self):
        """Nothing is rendered."""

    resumeRender = pauseRender


@of_slicer
class qMRMLThreeDWidget(NodeView):
    """An empty 3-D view."""

    def _make(self):
        frame = qt.QFrame()
        frame.styleSheet = "background: #8c8ce8"
        return frame

    def threeDView(self):
        """The picture."""
        return self._picture

    def mrmlViewNode(self):
        """vtkMRMLViewNode."""
        return self._node


@of_slicer
class qMRMLTableWidget(NodeView):
    """The table that the view node shows."""

    def _make(self):
        self._node.AddObserver(vtk.vtkCommand.ModifiedEvent, lambda *_: self._fill())
        return qt.QTableWidget()

    def tableView(self):
        """The grid."""
        return self._picture

    def mrmlTableViewNode(self):
        """vtkMRMLTableViewNode."""
        return self._node

    def _fill(self):
        node = self._node.GetTableNode()
        table = node.GetTable() if node else vtk.vtkTable()
        names = [table.GetColumnName(column) for column in range(table.GetNumberOfColumns())]
        self._picture.columnCount, self._picture.rowCount = len(names), table.GetNumberOfRows()
        self._picture.setHorizontalHeaderLabels(names)
        for row in range(table.GetNumberOfRows()):
            for column in range(len(names)):
                self._picture.setItem(row, column, qt.QTableWidgetItem(table.GetValue(row, column).ToString()))
        self._picture.resizeColumnsToContents()


@of_slicer
class qMRMLPlotWidget(NodeView):
    """The plot that the view node shows."""

    def _make(self):
        return qMRMLPlotView(self._node)

    def plotView(self):
        """qMRMLPlotView."""
        return self._picture

    def mrmlPlotViewNode(self):
        """vtkMRMLPlotViewNode."""
        return self._node
