"""Measuring a denoised cine: figures, the warning where structure was removed, and what the user measures himself."""

from __future__ import annotations

import numpy as np
import pytest
import slicer
from comparing import WIRE, aCine, browser, denoisedBadly, denoisedWell, framesOf, original, shownIn


@pytest.fixture
def cine(host, panel):
    """A denoised cine, chosen and shown."""
    node = aCine()
    denoisedWell(node)
    slicer.util.setSliceViewerLayers(background=node, fit=True)
    panel.enter()
    host.process()
    return node


def measure(host, panel) -> None:
    panel.ui.checkButton.click()
    host.wait(lambda: panel.ui.checkTable.rowCount > 0 and panel.ui.checkButton.text == "Measure", 60)


def figures(panel) -> dict[str, tuple[str, str]]:
    table = panel.ui.checkTable
    rows = range(table.rowCount)
    return {table.verticalHeaderItem(r).text(): tuple(table.item(r, c).text() for c in (0, 1)) for r in rows}


def tableNamed(ending: str):
    found = slicer.util.getNodesByClass("vtkMRMLTableNode")
    return next(node for node in found if node.GetName().endswith(ending))


def test_without_a_denoised_cine_the_button_says_what_is_missing(host, panel):
    aCine()
    panel.enter()
    assert not panel.ui.checkButton.enabled
    assert "Denoise a cine first" in panel.ui.checkButton.toolTip


def test_a_good_result_is_measured_without_a_warning(host, panel, cine):
    measure(host, panel)
    shown = figures(panel)
    assert float(shown["Noise"][0]) == pytest.approx(8, rel=0.1)
    assert float(shown["Noise"][1]) == 0
    assert shown["Structure removed"] == ("", "none")
    assert panel.ui.checkWarningLabel.text == ""
    assert not panel.ui.structureCheckBox.enabled


def test_each_figure_says_how_it_is_measured_in_panel_and_table_node(host, panel, cine):
    measure(host, panel)
    table, node = panel.ui.checkTable, tableNamed("check")
    assert node.GetNumberOfRows() == table.rowCount
    for row in range(table.rowCount):
        assert len(table.item(row, 0).toolTip()) > 20
        assert node.GetCellText(row, 3) == table.item(row, 0).toolTip()
        assert node.GetCellText(row, 2) == table.item(row, 1).text()


def test_a_wire_taken_away_is_warned_of_and_marked_where_it_was(host, panel, cine):
    denoisedBadly(cine)
    panel.context.refresh()
    measure(host, panel)
    assert "removed in frame 6. Look" in panel.ui.checkWarningLabel.text
    assert figures(panel)["Structure removed"][1] == "frame 6"
    assert panel.ui.structureCheckBox.checked
    composite = slicer.app.layoutManager().sliceWidget("Red").mrmlSliceCompositeNode()
    marks = slicer.mrmlScene.GetNodeByID(composite.GetLabelVolumeID())
    browser().SetSelectedItemNumber(5)
    marked = slicer.util.arrayFromVolume(marks)[0] > 0
    assert marked[20:-20, WIRE : WIRE + 2].mean() > 0.9
    assert not marked[:, WIRE + 12 :].any()
    browser().SetSelectedItemNumber(4)
    assert not slicer.util.arrayFromVolume(marks).any()
    panel.ui.structureCheckBox.checked = False
    assert composite.GetLabelVolumeID() is None


def test_what_a_second_measuring_finds_is_marked_too(host, panel, cine):
    composite = slicer.app.layoutManager().sliceWidget("Red").mrmlSliceCompositeNode()
    for _ in range(2):
        denoisedBadly(cine)
        panel.context.refresh()
        assert composite.GetLabelVolumeID() is None
        measure(host, panel)
        assert panel.ui.structureCheckBox.checked and composite.GetLabelVolumeID() is not None
        denoisedWell(cine)
        panel.context.refresh()


def test_figures_of_an_earlier_denoising_are_taken_away(host, panel, cine):
    measure(host, panel)
    assert panel.ui.checkTable.rowCount > 0
    denoisedBadly(cine)
    panel.context.refresh()
    assert panel.ui.checkTable.rowCount == 0


