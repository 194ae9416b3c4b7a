"""A frame that belongs to no cine is shown by a volume that leaves nothing behind."""

from __future__ import annotations

import numpy as np
import pytest
import slicer

from FluoroDenoiseLib.mrml.frame_volume import FrameVolume


@pytest.fixture
def a_volume(scene):
    return FrameVolume(scene, "preview")


def frame(rows: int = 20, columns: int = 30) -> np.ndarray:
    return np.arange(rows * columns, dtype=np.float32).reshape(rows, columns)


def test_it_holds_a_frame_first_row_on_top_and_then_one_of_another_size(a_volume):
    a_volume.fill(frame())
    a_volume.fill(frame(8, 12))
    assert np.array_equal(slicer.util.arrayFromVolume(a_volume.node), frame(8, 12)[None])
    assert a_volume.node.GetImageData().GetDimensions() == (12, 8, 1)


def test_its_window_suits_the_frame_that_is_named_and_stays_when_another_frame_comes(a_volume):
    a_volume.fill(frame())
    a_volume.show_as(frame(80, 120), inverted=True)
    display = a_volume.node.GetDisplayNode()
    known = display.GetLevel(), display.GetWindow()
    assert known == pytest.approx((4799.5, 9503), rel=0.05)
    a_volume.fill(100 * frame())
    assert (display.GetLevel(), display.GetWindow(), display.GetAutoWindowLevel()) == (*known, 0)
    assert display.GetColorNodeID() == "vtkMRMLColorTableNodeInvertedGrey"


def test_it_is_hidden_never_saved_and_goes_whole(scene, a_volume):
    before = scene.GetNumberOfNodes()
    a_volume.fill(frame())
    a_volume.show_as(frame())
    nodes = (a_volume.node, a_volume.node.GetDisplayNode())
    assert a_volume.node.GetHideFromEditors() and not any(node.GetSaveWithScene() for node in nodes)
    a_volume.release()
    a_volume.release()
    assert scene.GetNumberOfNodes() == before - 1
