"""The whole path on real nodes: read, denoise with the bundled network, write in place; or leave everything as it was."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import slicer
from mrml_scene import a_cine_of, noisy, pixels, play, recorded_sequence, state, volume

from FluoroDenoiseLib import Cine
from FluoroDenoiseLib.dicom import read_cine
from FluoroDenoiseLib.errors import Cancelled, SourceMismatch, UnsuitableCine
from FluoroDenoiseLib.mrml import (
    NodeTask,
    cine_from_node,
    denoise_node,
    is_denoised,
    load,
    original_node,
    planes_of,
    restore_node,
)

TYPES = (np.uint8, np.int16, np.uint16, np.float32)


@pytest.mark.parametrize("kind", TYPES)
def test_a_sequence_holds_what_the_denoiser_makes_of_the_cine(scene, denoiser, kind):
    cine = a_cine_of(kind)
    sequence = load(cine, scene)[0]
    denoise_node(sequence, denoiser)
    assert np.array_equal(pixels(sequence), denoiser.denoise(cine).frames)
    assert pixels(sequence).std() < cine.frames.std()


def test_a_volume_of_frames_gives_the_same_as_a_sequence_of_them(scene, denoiser):
    frames = volume(scene, "frames", noisy())
    sequence = recorded_sequence(scene, "cine", noisy())
    for node in (frames, sequence):
        denoise_node(node, denoiser)
    assert np.array_equal(pixels(frames), pixels(sequence))


def test_grey_stored_as_colour_is_denoised_as_grey(scene, denoiser):
    frames = volume(scene, "frames", noisy(np.uint8))
    colour = recorded_sequence(scene, "video", np.repeat(noisy(np.uint8)[..., None], 3, axis=-1))
    for node in (frames, colour):
        denoise_node(node, denoiser)
    assert all(np.array_equal(pixels(colour)[..., k], pixels(frames)) for k in range(3))


def test_ct_slices_are_denoised_in_hounsfield_units(scene, denoiser):
    stored = np.random.default_rng(0).normal(1024, 40, (5, 64, 80)).astype(np.uint16)
    ct = {"modality": "CT", "intensity": "HU", "rescale": (1.0, -1024.0), "valid_range": (0, 4095)}
    node = load(Cine(stored, traits=frozenset({"slices"}), name="chest", **ct), scene)[0]
    before, cine = pixels(node), cine_from_node(node)
    expected = denoiser.denoise(replace(cine, frames=before)).frames
    denoise_node(node, denoiser)
    assert pixels(node).dtype == np.int16
    assert np.array_equal(pixels(node), expected)
    restore_node(node)
    assert np.array_equal(pixels(node), before)


def test_playing_shows_less_noise_than_the_original_at_each_step(a_sequence, its_browser, its_proxy, denoiser):
    assert denoise_node(its_proxy, denoiser) == [its_proxy]
    for _ in play(its_browser):
        rough = [np.diff(pixels(node)[0].astype(float)).std() for node in (its_proxy, original_node(its_proxy))]
        assert rough[0] < rough[1]


def test_progress_counts_the_frames(a_sequence, denoiser):
    seen = []
    denoise_node(a_sequence, denoiser, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(t, 6) for t in range(1, 7)]


def test_strength_nothing_changes_nothing_but_the_record(a_sequence, denoiser):
    before = pixels(a_sequence)
    denoise_node(a_sequence, denoiser, strength=0.0)
    assert np.array_equal(pixels(a_sequence), before)
    assert is_denoised(a_sequence)


def test_a_cancelled_run_leaves_no_trace(scene, a_sequence, denoiser):
    before = state(scene)
    done = []
    with pytest.raises(Cancelled, match="Cancelled after 3 of 6 frames"):
        denoise_node(a_sequence, denoiser, progress=lambda *count: done.append(count), cancel=lambda: len(done) == 3)
    assert state(scene) == before


def test_a_failed_run_leaves_no_trace(scene, denoiser):
    sequence = load(a_cine_of(np.float32).with_frames(np.full((6, 64, 80), np.nan, np.float32), window=(1.0, 1.0)), scene)[0]
    before = state(scene)
    with pytest.raises(UnsuitableCine):
        denoise_node(sequence, denoiser)
    assert state(scene) == before


@pytest.mark.parametrize("which", ["the sequence", "the proxy", "the scene"])
def test_what_disappears_during_a_run_ends_it_cleanly(scene, a_sequence, its_proxy, denoiser, which):
    def disappear(done, total):
        if done == 2:
            scene.Clear() if which == "the scene" else scene.RemoveNode(a_sequence if which == "the sequence" else its_proxy)

    with pytest.raises(Cancelled, match="cine was removed from the scene during the run; nothing was written"):
        denoise_node(its_proxy, denoiser, progress=disappear)
    assert not is_denoised(a_sequence)


def test_a_volume_that_disappears_during_a_run_ends_it_cleanly(scene, denoiser):
    """The denoiser reads the volume's own memory: it must outlive the node."""
    node = volume(scene, "frames", noisy())
    with pytest.raises(Cancelled, match="frames was removed from the scene during the run"):
        denoise_node(node, denoiser, progress=lambda done, total: done == 2 and scene.RemoveNode(node))


