"""A run in the worker: cancelled, overtaken by the user, ended by the application; nothing is lost, nothing stays behind."""

from __future__ import annotations

import numpy as np
import psutil
import pytest
from panel_scenes import addCine, denoise, framesOf, noisyFrames, waitForRun

LONG = 160
"""Frames that keep the worker busy for seconds."""


@pytest.fixture
def a_long_run(host, panel):
    """A run that has denoised its first frames; the node, and its frames before."""
    node = addCine(np.tile(noisyFrames(20, 192), (LONG // 20, 1, 1)))
    panel.enter()
    before = framesOf(node)
    panel.ui.denoiseButton.click()
    host.wait(lambda: panel.ui.progressBar.value > 0, 60)
    return node, before


def workerOf(panel) -> psutil.Process:
    return psutil.Process(panel.logic.runner.pid)


def test_progress_says_frames_and_the_time_left(host, panel, a_long_run):
    host.wait(lambda: "left" in panel.ui.progressLabel.text, 30)
    assert f"of {LONG}" in panel.ui.progressLabel.text
    assert panel.ui.progressBar.maximum == LONG
    assert panel.ui.denoiseButton.text == "Cancel"
    assert not panel.ui.restoreButton.enabled and "under way" in panel.ui.restoreButton.toolTip
    panel.ui.denoiseButton.click()
    waitForRun(host, panel)


def test_cancel_leaves_everything_untouched_and_the_next_run_works(host, panel, a_long_run):
    node, before = a_long_run
    panel.ui.denoiseButton.click()
    assert panel.ui.progressLabel.text == "Cancelling..."
    waitForRun(host, panel, seconds=3)
    assert np.array_equal(framesOf(node), before)
    assert "Cancelled" in panel.ui.messageLabel.text and panel.ui.denoiseButton.text == "Denoise"
    panel.context.parameterNode.inputVolume = addCine(name="second")
    denoise(host, panel)
    assert "Denoised" in panel.ui.messageLabel.text


def test_a_node_removed_during_its_run_ends_it(host, panel, a_long_run):
    import slicer

    slicer.mrmlScene.RemoveNode(a_long_run[0])
    host.process()
    assert not panel.context.busy
    assert "has left the scene" in panel.ui.messageLabel.text


def test_the_sequence_behind_it_removed_ends_the_run_too(host, panel, a_long_run):
    import slicer

    slicer.mrmlScene.RemoveNode(slicer.mrmlScene.GetFirstNodeByClass("vtkMRMLSequenceNode"))
    waitForRun(host, panel, seconds=5) if panel.context.busy else None
    assert "removed from the scene" in panel.ui.messageLabel.text


def test_another_node_removed_does_not_disturb_a_run(host, panel, a_long_run):
    import slicer

    other = addCine(name="other")
    panel.context.parameterNode.inputVolume = other
    slicer.mrmlScene.RemoveNode(other)
    host.process()
    assert panel.context.busy
    panel.ui.denoiseButton.click()
    waitForRun(host, panel)


def test_closing_the_scene_ends_the_run_and_the_panel_goes_on(host, panel, a_long_run):
    import slicer

    slicer.mrmlScene.Clear()
    host.process()
    assert not panel.context.busy and panel.context.node is None
    addCine()
    panel.enter()
    denoise(host, panel)
    assert "Denoised" in panel.ui.messageLabel.text


def test_loading_a_scene_during_a_run_leaves_the_run_alone(host, panel, a_long_run, tmp_path):
    import slicer

    scene = slicer.vtkMRMLScene()
    scene.AddNewNodeByClass("vtkMRMLModelNode", "from another scene")
    scene.Commit(str(tmp_path / "other.mrml"))
    slicer.mrmlScene.SetURL(str(tmp_path / "other.mrml"))
    slicer.mrmlScene.Import()
    host.process()
    assert panel.context.busy
    panel.ui.denoiseButton.click()
    waitForRun(host, panel)


def test_leaving_the_panel_does_not_end_the_run(host, panel, a_long_run):
    panel.exit()
    host.process()
    assert panel.context.busy
    panel.enter()
    assert panel.ui.denoiseButton.text == "Cancel"
    panel.ui.denoiseButton.click()
    waitForRun(host, panel)


def test_reloading_the_module_ends_run_and_worker_and_the_cine_is_untouched(host, panel, a_long_run):
    import slicer

    node, before = a_long_run
    worker = workerOf(panel)
    slicer.util.reloadScriptedModule("FluoroDenoise")
    worker.wait(5)
    assert np.array_equal(framesOf(node), before)
    again = host.open()
    assert again is not panel and not again.context.busy


def test_two_panels_do_not_disturb_each_other(host, panel):
    import slicer

    node = addCine()
    panel.enter()
    second = slicer.util.getNewModuleWidget("FluoroDenoise")
    try:
        panel.ui.denoiseButton.click()
        assert panel.context.busy and not second.context.busy
        waitForRun(host, panel)
        second.context.refresh()
        assert second.ui.restoreButton.enabled and "denoised:" in second.ui.descriptionLabel.text
    finally:
        second.cleanup()
    assert panel.context.node is node


def test_a_cine_may_play_during_its_run(host, panel):
    from FluoroDenoiseLib.mrml.links import browsers_of, holder_of

    node = addCine(noisyFrames(30, 128))
    panel.enter()
    before = framesOf(node)
    browser = browsers_of(holder_of(node))[0]
    panel.ui.denoiseButton.click()
    shown = set()
    while panel.context.busy:
        browser.SelectNextItem()
        shown.add(browser.GetSelectedItemNumber())
        host.process()
    assert "Denoised" in panel.ui.messageLabel.text and len(shown) > 5
    assert framesOf(node).std() < before.std()


def test_an_edit_made_during_a_run_is_not_overwritten(host, panel):
    import slicer

    from FluoroDenoiseLib.mrml.links import holder_of

    node = addCine(noisyFrames(30, 96))
    panel.enter()
    before = framesOf(node)
    panel.ui.denoiseButton.click()
    host.wait(lambda: panel.ui.progressBar.value > 0, 60)
    slicer.util.arrayFromVolume(holder_of(node).GetNthDataNode(29))[:] = 7
    waitForRun(host, panel)
    assert "edited during the run" in panel.ui.messageLabel.text
    assert framesOf(node)[29].max() == 7 and np.array_equal(framesOf(node)[:29], before[:29])


def test_a_worker_that_dies_is_told_and_the_next_click_works(host, panel, a_long_run):
    node, before = a_long_run
    workerOf(panel).kill()
    waitForRun(host, panel, seconds=10)
    assert "ended unexpectedly" in panel.ui.messageLabel.text
    assert np.array_equal(framesOf(node), before)
    panel.context.parameterNode.inputVolume = addCine(name="second")
    denoise(host, panel)
    assert "Denoised" in panel.ui.messageLabel.text
