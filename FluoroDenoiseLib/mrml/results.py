"""Results in the scene, saved with it: tables, and plots of their columns; the next check of the same cine writes over them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import vtk
from vtk.util.numpy_support import numpy_to_vtk

from .attributes import PREFIX
from .links import Node, holder_of

Columns = dict[str, Sequence[str] | np.ndarray]
BEFORE, AFTER = (0.75, 0.4, 0.1), (0.1, 0.45, 0.8)
"""Colours of the curves: orange and blue, which the colour-blind tell apart."""


def table(node: Node, role: str, name: str, columns: Columns) -> Node:
    """The table node of a cine for one kind of result, filled; made where there is none yet.

    Args:
        node: a volume, a sequence or its proxy.
        role: what tells the kinds of results apart.
        columns: by name, texts or numbers, all of one length.
    """
    made = _own(node, role, "vtkMRMLTableNode", name)
    content = vtk.vtkTable()
    for title, values in columns.items():
        content.AddColumn(_column(title, values))
    made.SetAndObserveTable(content)
    return made


def plot(node: Node, role: str, name: str, source: Node, axes: tuple[str, str]) -> Node:
    """A chart of a table's columns against its first; made where there is none yet.

    Args:
        node, role, name: as for `table`.
        source: the table; its second column is drawn as before, its third as after.
        axes: titles of the x and the y axis.
    """
    chart = _own(node, role, "vtkMRMLPlotChartNode", name)
    chart.SetTitle(name)
    chart.SetXAxisTitle(axes[0])
    chart.SetYAxisTitle(axes[1])
    titles = [source.GetColumnName(i) for i in range(3)]
    for title, colour in zip(titles[1:], (BEFORE, AFTER), strict=True):
        curve = _own(node, f"{role}.{title}", "vtkMRMLPlotSeriesNode", title)
        curve.SetAndObserveTableNodeID(source.GetID())
        curve.SetXColumnName(titles[0])
        curve.SetYColumnName(title)
        curve.SetPlotType(curve.PlotTypeScatter)
        curve.SetMarkerStyle(curve.MarkerStyleNone)
        curve.SetColor(*colour)
        if not chart.HasPlotSeriesNodeID(curve.GetID()):
            chart.AddAndObservePlotSeriesNodeID(curve.GetID())
    return chart


def result(node: Node, role: str) -> Node | None:
    """The result node of a cine for a role, None where there is none."""
    return holder_of(node).GetNodeReference(PREFIX + role)


def _own(node: Node, role: str, class_name: str, name: str) -> Node:
    holder, found = holder_of(node), result(node, role)
    if found is None:
        found = holder.GetScene().AddNewNodeByClass(class_name, name)
        holder.SetNodeReferenceID(PREFIX + role, found.GetID())
    return found


def _column(title: str, values: Sequence[Any] | np.ndarray) -> Any:
    numbers = isinstance(values, np.ndarray)
    column = numpy_to_vtk(np.ascontiguousarray(values, np.float64), deep=True) if numbers else vtk.vtkStringArray()
    column.SetName(title)
    for value in () if numbers else values:
        column.InsertNextValue(value)
    return column
