"""A fine-tuning in the panel: begun, watched, paused, resumed, discarded; whatever happens meanwhile, it is not lost."""

from __future__ import annotations

import json
import time

import numpy as np
import psutil
import pytest
from finetuning import (
    addNodes,
    begin,
    choose,
    cines,
    discard,
    isRunning,
    leaveRun,
    linesOf,
    movingFrames,
    pause,
    runsOffered,
    stateOf,
)
from panel_scenes import denoise


@pytest.fixture
def a_run(host, panel):
    """A fine-tuning under way on three cines; the cines."""
    nodes = cines()
    addNodes(host, panel, nodes)
    begin(host, panel)
    return nodes


def plotted(panel) -> tuple:
    """The chart in the plot view, and its table as columns by name."""
    import slicer

    from FluoroDenoisePanel import layouts

    chart = slicer.mrmlScene.GetSingletonNode(layouts.SCORE, "vtkMRMLPlotViewNode").GetPlotChartNode()
    table = chart.GetNthPlotSeriesNode(0).GetTableNode()
    names = [table.GetColumnName(index) for index in range(table.GetNumberOfColumns())]
    return chart, {name: slicer.util.arrayFromTableColumn(table, name) for name in names}


def shownFrames() -> list[np.ndarray]:
    """What the three views of a preview show: noisy, before, after."""
    import slicer
    from comparing import shownIn

    from FluoroDenoisePanel import layouts

    volumes = [shownIn(name)[0] for name in (layouts.NOISY, layouts.BASE, layouts.TUNED)]
    return [slicer.util.arrayFromVolume(volume)[0] for volume in volumes]


def askForFrame(host, panel) -> None:
    """Chooses the seventh frame of the second cine for the preview."""
    host.wait(lambda: panel.ui.finetunePreviewSelector.count, 60)
    choose(panel.ui.finetunePreviewSelector, "cine 2")
    panel.ui.finetunePreviewFrameBox.value = 7
    panel.ui.finetunePreviewFrameBox.editingFinished.emit()


@pytest.mark.slow
def test_from_cines_to_a_verdict_with_a_pause_and_denoising_meanwhile(host, panel, home, a_run):
    assert "You can go on denoising" in panel.ui.finetuneStateLabel.text and panel.ui.finetuneButton.text == "Pause"
    denoise(host, panel)
    assert "Denoised" in panel.ui.messageLabel.text and isRunning(panel)
    pause(host, panel)
    assert stateOf(panel) == "Paused" and runsOffered(panel) == ["a new one", "angio 2 (begun)"]
    assert panel.ui.finetuneButton.text == "Resume"
    panel.ui.finetuneButton.click()
    host.wait(lambda: not isRunning(panel), 180)
    assert (home / "finetuning" / "angio 2" / "verdict.json").is_file(), panel.ui.messageLabel.text
    assert panel.ui.finetuneVerdictTable.rowCount == 5 and panel.ui.finetuneStateLabel.text.endswith(".")
    discard(host, panel)
    assert not (home / "finetuning" / "angio 2").exists() and runsOffered(panel) == ["a new one"]


@pytest.mark.slow
def test_the_frame_that_was_asked_for_comes_with_the_next_scores_and_both_are_shown(host, panel, home):
    addNodes(host, panel, cines())
    begin(host, panel, minutes=2.0)
    askForFrame(host, panel)
    panel.ui.finetuneViewButton.click()
    host.wait(lambda: (home / "finetuning" / "angio 2" / "preview.npz").is_file(), 180)
    host.settle(1.5)
    noisy, before, after = shownFrames()
    assert np.array_equal(noisy, movingFrames(10, 160, 1)[6].astype(np.float32))
    assert noisy.std() > before.std() > 0 and after.shape == noisy.shape
    assert len(plotted(panel)[1]["Fine-tuned"]) > 0


