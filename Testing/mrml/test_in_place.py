"""Result frames are written into the node itself; nothing else about it changes, and an unfinished edit leaves no trace."""

from __future__ import annotations

import numpy as np
import pytest
import slicer
import vtk
from mrml_scene import a_cine_of, browser_of, image, noisy, pixels, play, recorded_sequence, state, volume, window

from FluoroDenoiseLib.errors import Cancelled, SourceMismatch
from FluoroDenoiseLib.mrml import InPlaceEdit, is_denoised, load, original_node

RECORD = {"software": "FluoroDenoise 0.1.0", "model": "m", "model_sha256": "ab" * 32, "mode": "review", "strength": 1.0}
TYPES = (np.uint8, np.int16, np.uint16, np.float32)


def halved(node) -> np.ndarray:
    """Some result: half of what the node holds, [T, H, W]."""
    now = pixels(node)
    return (now / 2).astype(now.dtype)


def edited(node, result: np.ndarray) -> None:
    with InPlaceEdit(node) as edit:
        edit.write(0, result)
        edit.finish(RECORD)


@pytest.mark.parametrize("kind", TYPES)
def test_a_sequence_keeps_its_nodes_type_geometry_and_times(scene, kind):
    sequence = load(a_cine_of(kind, pixel_spacing=(0.2, 0.3)), scene)[0]
    items = [sequence.GetNthDataNode(t) for t in range(6)]
    times = [sequence.GetNthIndexValue(t) for t in range(6)]
    result = halved(sequence)
    edited(sequence, result)
    assert np.array_equal(pixels(sequence), result)
    assert pixels(sequence).dtype == kind
    assert [sequence.GetNthDataNode(t) for t in range(6)] == items
    assert [sequence.GetNthIndexValue(t) for t in range(6)] == times
    assert items[3].GetSpacing() == pytest.approx((0.3, 0.2, 1))
    directions = vtk.vtkMatrix4x4()
    items[3].GetIJKToRASDirectionMatrix(directions)
    assert [directions.GetElement(k, k) for k in range(3)] == [-1, -1, 1]


@pytest.mark.parametrize("kind", TYPES)
def test_a_volume_keeps_its_id_type_and_geometry(scene, kind):
    node = volume(scene, "frames", noisy(kind))
    identity, result = node.GetID(), halved(node)
    edited(node, result)
    assert np.array_equal(pixels(node), result)
    assert (pixels(node).dtype, node.GetID(), node.GetSpacing()) == (kind, identity, (0.3, 0.4, 2.0))


def test_numpy_views_taken_before_see_the_result(scene):
    node = volume(scene, "frames", noisy())
    view, result = slicer.util.arrayFromVolume(node), halved(node)
    edited(node, result)
    assert np.array_equal(view, result)


def test_values_of_another_type_are_rounded_and_clipped_to_the_stored_range(scene):
    sequence = load(a_cine_of(np.uint16, valid_range=(0, 1023)), scene)[0]
    wild = np.zeros((6, 64, 80), np.float32)
    wild[0], wild[1], wild[2] = -5, 99999, 41.6
    edited(sequence, wild)
    assert [int(frame.max()) for frame in pixels(sequence)[:3]] == [0, 1023, 42]


