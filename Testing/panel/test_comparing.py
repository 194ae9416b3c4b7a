"""Before and after as a person compares them: by the key, beside each other, by the wipe, and what was removed."""

from __future__ import annotations

import time

import numpy as np
import pytest
import slicer
from comparing import aCine, browser, denoisedWell, graininess, original, picture, shownIn, write
from panel_scenes import framesOf


@pytest.fixture
def cine(host, panel):
    """A denoised cine, chosen in the panel and shown in the red view."""
    node = aCine()
    denoisedWell(node)
    slicer.util.setSliceViewerLayers(background=node, fit=True)
    host.window.resize(800, 520)
    host.window.show()
    panel.enter()
    host.process()
    return node


def test_without_a_denoised_cine_the_buttons_say_what_is_missing(host, panel):
    aCine()
    panel.enter()
    for button in (panel.ui.flipButton, panel.ui.sideBySideButton, panel.ui.wipeButton, panel.ui.removedButton):
        assert not button.enabled
        assert "Denoise a cine first" in button.toolTip


def test_the_key_shows_the_original_and_the_denoised_again(host, panel, cine):
    noisy = original(cine)
    host.press("D")
    assert shownIn("Red")[0] is noisy
    assert graininess(picture("Red")) > 3
    host.press("D")
    assert shownIn("Red")[0] is cine
    assert graininess(picture("Red")) < 3


def test_the_flip_holds_while_the_cine_plays(host, panel, cine):
    panel.ui.flipButton.click()
    before = picture("Red")
    browser().SetSelectedItemNumber(3)
    host.process()
    assert shownIn("Red")[0] is original(cine)
    assert not np.array_equal(picture("Red"), before)


@pytest.mark.timed
def test_a_flip_takes_less_than_50_ms_drawing_included(host, panel, cine):
    """Measured as computing time of all threads, which others at work on the machine do not lengthen."""
    slicer.app.layoutManager().setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutOneUpRedSliceView)
    host.process()
    view = slicer.app.layoutManager().sliceWidget("Red").sliceView()
    times = []
    for _ in range(10):
        start = time.process_time()
        panel.ui.flipButton.click()
        view.forceRender()
        times.append(time.process_time() - start)
    assert np.median(times) < 0.05


def test_restoring_while_the_original_is_shown_leaves_no_empty_view(host, panel, cine):
    panel.ui.flipButton.click()
    panel.ui.restoreButton.click()
    host.wait(lambda: not panel.context.busy)
    assert shownIn("Red")[0] is cine
    assert not panel.ui.flipButton.enabled


def test_side_by_side_shows_both_alike_and_follows_the_cine(host, panel, cine):
    panel.ui.sideBySideButton.click()
    host.process()
    assert [shownIn(f"FluoroDenoise{name}")[0] for name in ("Before", "After")] == [original(cine), cine]
    cine.GetDisplayNode().SetWindowLevel(120, 380)
    before, after = (picture(f"FluoroDenoise{name}") for name in ("Before", "After"))
    assert before.shape == after.shape
    assert abs(before[..., 1].mean() - after[..., 1].mean()) < 6
    assert graininess(before) > 3 * graininess(after)


def test_side_by_side_views_are_linked_in_pan_and_zoom(host, panel, cine):
    panel.ui.sideBySideButton.click()
    host.process()
    check_that_views_are_linked()


def test_they_are_linked_after_a_scene_was_loaded_which_takes_views_out_of_their_group(host, panel, cine, tmp_path):
    panel.ui.sideBySideButton.click()
    host.process()
    panel.ui.layoutBackButton.click()
    slicer.mrmlScene.Clear()
    denoisedWell(aCine())
    assert host.core.io_manager.save_scene(tmp_path / "scene.mrb")
    slicer.mrmlScene.Clear()
    assert host.core.io_manager.load_scene(tmp_path / "scene.mrb")
    panel.enter()
    host.process()
    panel.ui.sideBySideButton.click()
    host.process()
    check_that_views_are_linked()


def check_that_views_are_linked() -> None:
    from FluoroDenoisePanel.layouts import GROUP

    first, second = (slicer.app.layoutManager().sliceWidget(f"FluoroDenoise{name}") for name in ("Before", "After"))
    assert second.mrmlSliceNode().GetFieldOfView() == pytest.approx(first.mrmlSliceNode().GetFieldOfView())
    node = first.mrmlSliceNode()
    # What Slicer's linking rests on: where the test fails, these tell why.
    assert not slicer.mrmlScene.IsBatchProcessing()
    assert all(view.mrmlSliceCompositeNode().GetHotLinkedControl() for view in (first, second))
    assert node.GetViewGroup() == second.mrmlSliceNode().GetViewGroup() == GROUP
    for fact in ("GetOrientation", "IsMappedInLayout"):
        assert getattr(node, fact)() == getattr(second.mrmlSliceNode(), fact)(), fact
    for flag, change in (
        (node.FieldOfViewFlag, lambda: node.SetFieldOfView(20, 20 * node.GetFieldOfView()[1] / node.GetFieldOfView()[0], 1)),
        (node.XYZOriginFlag, lambda: node.SetXYZOrigin(10, 5, 0)),
    ):
        first.sliceLogic().StartSliceNodeInteraction(flag)
        change()
        first.sliceLogic().EndSliceNodeInteraction()
    assert second.mrmlSliceNode().GetFieldOfView()[0] == pytest.approx(20)
    assert second.mrmlSliceNode().GetXYZOrigin()[:2] == (10, 5)


