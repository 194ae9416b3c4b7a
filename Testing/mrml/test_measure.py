"""Rulers and regions measure the pixels that they lie on, wherever nodes were moved to."""

from __future__ import annotations

import numpy as np
import pytest
import slicer
from mrml_scene import a_cine_of, noisy, volume
from test_region import moved, roi

from FluoroDenoiseLib.mrml import load
from FluoroDenoiseLib.mrml.measure import profile, values_inside
from FluoroDenoiseLib.mrml.results import plot, table


def ruler(scene, *ends):
    node = scene.AddNewNodeByClass("vtkMRMLMarkupsLineNode", "L")
    for end in ends:
        node.AddControlPoint(end)
    return node


@pytest.fixture
def a_proxy(scene):
    """Column i lies at R = -0.25 i, row j at A = -0.5 j."""
    sequence = load(a_cine_of(pixel_spacing=(0.5, 0.25)), scene)[0]
    return scene.GetFirstNodeByClass("vtkMRMLSequenceBrowserNode").GetProxyNode(sequence)


def test_a_ruler_along_a_row_reads_its_pixels_and_millimetres(scene, a_proxy):
    distance, (values,) = profile(ruler(scene, (-5, -10, 0), (-10, -10, 0)), [a_proxy])
    row = noisy()[0, 20, 20:41].astype(float)
    assert distance[[0, -1]] == pytest.approx([0, 5])
    assert values[::2] == pytest.approx(row)
    assert values[1::2] == pytest.approx((row[1:] + row[:-1]) / 2)


def test_transforms_on_ruler_and_cine_count(scene, a_proxy):
    line = ruler(scene, (-5, -10, 0), (-10, -18, 0))
    distance, (values,) = profile(line, [a_proxy])
    for node in (line, a_proxy):
        moved(scene, node, rotate=30, move=(3, 4, 0), scale=2)
    twice, (same,) = profile(line, [a_proxy])
    assert twice == pytest.approx(2 * distance)
    assert same == pytest.approx(values)


def test_outside_of_the_image_there_is_no_value(scene, a_proxy):
    _, (values,) = profile(ruler(scene, (5, -10, 0), (-10, -10, 0)), [a_proxy])
    assert np.isnan(values[0])
    assert np.isfinite(values[-1])


def test_of_a_volume_the_slice_that_a_ruler_lies_in_is_read(scene):
    node = volume(scene, "slices", noisy(), spacing=(1, 1, 2))
    _, (values,) = profile(ruler(scene, (10, 20, 6.2), (30, 20, 6.2)), [node])
    assert values[::2] == pytest.approx(noisy()[3, 20, 10:31])


def test_a_region_reads_its_pixels_of_every_volume(scene, a_proxy):
    box = roi(scene, (-7.5, -10, 0), (5.1, 10.1, 4))
    before, after = values_inside(box, [a_proxy, a_proxy])
    assert np.array_equal(np.sort(before), np.sort(noisy()[0, 10:31, 20:41].ravel()))
    assert np.array_equal(after, before)


def test_a_second_result_of_a_cine_takes_the_place_of_the_first(scene, a_proxy):
    first = table(a_proxy, "check", "Check", {"Measure": ["noise"], "Before": np.array([1.0]), "After": np.array([0.5])})
    again = table(a_proxy, "check", "Check", {"Measure": ["noise", "edges"], "Before": np.ones(2), "After": np.ones(2)})
    assert again is first
    assert [again.GetCellText(1, column) for column in range(3)] == ["edges", "1", "1"]


def test_a_plot_draws_before_and_after_of_its_table(scene, a_proxy):
    source = table(a_proxy, "levels", "L", {"Signal": np.arange(3.0), "Before": np.ones(3), "After": np.zeros(3)})
    chart = plot(a_proxy, "levels plot", "Noise", source, ("signal", "noise"))
    plot(a_proxy, "levels plot", "Noise", source, ("signal", "noise"))
    assert [chart.GetNthPlotSeriesNode(i).GetYColumnName() for i in range(chart.GetNumberOfPlotSeriesNodes())] == [
        "Before",
        "After",
    ]
    assert slicer.util.arrayFromTableColumn(chart.GetNthPlotSeriesNode(0).GetTableNode(), "Signal").tolist() == [0, 1, 2]