def test_a_run_is_paused_resumed_and_discarded_and_closing_the_scene_does_not_end_it(host, panel, home, a_run):
    import slicer

    slicer.mrmlScene.Clear()
    host.process()
    assert isRunning(panel) and stateOf(panel) != "Paused"
    askForFrame(host, panel)
    assert json.loads((home / "finetuning" / "angio 2" / "preview.json").read_text()) == {"cine": 1, "frame": 6}
    pause(host, panel)
    assert stateOf(panel) == "Paused" and [line[0] for line in linesOf(panel)] == ["coronary 1", "coronary 2", "coronary 3"]
    panel.ui.finetuneButton.click()
    host.wait(lambda: "denoising meanwhile" in panel.ui.finetuneStateLabel.text and stateOf(panel) != "Starting", 60)
    discard(host, panel)
    assert not (home / "finetuning" / "angio 2").exists() and runsOffered(panel) == ["a new one"]
    assert "Discarded" in panel.ui.messageLabel.text and not isRunning(panel) and linesOf(panel) == []


def test_a_discard_that_is_not_confirmed_changes_nothing(host, panel, home):
    import qt

    leaveRun(home, state="paused", seconds_left=125.0)
    panel.context.refresh()
    choose(panel.ui.finetuneRunSelector, "angio 2 (begun)")
    host.dialogs.answer(qt.QMessageBox.Cancel)
    panel.ui.finetuneDiscardButton.click()
    assert (home / "finetuning" / "angio 2").is_dir() and "is lost" in host.dialogs.texts[-1]
    assert panel.ui.finetuneStateLabel.text == "Paused, 2 min left."


def test_a_run_left_behind_shows_its_cines_and_its_order_and_a_new_one_brings_the_list_back(host, panel, home):
    node = cines(1)[0]
    lines = addNodes(host, panel, [node])
    leaveRun(home, state="paused")
    panel.context.refresh()
    choose(panel.ui.finetuneRunSelector, "angio 2 (begun)")
    assert [line[0] for line in linesOf(panel)] == ["cine 1", "cine 2"]
    assert panel.ui.finetuneMinutesBox.value == 15 and not panel.ui.finetuneNameEdit.enabled
    choose(panel.ui.finetuneRunSelector, "a new one")
    assert linesOf(panel) == lines and panel.ui.finetuneNameEdit.enabled


def test_what_stopped_a_run_is_told_when_it_is_chosen(host, panel, home):
    leaveRun(home, state="failed", error="The disk is full. Free some space.")
    panel.context.refresh()
    choose(panel.ui.finetuneRunSelector, "angio 2 (failed)")
    assert panel.ui.finetuneStateLabel.text == "The disk is full. Free some space." and panel.ui.finetuneButton.text == "Resume"


def test_score_and_preview_are_shown_in_slicers_views_and_follow_the_files(host, panel, home):
    import slicer

    folder = leaveRun(home, state="paused")
    frames = {name: np.full((20, 30), value, np.float32) for value, name in enumerate(("noisy", "before", "after"), 1)}
    np.savez(folder / "preview.npz", **frames, cine=0, frame=0, inverted=False)
    panel.context.refresh()
    choose(panel.ui.finetuneRunSelector, "angio 2 (begun)")
    former = slicer.app.layoutManager().layout
    panel.ui.finetuneViewButton.click()
    host.settle()
    chart, columns = plotted(panel)
    assert "angio 2" in chart.GetTitle() and list(columns) == ["Minutes", "Base model", "Fine-tuned"]
    assert list(columns["Fine-tuned"]) == [0.9, 0.8] and list(columns["Base model"]) == [1.0, 1.0]
    low, high = chart.GetYAxisRange()
    assert low < 0.8 and high > 1.05 and not chart.GetYAxisRangeAuto()  # the legend lies above the curves
    assert [frame.mean() for frame in shownFrames()] == [1, 2, 3]
    slicer.mrmlScene.Clear()
    host.settle()
    panel.enter()
    choose(panel.ui.finetuneRunSelector, "angio 2 (begun)")
    host.settle()
    assert [frame.mean() for frame in shownFrames()] == [1, 2, 3] and plotted(panel)[0] is not None
    panel.ui.finetuneViewButton.click()
    assert slicer.app.layoutManager().layout == former and not panel.ui.finetuneViewButton.checked
    discard(host, panel)
    left = ("vtkMRMLPlotChartNode", "vtkMRMLPlotSeriesNode", "vtkMRMLTableNode", "vtkMRMLScalarVolumeNode")
    assert not [name for name in left if slicer.util.getNodesByClass(name)]


