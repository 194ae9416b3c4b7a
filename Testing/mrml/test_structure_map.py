"""The overlay marks what it was given, on the frame that is shown, and gives the views back as they were."""

from __future__ import annotations

import numpy as np
import pytest
import slicer
from mrml_scene import nodes, noisy, volume

from FluoroDenoiseLib.mrml.structure_map import MARK, StructureMap


@pytest.fixture
def structure() -> np.ndarray:
    """A pixel that goes right by five columns from frame to frame."""
    marks = np.zeros((6, 64, 80), bool)
    marks[range(6), 30, range(10, 40, 5)] = True
    return marks


def marked(overlay: StructureMap) -> np.ndarray:
    return slicer.util.arrayFromVolume(overlay.node) == MARK


def square(row: int, column: int) -> np.ndarray:
    mask = np.zeros((1, 64, 80), bool)
    mask[0, row - 1 : row + 2, column - 1 : column + 2] = True
    return mask


def test_it_follows_the_playing_frame(its_proxy, its_browser, structure):
    overlay = StructureMap(its_proxy, structure)
    for t in (0, 3, 1):
        its_browser.SetSelectedItemNumber(t)
        assert np.array_equal(marked(overlay), square(30, 10 + 5 * t))


def test_it_outlives_the_browser(scene, its_proxy, its_browser, structure):
    overlay = StructureMap(its_proxy, structure)
    scene.RemoveNode(its_browser)
    overlay.update()
    assert np.array_equal(marked(overlay), square(30, 10))


def test_of_a_volume_every_slice_is_marked(scene, structure):
    overlay = StructureMap(volume(scene, "slices", noisy(np.uint16)), structure)
    assert np.array_equal(marked(overlay)[4], square(30, 30)[0])


def test_it_lies_over_the_views_that_show_the_cine_and_over_no_others(scene, its_proxy, structure):
    other = volume(scene, "other", noisy(np.uint16))
    views = [scene.AddNewNodeByClass("vtkMRMLSliceCompositeNode") for _ in range(2)]
    for view, shown in zip(views, (its_proxy, other), strict=True):
        view.SetBackgroundVolumeID(shown.GetID())
    views[0].SetLabelOpacity(0.25)
    overlay = StructureMap(its_proxy, structure)
    overlay.show([its_proxy])
    overlay.show([its_proxy])
    assert [view.GetLabelVolumeID() for view in views] == [overlay.node.GetID(), None]
    overlay.release()
    assert views[0].GetLabelVolumeID() is None
    assert views[0].GetLabelOpacity() == 0.25
    assert not nodes(scene, "vtkMRMLLabelMapVolumeNode")
    assert scene.GetFirstNodeByName("FluoroDenoise structure removed") is None


def test_what_is_not_marked_stays_as_bright_as_it_was(app, its_proxy, structure):
    picture = app.slice_view("V", 160, 128)
    before = picture.show(its_proxy).astype(int)
    overlay = StructureMap(its_proxy, structure)
    overlay.show([its_proxy])
    after = picture.show(its_proxy).astype(int)
    changed = np.abs(after - before).max(axis=2) > 0
    # Pixel (30, 10) is drawn twice as large.
    assert changed.any()
    assert not np.delete(changed, np.s_[56:68], axis=0).any()
    assert not np.delete(changed, np.s_[16:28], axis=1).any()
    picture.close()