def test_a_volume_edited_during_a_run_keeps_the_edit(scene, denoiser):
    node = volume(scene, "frames", noisy())

    def brush(done, total):
        slicer.util.arrayFromVolume(node)[0, 9, 9] = 999

    with pytest.raises(SourceMismatch, match="frames was edited during the run; nothing was written"):
        denoise_node(node, denoiser, progress=brush)
    assert pixels(node)[0, 9, 9] == 999
    assert not is_denoised(node)


class TestBiplane:
    @pytest.fixture
    def planes(self, scene):
        return load([a_cine_of(seed=plane, plane=plane) for plane in (0, 1)], scene)

    @pytest.fixture
    def browser(self, scene, planes):
        return scene.GetFirstNodeByClass("vtkMRMLSequenceBrowserNode")

    def test_both_planes_are_denoised_when_asked(self, planes, browser, denoiser):
        proxies = [browser.GetProxyNode(plane) for plane in planes]
        seen = []
        done = denoise_node(proxies[0], denoiser, both_planes=True, progress=lambda *count: seen.append(count))
        assert done == proxies
        assert seen == [(t, 12) for t in range(1, 13)]
        for seed, plane in enumerate(planes):
            assert np.array_equal(pixels(plane), denoiser.denoise(a_cine_of(seed=seed)).frames)

    def test_one_plane_is_denoised_when_not_asked(self, planes, denoiser):
        other = pixels(planes[0])
        denoise_node(planes[1], denoiser)
        assert np.array_equal(pixels(planes[0]), other)
        assert not is_denoised(planes[0])

    def test_before_and_after_of_both_planes_play_in_step(self, planes, browser, denoiser):
        before = [pixels(plane) for plane in planes]
        denoise_node(planes[0], denoiser, both_planes=True)
        for item in play(browser):
            for plane, frames in zip(planes, before, strict=True):
                proxy = browser.GetProxyNode(plane)
                assert np.array_equal(pixels(original_node(proxy))[0], frames[item])
                assert np.array_equal(pixels(proxy)[0], pixels(plane)[item])

    def test_originals_and_other_things_in_the_browser_are_no_planes(self, scene, planes, browser, denoiser):
        denoise_node(planes[0], denoiser)
        markups = scene.AddNewNodeByClass("vtkMRMLSequenceNode", "tips")
        markups.SetDataNodeAtValue(slicer.vtkMRMLMarkupsFiducialNode(), "0.000")
        browser.AddSynchronizedSequenceNode(markups)
        assert planes_of(planes[1]) == [planes[1], planes[0]]

    def test_an_error_in_the_second_plane_leaves_the_first_as_it_was(self, scene, planes, denoiser):
        for t in range(6):
            slicer.util.arrayFromVolume(planes[1].GetNthDataNode(t))[:] = 5
        before = state(scene)
        with pytest.raises(UnsuitableCine):
            denoise_node(planes[0], denoiser, both_planes=True)
        assert state(scene) == before

    def test_an_error_while_writing_the_second_takes_back_the_first(self, scene, planes, denoiser, monkeypatch):
        before = state(scene)
        whole = NodeTask.edit

        def edit_of_a_node_that_shrinks(task):
            edit = whole(task)
            if task.node is planes[1]:
                monkeypatch.setattr(edit, "write", lambda *_: (_ for _ in ()).throw(MemoryError()))
            return edit

        monkeypatch.setattr(NodeTask, "edit", edit_of_a_node_that_shrinks)
        with pytest.raises(MemoryError):
            denoise_node(planes[0], denoiser, both_planes=True)
        assert state(scene) == before


@pytest.mark.slow
def test_the_real_low_dose_fluoroscopy_is_denoised_and_restored(scene, shared_data, denoiser):
    cine = read_cine(shared_data / "xa-phantom-kragujevac" / "IM1.dcm")
    sequence = load(cine, scene)[0]
    denoise_node(sequence, denoiser)
    assert np.array_equal(pixels(sequence), denoiser.denoise(cine).frames)
    restore_node(sequence)
    assert np.array_equal(pixels(sequence), cine.frames)
