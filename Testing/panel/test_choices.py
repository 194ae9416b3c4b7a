"""What the panel says of a cine, what it chooses by itself, and what a person can choose."""

from __future__ import annotations

import numpy as np
import pytest
from panel_scenes import addCine, denoise, framesOf, noisyFrames, waitForRun

from FluoroDenoiseLib.mrml.history import original_node, remove_node
from FluoroDenoiseLib.mrml.links import holder_of


def looked(host, panel) -> str:
    """The description once the worker has looked at the cine."""
    panel.enter()
    host.wait(lambda: panel.context.devices and "Auto (" in panel.ui.deviceSelector.itemText(0), 60)
    return panel.ui.descriptionLabel.text


def recursive(frames: np.ndarray) -> np.ndarray:
    """What a vendor's recursive filter of half and half makes of frames."""
    out = [frames[0].astype(float)]
    for frame in frames[1:]:
        out.append(0.5 * frame + 0.5 * out[-1])
    return np.rint(out).astype(frames.dtype)


def test_a_cine_is_described_at_once_in_one_line(host, panel):
    addCine(noisyFrames(12, 96))
    panel.enter()
    assert panel.ui.descriptionLabel.text == "12 frames, 96 x 96; 15 per second; proportional to the detected dose."


def test_what_is_odd_is_told_with_its_consequence(host, panel):
    frames = np.random.default_rng(0).poisson(400, (20, 96, 96)).astype(np.uint16)
    addCine(recursive(frames), warnings=("The frames were compressed with loss, which changes the noise.",))
    panel.enter()
    assert "compressed with loss" in panel.ui.descriptionLabel.text
    host.wait(lambda: "feeds back 5" in panel.ui.descriptionLabel.text, 60)
    assert "undone" in panel.ui.descriptionLabel.text and "compressed with loss" in panel.ui.descriptionLabel.text


def test_what_cannot_be_denoised_disables_the_button_with_the_reason(host, panel):
    addCine(np.full((8, 64, 64), 7, np.uint16))
    panel.enter()
    host.wait(lambda: not panel.ui.denoiseButton.enabled, 60)
    assert "constant frames" in panel.ui.denoiseButton.toolTip and "constant frames" in panel.ui.descriptionLabel.text


def test_auto_names_the_device_once_the_worker_knows_it(host, panel):
    addCine()
    looked(host, panel)
    assert panel.ui.deviceSelector.findData("cpu") > 0
    panel.ui.deviceSelector.currentIndex = panel.ui.deviceSelector.findData("cpu")
    panel.ui.deviceSelector.activated.emit(panel.ui.deviceSelector.currentIndex)
    assert panel.context.parameterNode.device == "cpu"


def test_a_device_of_another_computer_is_shown_as_what_it_is(host, panel):
    addCine()
    looked(host, panel)
    panel.context.parameterNode.device = "cuda:7"
    panel.context.refresh()
    assert panel.ui.deviceSelector.currentText == "cuda:7 (not on this computer)"
    panel.context.parameterNode.device = "cpu"
    panel.context.refresh()
    assert panel.ui.deviceSelector.currentText == "CPU"


def test_without_a_cine_every_button_says_what_to_do(panel):
    assert "Choose a cine first" in panel.ui.denoiseButton.toolTip and not panel.ui.denoiseButton.enabled
    for button in (panel.ui.restoreButton, panel.ui.saveDicomButton, panel.ui.saveDatabaseButton, panel.ui.saveCopyButton):
        assert not button.enabled and button.toolTip


def test_the_cine_in_view_is_chosen_and_originals_and_label_maps_never(host, panel):
    import slicer

    panel.exit()
    addCine(name="first")
    second = addCine(name="second")
    slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", "a label map")
    slicer.util.setSliceViewerLayers(background=second)
    panel.enter()
    assert panel.context.node is second
    denoise(host, panel)
    panel.context.parameterNode.inputVolume = None
    slicer.mrmlScene.RemoveNode(second)
    panel.enter()
    assert panel.context.node.GetName() == "first"


def test_the_original_of_a_removed_cine_comes_out_of_hiding(host, panel):
    panel.exit()
    cine = addCine()
    panel.enter()
    denoise(host, panel)
    original = original_node(cine)
    assert original.GetHideFromEditors()
    remove_node(holder_of(cine))
    host.wait(lambda: not original.GetHideFromEditors())
    assert "(original): shown in the scene now" in panel.ui.messageLabel.text


def test_an_original_whose_cine_was_removed_without_the_panel_comes_out_of_hiding_when_it_is_shown(host, panel):
    import slicer

    panel.exit()
    cine = addCine()
    panel.enter()
    denoise(host, panel)
    panel.exit()
    original = original_node(cine)
    removal = (slicer.mrmlScene, slicer.mrmlScene.NodeRemovedEvent, panel.onNodeRemoved)
    panel.removeObserver(*removal)
    remove_node(holder_of(cine))
    host.process()
    panel.addObserver(*removal)
    assert original.GetHideFromEditors()
    panel.enter()
    assert not original.GetHideFromEditors()


