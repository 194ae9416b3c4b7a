"""Original and denoised look alike, and what was removed follows them."""

from __future__ import annotations

import numpy as np
import pytest
import slicer
from mrml_scene import a_cine_of, nodes, noisy, volume

from FluoroDenoiseLib.mrml import InPlaceEdit, load
from FluoroDenoiseLib.mrml.before_after import Alike, is_original, pairs
from FluoroDenoiseLib.mrml.removed_volume import RemovedVolume

RECORD = {"model": "fluoroscopy", "strength": 1.0}


def written(node, taken: float = 2.0):
    """Denoises a node by hand: from every pixel the same is taken away, and one more for every frame."""
    with InPlaceEdit(node) as edit:
        frames = noisy(np.uint16, frames=6).astype(float) - taken - np.arange(6)[:, None, None]
        edit.write(0, frames)
        edit.finish(RECORD)


@pytest.fixture
def pair(a_sequence, its_proxy):
    written(a_sequence)
    return pairs(its_proxy)[0]


def test_what_was_not_denoised_has_no_before_and_after(its_proxy):
    assert pairs(its_proxy) == []
    assert not is_original(its_proxy)


def test_the_original_is_told_from_the_denoised(pair):
    after, before = pair
    assert (is_original(after), is_original(before)) == (False, True)


def test_of_a_biplane_cine_both_planes_are_found_where_both_were_denoised(scene):
    one, other = load([a_cine_of(plane=0), a_cine_of(plane=1, seed=1)], scene)
    browser = scene.GetFirstNodeByClass("vtkMRMLSequenceBrowserNode")
    written(one)
    assert len(pairs(browser.GetProxyNode(one))) == 1
    written(other)
    assert [after for after, _ in pairs(browser.GetProxyNode(other))] == [browser.GetProxyNode(n) for n in (other, one)]


@pytest.mark.parametrize("changed", [0, 1])
def test_window_and_level_of_before_and_after_are_the_same_whichever_is_changed(pair, changed):
    Alike(*pair)
    pair[changed].GetDisplayNode().SetWindowLevel(77, 33)
    assert [(node.GetDisplayNode().GetWindow(), node.GetDisplayNode().GetLevel()) for node in pair] == [(77, 33)] * 2


def test_the_original_follows_the_transform_of_the_denoised_and_never_takes_it_away(scene, pair):
    after, before = pair
    link = Alike(*pair)
    transform = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "registered")
    after.SetAndObserveTransformNodeID(transform.GetID())
    assert before.GetTransformNodeID() == transform.GetID()
    before.GetDisplayNode().SetWindowLevel(77, 33)
    assert after.GetTransformNodeID() == before.GetTransformNodeID() == transform.GetID()
    link.release()


def test_released_the_two_go_their_own_ways(pair):
    link = Alike(*pair)
    link.release()
    pair[0].GetDisplayNode().SetWindowLevel(77, 33)
    assert pair[1].GetDisplayNode().GetWindow() != 77


def removed_frame(removed: RemovedVolume) -> np.ndarray:
    return slicer.util.arrayFromVolume(removed.node)


def test_what_was_removed_is_signed_and_follows_the_playing_frame(pair, its_browser):
    removed = RemovedVolume(*pair)
    for t in (0, 4, 2):
        its_browser.SetSelectedItemNumber(t)
        assert np.all(removed_frame(removed) == 2 + t)


def test_what_was_removed_is_shown_around_zero_on_a_scale_of_three_standard_deviations(a_sequence, its_proxy):
    frames = noisy(np.uint16).astype(float) + np.random.default_rng(1).normal(0, 10, (6, 64, 80))
    with InPlaceEdit(a_sequence) as edit:
        edit.write(0, frames + 20 - 20)
        edit.finish(RECORD)
    removed = RemovedVolume(*pairs(its_proxy)[0])
    display = removed.node.GetDisplayNode()
    assert display.GetLevel() == 0
    assert removed.limit == pytest.approx(30, rel=0.15)
    assert display.GetWindow() == 2 * removed.limit


def test_it_lies_where_the_cine_lies(pair):
    removed = RemovedVolume(*pair)
    boxes = [[0.0] * 6 for _ in range(2)]
    for node, box in zip((removed.node, pair[0]), boxes, strict=True):
        node.GetRASBounds(box)
    assert boxes[0] == pytest.approx(boxes[1])


def test_of_a_volume_all_slices_are_there(scene):
    node = volume(scene, "slices", noisy(np.uint16))
    written(node)
    assert removed_frame(RemovedVolume(*pairs(node)[0]))[:, 0, 0] == pytest.approx(2 + np.arange(6))


def test_it_is_hidden_and_leaves_nothing_behind(scene, pair):
    before = {node.GetID() for node in nodes(scene, "vtkMRMLNode")}
    removed = RemovedVolume(*pair)
    removed.add_colour_bar()
    assert removed.node.GetHideFromEditors()
    removed.release()
    assert {node.GetID() for node in nodes(scene, "vtkMRMLNode")} == before


def test_it_is_never_saved(app, pair, tmp_path):
    removed = RemovedVolume(*pair)
    removed.add_colour_bar()
    name = removed.node.GetName()
    app.save_bundle(tmp_path / "scene.mrb")
    app.scene.Clear()
    app.open(tmp_path / "scene.mrb")
    assert nodes(app.scene, "vtkMRMLVolumeNode")
    assert name not in [node.GetName() for node in nodes(app.scene, "vtkMRMLVolumeNode")]
    assert not nodes(app.scene, "vtkMRMLColorLegendDisplayNode")
