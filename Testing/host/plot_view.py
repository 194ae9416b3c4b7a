"""Slicer's plot view: the curves of a real vtkMRMLPlotChartNode, drawn by VTK's charts into memory."""

from __future__ import annotations

import vtk

from Testing.host.pythonqt import Look, QtGui, QtWidgets, of_slicer, qt
from Testing.host.rendered_view import picture_of

MARKERS = {
    "none": vtk.vtkPlotPoints.NONE,
    "cross": vtk.vtkPlotPoints.CROSS,
    "plus": vtk.vtkPlotPoints.PLUS,
    "square": vtk.vtkPlotPoints.SQUARE,
    "circle": vtk.vtkPlotPoints.CIRCLE,
    "diamond": vtk.vtkPlotPoints.DIAMOND,
}


@of_slicer
class qMRMLPlotView(Look, QtWidgets.QWidget):
    """The picture of a plot view."""

    def __init__(self, node):
        super().__init__()
        self._node, self._image = node, None
        self._view = vtk.vtkContextView()
        self._view.GetRenderWindow().SetOffScreenRendering(1)
        self._view.GetRenderWindow().ShowWindowOff()
        self._chart = vtk.vtkChartXY()
        self._view.GetScene().AddItem(self._chart)
        self._drawn, self._timer = [], qt.QTimer(self)
        self._timer.singleShot, self._timer.interval = True, 0
        self._timer.timeout.connect(self._draw)
        node.AddObserver(vtk.vtkCommand.ModifiedEvent, lambda *_: self._timer.start())

    def mrmlPlotViewNode(self):
        """vtkMRMLPlotViewNode."""
        return self._node

    def fitToContent(self):
        """Shows all points."""
        self._chart.RecalculateBounds()
        self._draw()

    def _follow(self, chart):
        """Draws again when the chart, a curve or a table changes."""
        for node, tag in self._drawn:
            node.RemoveObserver(tag)
        curves = [chart.GetNthPlotSeriesNode(index) for index in range(chart.GetNumberOfPlotSeriesNodes())] if chart else []
        nodes = {chart, *curves, *(curve.GetTableNode() for curve in curves)} - {None}
        self._drawn = [(node, node.AddObserver(vtk.vtkCommand.ModifiedEvent, lambda *_: self._timer.start())) for node in nodes]

    def _draw(self):
        self._chart.ClearPlots()
        chart = self._node.GetPlotChartNode()
        self._follow(chart)
        if chart is not None and self.visible:
            self._dress(chart)
            for index in range(chart.GetNumberOfPlotSeriesNodes()):
                self._add(chart.GetNthPlotSeriesNode(index))
            self._view.GetRenderWindow().SetSize(self.width, self.height)
            self._view.Render()
            self._image = picture_of(self._view.GetRenderWindow())
        self.update()

    def _dress(self, chart):
        self._chart.SetTitle((chart.GetTitle() or "") if chart.GetTitleVisibility() else "")
        self._chart.SetShowLegend(bool(chart.GetLegendVisibility()))
        for axis, title in ((vtk.vtkAxis.BOTTOM, chart.GetXAxisTitle()), (vtk.vtkAxis.LEFT, chart.GetYAxisTitle())):
            self._chart.GetAxis(axis).SetTitle(title or "")
        left, automatic = self._chart.GetAxis(vtk.vtkAxis.LEFT), chart.GetYAxisRangeAuto()
        left.SetBehavior(vtk.vtkAxis.AUTO if automatic else vtk.vtkAxis.FIXED)
        if not automatic:
            left.SetRange(*chart.GetYAxisRange())

    def _add(self, series):
        table = series.GetTableNode()
        if table is None:
            return
        is_curve = series.GetPlotType() in (series.PlotTypeScatter, series.PlotTypeLine)
        plot = self._chart.AddPlot(vtk.vtkChart.LINE if is_curve else vtk.vtkChart.BAR)
        names = [table.GetColumnName(column) for column in range(table.GetNumberOfColumns())]
        y = names.index(series.GetYColumnName())
        plot.SetUseIndexForXSeries(not series.IsXColumnRequired())
        plot.SetInputData(table.GetTable(), names.index(series.GetXColumnName()) if series.IsXColumnRequired() else y, y)
        plot.SetLabel(series.GetName())
        self._pen(plot, series)
        if is_curve:
            plot.SetMarkerStyle(MARKERS[series.GetMarkerStyleAsString(series.GetMarkerStyle())])
            plot.SetMarkerSize(series.GetMarkerSize())

    @staticmethod
    def _pen(plot, series):
        plot.GetPen().SetColorF(*series.GetColor())
        plot.GetPen().SetWidth(series.GetLineWidth())
        plot.GetPen().SetLineType(series.GetLineStyle() or vtk.vtkPen.NO_PEN)

    def resizeEvent(self, event):
        self._draw()

    def showEvent(self, event):
        self._draw()

    def paintEvent(self, event):
        painter = QtGui.QPainter(self)
        if self._image is None:
            painter.fillRect(self.rect, QtGui.QColor("white"))
        else:
            painter.drawImage(self.rect, self._image)