def test_what_the_user_had_zoomed_to_stays_in_sight(host, panel, cine):
    red = slicer.app.layoutManager().sliceWidget("Red").mrmlSliceNode()
    width, height, depth = red.GetFieldOfView()
    red.SetFieldOfView(width / 4, height / 4, depth)
    red.JumpSliceByCentering(-20, -10, 0)
    panel.ui.sideBySideButton.click()
    host.process()
    after = slicer.app.layoutManager().sliceWidget("FluoroDenoiseAfter").mrmlSliceNode()
    centre = [after.GetSliceToRAS().GetElement(row, 3) for row in range(3)]
    assert centre == pytest.approx([-20, -10, 0], abs=0.01)
    assert after.GetFieldOfView()[0] >= width / 4 - 0.01
    assert min(after.GetFieldOfView()[0] / (width / 4), after.GetFieldOfView()[1] / (height / 4)) == pytest.approx(1)


@pytest.fixture
def slices(host, panel):
    """A denoised volume whose slices are frames, 2 mm apart; the red view shows the third."""
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "slices")
    slicer.util.updateVolumeFromArray(node, np.random.default_rng(0).normal(400, 8, (6, 96, 96)).round().astype(np.int16))
    node.SetSpacing(1, 1, 2)
    node.CreateDefaultDisplayNodes()
    write(node, np.full((6, 96, 96), 400))
    slicer.util.setSliceViewerLayers(background=node, fit=True)
    slicer.app.layoutManager().sliceWidget("Red").sliceLogic().SetSliceOffset(4)
    host.window.show()
    panel.enter()
    panel.context.parameterNode.inputVolume = node
    host.process()
    return node


def test_of_a_volume_the_same_slice_is_compared(host, panel, slices):
    panel.ui.sideBySideButton.click()
    host.process()
    views = [slicer.app.layoutManager().sliceWidget(f"FluoroDenoise{name}") for name in ("Before", "After")]
    assert [view.sliceLogic().GetSliceOffset() for view in views] == [4, 4]
    assert graininess(picture("FluoroDenoiseBefore")) > 3 * graininess(picture("FluoroDenoiseAfter"))
    host.press("D")
    assert shownIn("FluoroDenoiseAfter")[0] is original(slices)


def mouse(view, event: str, x: float, y: float = 100) -> None:
    view.interactor().SetEventPosition(int(x), int(y))
    view.interactor().InvokeEvent(event)


def sides(image: np.ndarray, line: int) -> tuple[float, float]:
    """How grainy an image is left and right of a column."""
    return graininess(image[:, line - 80 : line]), graininess(image[:, line : line + 80])


