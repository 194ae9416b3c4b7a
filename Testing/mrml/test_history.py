"""The original stays in the scene, comes back bit for bit, and no edit of the user's is lost unasked."""

from __future__ import annotations

import numpy as np
import pytest
import slicer
from mrml_scene import Application, a_cine_of, browser_of, nodes, noisy, pixels, play, volume, window
from test_in_place import edited, halved

from FluoroDenoiseLib.errors import SourceMismatch
from FluoroDenoiseLib.mrml import denoise_node, is_denoised, load, original_node, restore_node
from FluoroDenoiseLib.mrml.history import free_orphans, remove_node

TYPES = (np.uint8, np.int16, np.uint16, np.float32)


def brush(sequence) -> None:
    """The user paints a pixel of one frame."""
    slicer.util.arrayFromVolume(sequence.GetNthDataNode(3))[0, 10, 10] += 7


@pytest.mark.parametrize("kind", TYPES)
def test_a_restored_sequence_is_the_original_bit_for_bit(scene, kind):
    sequence = load(a_cine_of(kind), scene)[0]
    before = pixels(sequence)
    edited(sequence, halved(sequence))
    assert not np.array_equal(pixels(sequence), before)
    restore_node(sequence)
    assert pixels(sequence).tobytes() == before.tobytes()
    assert not is_denoised(sequence)
    assert original_node(sequence) is None