def test_a_cine_chosen_during_a_run_is_looked_at_once_it_has_ended(host, panel):
    panel.exit()
    first, second = addCine(name="first"), addCine(recursive(noisyFrames(20)), name="second")
    panel.enter()
    panel.context.parameterNode.inputVolume = first
    panel.ui.denoiseButton.click()
    panel.context.parameterNode.inputVolume = second
    host.wait(lambda: panel.context.node is second)
    waitForRun(host, panel)
    host.wait(lambda: "recursive" in panel.ui.descriptionLabel.text.lower() or "filter" in panel.ui.descriptionLabel.text, 30)


def test_a_choice_is_kept_when_the_panel_is_left_and_entered(host, panel):
    addCine(name="first")
    chosen = addCine(name="second")
    panel.enter()
    panel.context.parameterNode.inputVolume = chosen
    panel.ui.strengthSlider.value = 0.5
    panel.exit()
    panel.enter()
    assert panel.context.node is chosen and panel.ui.strengthSlider.value == 0.5


def test_inside_a_region_only_pixels_change(host, panel):
    import slicer

    node = addCine(noisyFrames(8, 96))
    roi = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLMarkupsROINode", "ROI")
    roi.SetCenter(-30, -30, 0)
    roi.SetSize(40, 40, 10)
    panel.enter()
    before = framesOf(node)
    panel.context.parameterNode.region = roi
    denoise(host, panel)
    changed = np.any(framesOf(node) != before, axis=0)
    assert changed[20:40, 20:40].all() and not changed[52:].any() and not changed[:, 52:].any()


def test_inside_a_segment_only_pixels_change(host, panel):
    import slicer

    node = addCine(noisyFrames(8, 96))
    panel.enter()
    segmentation = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", "vessels")
    panel.context.parameterNode.region = segmentation
    host.process()
    assert not panel.ui.segmentSelector.isHidden()
    panel.ui.denoiseButton.click()
    waitForRun(host, panel)
    assert "vessels is chosen as the region, and none of its segments" in panel.ui.messageLabel.text
    segment = segmentation.GetSegmentation().AddEmptySegment("wire")
    labels = np.zeros((1, 96, 96), np.uint8)
    labels[0, 20:60, 30:50] = 1
    slicer.util.updateSegmentBinaryLabelmapFromArray(labels, segmentation, segment, node)
    assert panel.ui.segmentSelector.currentSegmentID() == segment
    before = framesOf(node)
    denoise(host, panel)
    changed = np.any(framesOf(node) != before, axis=0)
    assert changed[30:50, 35:45].all() and not changed[labels[0] == 0].any()


@pytest.mark.parametrize(("answer", "copies"), [("Keep a copy", 1), ("Discard the edit", 0)])
def test_later_edits_are_asked_about_before_they_would_be_overwritten(host, panel, answer, copies):
    import slicer

    from FluoroDenoiseLib.mrml.links import holder_of

    node = addCine()
    panel.enter()
    before = framesOf(node)
    denoise(host, panel)
    slicer.util.arrayFromVolume(holder_of(node).GetNthDataNode(3))[:] = 7
    host.dialogs.answer(lambda box: click(box, answer))
    panel.ui.restoreButton.click()
    waitForRun(host, panel)
    assert "edited after it was denoised" in host.dialogs.texts[-1]
    assert np.array_equal(framesOf(node), before)
    assert sum("(edited)" in each.GetName() for each in slicer.util.getNodesByClass("vtkMRMLSequenceNode")) == copies


def click(box, text: str):
    """Clicks the button of a message box."""
    button = next(button for button in box.buttons() if button.text == text)
    button.click()
    return button


def test_declining_the_question_leaves_the_edit(host, panel):
    import qt
    import slicer

    from FluoroDenoiseLib.mrml.links import holder_of

    node = addCine()
    panel.enter()
    denoise(host, panel)
    slicer.util.arrayFromVolume(holder_of(node).GetNthDataNode(3))[:] = 7
    edited = framesOf(node)
    host.dialogs.answer(lambda box: box.button(qt.QMessageBox.Cancel).click())
    panel.ui.denoiseButton.click()
    waitForRun(host, panel)
    assert np.array_equal(framesOf(node), edited) and panel.ui.restoreButton.enabled


def test_a_denoised_cine_survives_saving_and_loading_the_scene(host, panel, tmp_path):
    import slicer

    before = framesOf(addCine())
    panel.enter()
    denoise(host, panel)
    assert host.core.io_manager.save_scene(tmp_path / "scene.mrb")
    slicer.mrmlScene.Clear()
    assert host.core.io_manager.load_scene(tmp_path / "scene.mrb")
    panel.enter()
    host.process()
    assert "denoised: fluoroscopy" in panel.ui.descriptionLabel.text
    panel.ui.restoreButton.click()
    waitForRun(host, panel)
    assert np.array_equal(framesOf(panel.context.node), before)