def test_the_wipe_shows_the_original_left_of_a_line_that_the_mouse_drags(host, panel, cine):
    panel.ui.wipeButton.click()
    host.process()
    view = slicer.app.layoutManager().sliceWidget("FluoroDenoiseWipe").sliceView()
    width = picture("FluoroDenoiseWipe").shape[1]
    for line in (width // 2, int(width * 0.4)):
        left, right = sides(picture("FluoroDenoiseWipe"), line)
        assert left > 3
        assert right < 0.5
        if line == width // 2:
            mouse(view, "MouseMoveEvent", line - 3)
            mouse(view, "LeftButtonPressEvent", line - 3)
            mouse(view, "MouseMoveEvent", width * 0.4)
            mouse(view, "LeftButtonReleaseEvent", width * 0.4)


def test_away_from_the_line_the_mouse_is_slicers_own(host, panel, cine):
    panel.ui.wipeButton.click()
    host.process()
    view = slicer.app.layoutManager().sliceWidget("FluoroDenoiseWipe").sliceView()
    seen = []
    view.interactor().AddObserver("LeftButtonPressEvent", lambda caller, event: seen.append(event), -1.0)
    width = picture("FluoroDenoiseWipe").shape[1]
    mouse(view, "LeftButtonPressEvent", width * 0.5)
    assert seen == []
    mouse(view, "LeftButtonReleaseEvent", width * 0.5)
    mouse(view, "LeftButtonPressEvent", width * 0.8)
    assert len(seen) == 1


def test_the_wipe_stays_in_its_place_when_the_image_is_moved_and_played(host, panel, cine):
    panel.ui.wipeButton.click()
    host.process()
    node = slicer.app.layoutManager().sliceWidget("FluoroDenoiseWipe").mrmlSliceNode()
    node.SetXYZOrigin(7, 3, 0)
    browser().SetSelectedItemNumber(2)
    image = picture("FluoroDenoiseWipe")
    left, right = sides(image, image.shape[1] // 2)
    assert left > 3
    assert right < 0.5


def test_after_the_wipe_its_view_blends_whole_images_again(host, panel, cine):
    panel.ui.wipeButton.click()
    host.process()
    logic = slicer.app.layoutManager().sliceWidget("FluoroDenoiseWipe").sliceLogic()
    assert logic.GetBlend().GetStencil() is not None
    panel.ui.layoutBackButton.click()
    assert logic.GetBlend().GetStencil() is None
    assert shownIn("FluoroDenoiseWipe") == (cine, None)


def test_what_was_removed_is_shown_with_a_scale_of_its_own_beside_the_denoised(host, panel, cine):
    write(cine, framesOf(original(cine)) - 10)
    panel.context.refresh()
    panel.ui.removedButton.click()
    host.process()
    removed = shownIn("FluoroDenoiseRemoved")[0]
    assert shownIn("FluoroDenoiseAfter")[0] is cine
    assert np.all(slicer.util.arrayFromVolume(removed) == 10)
    assert removed.GetDisplayNode().GetLevel() == 0
    assert slicer.util.getNodesByClass("vtkMRMLColorLegendDisplayNode")
    assert "minus" in panel.ui.compareLabel.text


def test_what_was_removed_from_slices_follows_another_denoising(host, panel, slices):
    """A volume's pixels change without the event of a new image."""
    panel.ui.removedButton.click()
    host.process()
    removed = shownIn("FluoroDenoiseRemoved")[0]
    first = slicer.util.arrayFromVolume(removed).copy()
    write(slices, np.full((6, 96, 96), 390))
    panel.context.refresh()
    np.testing.assert_array_equal(slicer.util.arrayFromVolume(removed), first + 10)


def test_back_shows_the_former_layout_and_leaves_nothing_behind(host, panel, cine):
    layout = slicer.app.layoutManager().layout
    volumes = len(slicer.util.getNodesByClass("vtkMRMLVolumeNode"))
    for button in (panel.ui.sideBySideButton, panel.ui.removedButton, panel.ui.wipeButton, panel.ui.removedButton):
        button.click()
        host.settle()
        assert button.checked
    panel.ui.layoutBackButton.click()
    host.process()
    assert slicer.app.layoutManager().layout == layout
    assert len(slicer.util.getNodesByClass("vtkMRMLVolumeNode")) == volumes
    assert not panel.ui.removedButton.checked
    assert not panel.ui.layoutBackButton.enabled
    assert shownIn("Red")[0] is cine


def test_another_layout_chosen_by_the_user_ends_the_comparison(host, panel, cine):
    panel.ui.removedButton.click()
    host.process()
    slicer.app.layoutManager().setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutOneUpRedSliceView)
    host.process()
    assert not panel.ui.removedButton.checked
    assert not [node for node in slicer.util.getNodesByClass("vtkMRMLVolumeNode") if "(removed)" in node.GetName()]


def test_removing_another_volume_leaves_the_comparison_alone(host, panel, cine):
    other = aCine()
    panel.ui.wipeButton.click()
    slicer.mrmlScene.RemoveNode(other)
    host.settle()
    assert panel.ui.wipeButton.checked


def test_removing_the_cine_ends_the_comparison(host, panel, cine):
    panel.ui.wipeButton.click()
    slicer.mrmlScene.RemoveNode(cine)
    host.settle()
    assert not panel.ui.wipeButton.checked
    assert not panel.ui.wipeButton.enabled


@pytest.mark.parametrize("way", ["flipButton", "wipeButton", "removedButton"])
def test_a_scene_that_closes_while_comparing_is_let_go(host, panel, cine, way):
    getattr(panel.ui, way).click()
    host.process()
    slicer.mrmlScene.Clear()
    host.process()
    assert not getattr(panel.ui, way).enabled
    node = aCine()
    denoisedWell(node)
    panel.enter()
    panel.context.refresh()
    assert getattr(panel.ui, way).enabled


@pytest.mark.parametrize("way", ["wipeButton", "removedButton"])
def test_a_module_reloaded_while_comparing_goes_on_with_a_new_panel(host, panel, cine, way):
    getattr(panel.ui, way).click()
    host.process()
    slicer.util.reloadScriptedModule("FluoroDenoise")
    host.process()
    again = host.open("FluoroDenoise")
    host.press("D")
    assert again.ui.flipButton.checked