def test_a_cine_that_leaves_while_its_frames_are_copied_stops_the_start_and_nothing_is_left(host, panel, home):
    import slicer

    nodes = cines(2, frames=20)
    addNodes(host, panel, nodes)
    panel.ui.finetuneNameEdit.text = "angio 2"
    panel.ui.finetuneButton.click()
    slicer.mrmlScene.RemoveNode(nodes[1])
    host.wait(lambda: not isRunning(panel), 30)
    assert "has left the scene" in panel.ui.messageLabel.text
    assert not (home / "finetuning" / "angio 2").exists() and panel.ui.finetuneButton.text == "Start"


@pytest.mark.timed
def test_the_window_never_stands_still_while_a_run_begins_and_is_watched(host, panel):
    from test_figures import longestTurn

    addNodes(host, panel, cines(2, size=256))
    panel.ui.finetuneNameEdit.text = "angio 2"
    panel.ui.finetuneButton.click()
    panel.ui.finetuneViewButton.click()
    host.settle()
    end = time.monotonic() + 6
    assert longestTurn(host, lambda: time.monotonic() > end) < 0.05


def test_a_worker_that_dies_is_told_and_the_run_can_go_on(host, panel, a_run):
    psutil.Process(panel.logic.tuner.pid).kill()
    host.wait(lambda: not isRunning(panel), 10)
    assert "ended unexpectedly" in panel.ui.messageLabel.text and panel.ui.finetuneButton.text == "Resume"


@pytest.mark.timed
def test_closing_the_module_pauses_the_run_within_two_seconds_and_the_next_panel_offers_it(host, panel, home, a_run):
    import slicer

    worker = psutil.Process(panel.logic.tuner.pid)
    begun = time.monotonic()
    slicer.util.reloadScriptedModule("FluoroDenoise")
    assert time.monotonic() - begun < 2.5
    worker.wait(5)
    again = host.open()
    assert runsOffered(again) == ["a new one", "angio 2 (begun)"]
    choose(again.ui.finetuneRunSelector, "angio 2 (begun)")
    assert stateOf(again) == "Paused" and again.ui.finetuneNameEdit.text == "angio 2"
    again.ui.finetuneButton.click()
    host.wait(lambda: isRunning(again) and "denoising meanwhile" in again.ui.finetuneStateLabel.text, 60)
    discard(host, again)
    assert not (home / "finetuning" / "angio 2").exists()


def test_two_panels_offer_the_same_runs_and_do_not_disturb_each_other(host, panel, home, a_run):
    import slicer

    second = slicer.util.getNewModuleWidget("FluoroDenoise")
    try:
        assert runsOffered(second) == ["a new one", "angio 2 (begun)"] and not isRunning(second)
        choose(second.ui.finetuneRunSelector, "angio 2 (begun)")
        assert "Another program works on it" in second.ui.finetuneStateLabel.text
        second.ui.finetuneButton.click()
        host.wait(lambda: not isRunning(second), 60)
        assert second.ui.messageLabel.text and isRunning(panel)
    finally:
        second.cleanup()
        slicer.modules.FluoroDenoiseWidget = panel  # the newest is the one that a reload would replace
    pause(host, panel)
    assert stateOf(panel) == "Paused"
