"""Every view says whether what it shows is denoised, an original, or what was removed."""

from __future__ import annotations

import pytest
import slicer
from comparing import aCine, denoisedWell, original


def show(host, node) -> None:
    """Shows a volume in all views of the present layout."""
    slicer.util.setSliceViewerLayers(background=node)
    host.process()


def markIn(name: str) -> str:
    """The text at the upper edge of a slice view, as it is drawn."""
    import vtk

    props = (
        slicer.app.layoutManager().sliceWidget(name).sliceView().renderWindow().GetRenderers().GetFirstRenderer().GetViewProps()
    )
    texts = [prop.GetText(vtk.vtkCornerAnnotation.UpperEdge) for prop in props if prop.IsA("vtkCornerAnnotation")]
    return "".join(text for text in texts if text)


@pytest.fixture
def cine(host, panel):
    node = aCine()
    show(host, node)
    return node


def test_what_was_not_denoised_carries_no_mark(host, cine):
    assert markIn("Red") == ""


def test_a_denoised_cine_is_marked_in_every_view_with_model_and_strength(host, cine):
    denoisedWell(cine)
    host.process()
    for name in slicer.app.layoutManager().sliceViewNames():
        assert markIn(name) == "DENOISED fluoroscopy 100%,\nresearch use only"


def test_the_mark_is_gone_when_the_original_is_restored(host, panel, cine):
    denoisedWell(cine)
    panel.enter()
    host.process()
    panel.ui.restoreButton.click()
    host.wait(lambda: not panel.context.busy)
    host.process()
    assert markIn("Red") == ""


def test_an_original_that_is_shown_says_so(host, cine):
    denoisedWell(cine)
    show(host, original(cine))
    assert markIn("Red") == "ORIGINAL"


def test_a_view_that_shows_something_else_now_carries_no_mark(host, cine):
    denoisedWell(cine)
    host.process()
    show(host, aCine())
    assert markIn("Red") == ""


def test_the_mark_returns_with_a_saved_scene_though_the_panel_was_not_opened(host, panel, cine, tmp_path):
    denoisedWell(cine)
    host.process()
    assert host.core.io_manager.save_scene(tmp_path / "scene.mrb")
    host.window.moduleSelector().selectModule("")
    slicer.mrmlScene.Clear()
    host.process()
    assert markIn("Red") == ""
    assert host.core.io_manager.load_scene(tmp_path / "scene.mrb")
    host.process()
    assert "DENOISED" in markIn("Red")


def test_the_views_of_a_comparison_are_told_apart(host, panel, cine):
    denoisedWell(cine)
    panel.enter()
    panel.ui.sideBySideButton.click()
    host.process()
    assert (markIn("FluoroDenoiseBefore"), markIn("FluoroDenoiseAfter")[:8]) == ("ORIGINAL", "DENOISED")
    panel.ui.wipeButton.click()
    host.process()
    assert markIn("FluoroDenoiseWipe").startswith("ORIGINAL / DENOISED")
    panel.ui.removedButton.click()
    host.process()
    assert "minus" in markIn("FluoroDenoiseRemoved")


def test_slicers_own_annotations_are_left_alone(host, cine):
    denoisedWell(cine)
    host.process()
    own = slicer.app.layoutManager().sliceWidget("Red").sliceView().cornerAnnotation()
    assert not any(own.GetText(corner) for corner in range(8))


def test_a_copy_of_denoised_pixels_that_no_record_goes_with_is_marked(host, cine):
    """As Crop Volume and Mask volume make of the shown frame."""
    denoisedWell(cine)
    copy = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "cropped")
    copy.CopyContent(cine)
    for name in cine.GetAttributeNames():
        copy.SetAttribute(name, cine.GetAttribute(name))
    show(host, copy)
    assert markIn("Red").startswith("DENOISED, a copy")