def test_figures_stay_while_the_cine_is_looked_at_in_several_ways(host, panel, cine):
    measure(host, panel)
    for button in (panel.ui.removedButton, panel.ui.wipeButton, panel.ui.layoutBackButton):
        button.click()
        host.settle()
    assert panel.ui.checkTable.rowCount > 0


def test_a_second_click_stops_the_measuring(host, panel, cine):
    panel.ui.checkButton.click()
    host.wait(lambda: panel.ui.checkButton.text == "Stop")
    panel.ui.checkButton.click()
    host.wait(lambda: panel.ui.checkButton.text == "Measure")
    assert panel.ui.checkTable.rowCount == 0
    measure(host, panel)
    assert "Noise" in figures(panel)


def test_noise_against_signal_is_plotted_before_and_after(host, panel, cine):
    measure(host, panel)
    panel.ui.plotsButton.click()
    host.process()
    assert shownIn("FluoroDenoiseMeasured")[0] is cine
    view = slicer.mrmlScene.GetSingletonNode("FluoroDenoiseLevels", "vtkMRMLPlotViewNode")
    before, after = (view.GetPlotChartNode().GetNthPlotSeriesNode(i) for i in (0, 1))
    noise = slicer.util.arrayFromTableColumn(before.GetTableNode(), before.GetYColumnName())
    assert noise == pytest.approx([8] * len(noise), rel=0.15)
    assert np.all(slicer.util.arrayFromTableColumn(after.GetTableNode(), after.GetYColumnName()) == 0)


def ruler(panel, *ends):
    """A ruler that the user has placed and chosen."""
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLMarkupsLineNode", "R")
    for end in ends:
        node.AddControlPoint(end)
    panel.ui.rulerSelector.setCurrentNode(node)
    return node


def profile(column: str) -> np.ndarray:
    return slicer.util.arrayFromTableColumn(tableNamed("along R"), column)


def test_a_ruler_draws_the_profile_of_both_and_follows_frame_and_mouse(host, panel, cine):
    # Pixels are 0.5 mm; column i lies at R = -0.5 i, row j at A = -0.5 j.
    line = ruler(panel, (-10, -32, 0), (-20, -32, 0))
    assert profile("Millimetres")[-1] == pytest.approx(10)
    browser().SetSelectedItemNumber(5)
    host.wait(lambda: profile("After").min() == 340, 5)
    row = framesOf(original(cine))[5, 64, 20:41]
    assert profile("Before")[::2] == pytest.approx(row)
    line.SetNthControlPointPosition(1, (-12, -32, 0))
    host.wait(lambda: profile("Millimetres")[-1] < 3, 5)


def test_the_figures_of_a_region_are_given_for_both(host, panel, cine):
    region = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLMarkupsROINode", "R")
    region.SetCenter((-40, -32, 0))
    region.SetSize((10.2, 20.2, 4))
    panel.ui.measuredRegionSelector.setCurrentNode(region)
    inside = framesOf(original(cine))[0, 44:85, 70:91]
    assert f"{inside.size} pixels: mean {inside.mean():.4g} before, 400 after" in panel.ui.regionFiguresLabel.text
    assert f"{inside.std():.4g}" in panel.ui.regionFiguresLabel.text
    assert tableNamed("region").GetCellText(1, 2) == "0"


def test_a_region_off_the_image_says_so(host, panel, cine):
    region = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLMarkupsROINode", "R")
    region.SetCenter((400, 400, 0))
    region.SetSize((10, 10, 4))
    panel.ui.measuredRegionSelector.setCurrentNode(region)
    assert "touches no pixel" in panel.ui.regionFiguresLabel.text


def test_a_new_ruler_is_placed_by_the_mouse(host, panel, cine):
    panel.ui.rulerSelector.addNode()
    interaction = slicer.app.applicationLogic().GetInteractionNode()
    assert interaction.GetCurrentInteractionMode() == interaction.Place
    assert slicer.app.applicationLogic().GetSelectionNode().GetActivePlaceNodeID() == panel.ui.rulerSelector.currentNodeID


def test_closing_the_scene_while_measuring_is_survived(host, panel, cine):
    panel.ui.checkButton.click()
    host.wait(lambda: panel.ui.checkButton.text == "Stop")
    slicer.mrmlScene.Clear()
    host.process()
    assert panel.ui.checkButton.text == "Measure"
    assert not panel.ui.checkButton.enabled