@pytest.mark.parametrize("components", [3, 4])
def test_grey_stored_as_colour_stays_grey_and_keeps_its_opacity(scene, components):
    colour = np.repeat(noisy(np.uint8)[..., None], components, axis=-1)
    colour[..., 3:] = 77
    node = volume(scene, "grey", colour)
    edited(node, noisy(np.uint8) // 2)
    assert all(np.array_equal(pixels(node)[..., k], noisy(np.uint8) // 2) for k in range(3))
    assert np.all(pixels(node)[..., 3:] == 77)


def test_the_proxy_shows_the_result_at_once_and_at_every_step(a_sequence, its_browser, its_proxy):
    its_browser.SetSelectedItemNumber(4)
    result = halved(a_sequence)
    edited(a_sequence, result)
    assert np.array_equal(pixels(its_proxy)[0], result[4])
    for item in play(its_browser):
        assert np.array_equal(pixels(its_proxy)[0], result[item])


def test_the_original_plays_in_step_so_that_before_and_after_can_be_compared(a_sequence, its_browser, its_proxy):
    before, result = pixels(a_sequence), halved(a_sequence)
    edited(its_proxy, result)
    shown_before = original_node(its_proxy)
    for item in play(its_browser):
        assert np.array_equal(pixels(shown_before)[0], before[item])
        assert np.array_equal(pixels(its_proxy)[0], result[item])
        assert window(shown_before) == window(its_proxy)
    assert shown_before.GetHideFromEditors()
    assert original_node(a_sequence).GetHideFromEditors()


def test_each_of_several_browsers_shows_the_result_and_plays_its_own_original(scene, a_sequence, its_browser, its_proxy):
    other = browser_of(scene, a_sequence)
    before, result = pixels(a_sequence), halved(a_sequence)
    edited(a_sequence, result)
    for browser in (its_browser, other):
        proxy = browser.GetProxyNode(a_sequence)
        original = original_node(proxy)
        for item in play(browser):
            assert np.array_equal(pixels(proxy)[0], result[item])
            assert np.array_equal(pixels(original)[0], before[item])
    assert original_node(its_proxy).GetID() != original_node(other.GetProxyNode(a_sequence)).GetID()


def test_a_browser_that_saves_changes_shares_its_buffer_yet_keeps_both(a_sequence, its_browser, its_proxy):
    its_browser.SetSaveChanges(a_sequence, True)
    list(play(its_browser))
    before, result = pixels(a_sequence), halved(a_sequence)
    edited(its_proxy, result)
    for item in play(its_browser):
        assert np.array_equal(pixels(its_proxy)[0], result[item])
        assert np.array_equal(pixels(original_node(its_proxy))[0], before[item])
    assert np.array_equal(pixels(a_sequence), result)
    assert np.array_equal(pixels(original_node(a_sequence)), before)


def test_a_transform_on_the_proxy_stays_and_the_original_moves_with_it(scene, a_sequence, its_browser, its_proxy):
    transform = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "table")
    its_proxy.SetAndObserveTransformNodeID(transform.GetID())
    edited(its_proxy, halved(a_sequence))
    list(play(its_browser))
    assert its_proxy.GetTransformNodeID() == transform.GetID()
    assert original_node(its_proxy).GetTransformNodeID() == transform.GetID()


def test_a_sequence_without_a_browser_is_edited_too(scene):
    sequence = recorded_sequence(scene, "cine", noisy(), unit="")
    before, result = pixels(sequence), halved(sequence)
    edited(sequence, result)
    assert np.array_equal(pixels(sequence), result)
    assert np.array_equal(pixels(original_node(sequence)), before)


def test_an_automatic_window_is_frozen_where_it_stood_before_the_edit(scene):
    node = volume(scene, "frames", noisy())
    assert node.GetDisplayNode().GetAutoWindowLevel()
    before = window(node)
    edited(node, halved(node) + np.uint16(400))
    assert window(node) == before
    assert window(original_node(node)) == before


def test_an_automatic_window_jumps_without_the_freeze(scene):
    node = volume(scene, "frames", noisy())
    before = window(node)
    slicer.util.arrayFromVolume(node)[:] = halved(node) + np.uint16(400)
    slicer.util.arrayFromVolumeModified(node)
    assert window(node) != before


def test_windows_of_items_and_proxies_stay_while_playing(scene):
    sequence = recorded_sequence(scene, "cine", noisy())
    browser = browser_of(scene, sequence)
    proxy = browser.GetProxyNode(sequence)
    proxy.GetDisplayNode().SetAutoWindowLevel(True)
    item_display = sequence.GetNthDataNode(2).GetDisplayNode()
    of_item, of_proxy = window(sequence.GetNthDataNode(2)), window(proxy)
    edited(sequence, halved(sequence) + np.uint16(400))
    assert window(sequence.GetNthDataNode(2)) == of_item
    assert not item_display.GetAutoWindowLevel()
    for _ in play(browser):
        assert window(proxy) == of_proxy


def test_frames_can_be_written_a_few_at_a_time(a_sequence, its_proxy):
    result = halved(a_sequence)
    edit = InPlaceEdit(its_proxy).begin()
    for first in (4, 0, 2):
        edit.write(first, result[first : first + 2])
    assert not is_denoised(a_sequence)
    edit.finish(RECORD)
    assert np.array_equal(pixels(a_sequence), result)
    assert is_denoised(its_proxy)


@pytest.mark.parametrize("written", [0, 1, 6])
def test_an_aborted_edit_of_a_sequence_leaves_no_trace(scene, a_sequence, its_proxy, written):
    its_proxy.GetDisplayNode().SetAutoWindowLevel(True)
    a_sequence.GetStorageNode().SetFileName("/data/cine.seq.nrrd")
    before = state(scene)
    edit = InPlaceEdit(its_proxy).begin()
    edit.write(0, halved(a_sequence)[:written])
    edit.abort()
    assert state(scene) == before
    assert original_node(its_proxy) is None


def test_an_error_while_writing_a_volume_leaves_no_trace(scene):
    node = volume(scene, "frames", noisy())
    node.AddDefaultStorageNode()
    node.GetStorageNode().SetFileName("/data/frames.nrrd")
    before = state(scene)
    with pytest.raises(ValueError, match="do not fit"), InPlaceEdit(node) as edit:
        edit.write(0, halved(node)[:3])
        edit.write(3, np.zeros((4, 64, 80)))
    assert state(scene) == before


def test_an_aborted_second_edit_leaves_the_first(scene, a_sequence, its_proxy):
    edited(a_sequence, halved(a_sequence))
    before = state(scene)
    edit = InPlaceEdit(a_sequence).begin()
    edit.write(0, np.zeros((6, 64, 80), np.uint16))
    edit.abort()
    assert state(scene) == before
    assert is_denoised(a_sequence)


def test_unwritten_frames_are_noticed(a_sequence):
    with pytest.raises(ValueError, match="1 of 6 frames were not written"), InPlaceEdit(a_sequence) as edit:
        edit.write(1, halved(a_sequence)[1:])
        edit.finish(RECORD)
    assert not is_denoised(a_sequence)


def test_frames_that_changed_while_the_denoiser_ran_are_not_overwritten(a_sequence):
    from FluoroDenoiseLib.mrml import NodeTask

    task = NodeTask.prepare(a_sequence)
    slicer.util.arrayFromVolume(a_sequence.GetNthDataNode(3))[0, 5, 5] += 1
    with pytest.raises(SourceMismatch, match="edited during the run"):
        task.edit().begin()
    assert original_node(a_sequence) is None


@pytest.mark.parametrize("gone", ["removed", "closed"])
def test_a_node_that_is_gone_ends_the_edit_cleanly(scene, a_sequence, gone):
    result = halved(a_sequence)
    edit = InPlaceEdit(a_sequence).begin()
    edit.write(0, result[:2])
    scene.RemoveNode(a_sequence) if gone == "removed" else scene.Clear()
    with pytest.raises(Cancelled, match="cine was removed from the scene"):
        edit.write(2, result[2:])
    edit.abort()


def test_an_image_replaced_between_two_chunks_is_noticed_or_written_whole(a_sequence):
    """Views are taken anew: frames written after VTK replaced an image land in the new image, not in freed memory."""
    result = halved(a_sequence)
    edit = InPlaceEdit(a_sequence).begin()
    edit.write(0, result[:3])
    a_sequence.GetNthDataNode(4).SetAndObserveImageData(image(noisy()[4:5]))
    edit.write(3, result[3:])
    edit.finish(RECORD)
    assert np.array_equal(pixels(a_sequence), result)