@pytest.mark.parametrize("components", [1, 3])
def test_a_restored_volume_is_the_original_bit_for_bit(scene, components):
    grey = noisy(np.uint8)
    node = volume(scene, "frames", grey if components == 1 else np.repeat(grey[..., None], components, axis=-1))
    before = pixels(node)
    edited(node, halved(node) if components == 1 else grey // 2)
    restore_node(node)
    assert pixels(node).tobytes() == before.tobytes()


def test_restoring_through_a_proxy_leaves_only_the_nodes_that_were_there(scene, a_sequence, its_browser, its_proxy):
    browser_of(scene, a_sequence)
    before = [node.GetID() for node in nodes(scene, "vtkMRMLNode")]
    edited(its_proxy, halved(a_sequence))
    restore_node(its_proxy)
    assert [node.GetID() for node in nodes(scene, "vtkMRMLNode")] == before
    for item in play(its_browser):
        assert np.array_equal(pixels(its_proxy), pixels(a_sequence.GetNthDataNode(item)))


def test_there_is_nothing_to_restore_in_an_original(a_sequence):
    with pytest.raises(SourceMismatch, match="holds its original frames already"):
        restore_node(a_sequence)


def test_denoising_again_starts_from_the_original(a_sequence, denoiser):
    before = pixels(a_sequence)
    denoise_node(a_sequence, denoiser)
    once = pixels(a_sequence)
    denoise_node(a_sequence, denoiser, strength=0.5)
    denoise_node(a_sequence, denoiser)
    assert np.array_equal(pixels(a_sequence), once)
    assert np.array_equal(pixels(original_node(a_sequence)), before)
    assert len(nodes(a_sequence.GetScene(), "vtkMRMLSequenceNode")) == 2
    restore_node(a_sequence)
    assert np.array_equal(pixels(a_sequence), before)


def test_an_edit_after_denoising_is_not_lost_unasked(a_sequence, its_proxy, denoiser):
    denoise_node(a_sequence, denoiser)
    brush(a_sequence)
    held = pixels(a_sequence)
    with pytest.raises(SourceMismatch, match="edited after it was denoised"):
        restore_node(a_sequence)
    with pytest.raises(SourceMismatch, match="keep the edited frames as a copy, or to discard them"):
        denoise_node(its_proxy, denoiser)
    assert np.array_equal(pixels(a_sequence), held)


def test_an_edit_can_be_kept_as_a_visible_copy_that_plays_in_step(scene, a_sequence, its_browser, its_proxy, denoiser):
    before = pixels(a_sequence)
    denoise_node(a_sequence, denoiser)
    brush(a_sequence)
    held = pixels(a_sequence)
    restore_node(a_sequence, edits="keep")
    copy = next(node for node in nodes(scene, "vtkMRMLSequenceNode") if node.GetName() == "cine (edited)")
    assert np.array_equal(pixels(copy), held)
    assert not copy.GetHideFromEditors()
    assert its_browser.IsSynchronizedSequenceNode(copy, True)
    assert not is_denoised(copy)
    assert np.array_equal(pixels(a_sequence), before)


def test_an_edit_can_be_discarded(scene, a_sequence, denoiser):
    denoise_node(a_sequence, denoiser)
    once = pixels(a_sequence)
    brush(a_sequence)
    denoise_node(a_sequence, denoiser, edits="discard")
    assert np.array_equal(pixels(a_sequence), once)
    assert len(nodes(scene, "vtkMRMLSequenceNode")) == 2


def test_an_edited_volume_can_be_kept_as_a_copy(scene):
    node = volume(scene, "frames", noisy())
    edited(node, halved(node))
    slicer.util.arrayFromVolume(node)[2, 3, 4] = 999
    held = pixels(node)
    restore_node(node, edits="keep")
    assert np.array_equal(pixels(scene.GetFirstNodeByName("frames (edited)")), held)
    assert np.array_equal(pixels(node), noisy())


def test_a_missing_original_is_said_and_the_result_stays(scene, a_sequence, denoiser):
    denoise_node(a_sequence, denoiser)
    once = pixels(a_sequence)
    scene.RemoveNode(original_node(a_sequence))
    for again in (lambda: restore_node(a_sequence), lambda: denoise_node(a_sequence, denoiser)):
        with pytest.raises(SourceMismatch, match="The original of cine was removed from the scene"):
            again()
    assert np.array_equal(pixels(a_sequence), once)


def test_the_original_of_a_removed_node_comes_out_of_hiding(scene, a_sequence, its_browser, its_proxy, denoiser):
    before = pixels(a_sequence)
    denoise_node(a_sequence, denoiser)
    original = original_node(a_sequence)
    assert free_orphans(scene) == [] and original.GetHideFromEditors()
    remove_node(a_sequence)
    assert free_orphans(scene) == ["cine (original)"] and not original.GetHideFromEditors()
    assert np.array_equal(pixels(original), before)
    assert not its_browser.GetProxyNode(original).GetHideFromEditors()
    denoise_node(original, denoiser)
    assert is_denoised(original) and np.array_equal(pixels(original_node(original)), before)


def test_an_original_that_came_out_of_hiding_is_saved_anew(app, scene, a_sequence, denoiser, tmp_path):
    """The folder in which Slicer saves hidden nodes is removed with the next save."""
    denoise_node(a_sequence, denoiser)
    app.save_everything(tmp_path)
    original = original_node(a_sequence)
    remove_node(a_sequence)
    free_orphans(scene)
    assert not original.GetNthStorageNode(0) or not original.GetNthStorageNode(0).GetFileName()
    assert original.GetModifiedSinceRead()


def test_a_clone_shares_the_original_and_keeps_it_when_the_other_is_restored(scene, denoiser):
    node = volume(scene, "stack", noisy())
    before = pixels(node)
    denoise_node(node, denoiser)
    clone = scene.AddNewNodeByClass(node.GetClassName(), "clone")
    clone.CopyWithScene(node)
    for one in (clone, node):
        restore_node(one)
        assert np.array_equal(pixels(one), before)
    assert len(nodes(scene, "vtkMRMLVolumeNode")) == 2


def test_an_original_that_was_changed_is_not_given_out_as_the_original(a_sequence, denoiser):
    denoise_node(a_sequence, denoiser)
    brush(original_node(a_sequence))
    with pytest.raises(SourceMismatch, match="original kept for cine was changed"):
        restore_node(a_sequence, edits="discard")


def test_a_kept_original_is_not_denoised_itself(a_sequence, its_proxy, denoiser):
    denoise_node(a_sequence, denoiser)
    for original in (original_node(a_sequence), original_node(its_proxy)):
        with pytest.raises(SourceMismatch, match="cine \\(original\\) is the kept original"):
            denoise_node(original, denoiser)


@pytest.mark.parametrize(("kind", "bundle"), [*((kind, True) for kind in TYPES), (np.uint16, False)])
def test_saving_and_reloading_keeps_everything(app, scene, denoiser, tmp_path, kind, bundle):
    sequence = load(a_cine_of(kind, window=(90.0, 120.0)), scene)[0]
    frames = volume(scene, "frames", noisy(kind))
    proxy = scene.GetFirstNodeByClass("vtkMRMLSequenceBrowserNode").GetProxyNode(sequence)
    before, before_frames = pixels(sequence), pixels(frames)
    for node in (sequence, frames):
        denoise_node(node, denoiser)
    after, record = pixels(sequence), sequence.GetAttribute("FluoroDenoise.record")
    shown = window(proxy), window(frames)
    if bundle:
        app.save_bundle(tmp_path / "case.mrb")
    else:
        app.save_everything(tmp_path)

    reopened = Application()
    reopened.open(tmp_path / ("case.mrb" if bundle else "scene.mrml"))
    sequence = next(node for node in nodes(reopened.scene, "vtkMRMLSequenceNode") if node.GetName() == "cine")
    frames = next(node for node in nodes(reopened.scene, "vtkMRMLVolumeNode") if node.GetName() == "frames")
    browser = reopened.scene.GetFirstNodeByClass("vtkMRMLSequenceBrowserNode")
    proxy = browser.GetProxyNode(sequence)
    assert np.array([window(proxy), window(frames)]) == pytest.approx(np.array(shown), rel=1e-5)  # MRML writes six digits
    assert sequence.GetAttribute("FluoroDenoise.record") == record
    assert original_node(proxy).GetHideFromEditors()
    for item in play(browser):
        assert np.array_equal(pixels(proxy)[0], after[item])
        assert np.array_equal(pixels(original_node(proxy))[0], before[item])
        assert window(proxy) == shown[0]
    restore_node(proxy)
    restore_node(frames)
    assert pixels(sequence).tobytes() == before.tobytes()
    assert pixels(frames).tobytes() == before_frames.tobytes()


def test_a_scene_imported_into_another_keeps_each_original_with_its_own_node(app, denoiser, tmp_path):
    """Ids change on import; references are to follow."""
    sequence = load(a_cine_of(seed=1), app.scene)[0]
    before = pixels(sequence)
    denoise_node(sequence, denoiser)
    app.save_bundle(tmp_path / "case.mrb")

    other = Application()
    mine = load(a_cine_of(seed=2), other.scene)[0]
    mine_before = pixels(mine)
    denoise_node(mine, denoiser)
    other.open(tmp_path / "case.mrb")
    theirs = next(
        node for node in nodes(other.scene, "vtkMRMLSequenceNode") if is_denoised(node) and node.GetID() != mine.GetID()
    )
    for node, original in ((mine, mine_before), (theirs, before)):
        restore_node(node)
        assert np.array_equal(pixels(node), original)


def test_closing_the_scene_lets_go_of_everything(scene, a_sequence, denoiser):
    denoise_node(a_sequence, denoiser)
    scene.Clear()
    assert not nodes(scene, "vtkMRMLSequenceNode")
    assert not nodes(scene, "vtkMRMLVolumeNode")
