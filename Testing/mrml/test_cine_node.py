"""Every kind of node that holds frames becomes a Cine that means the same."""

from __future__ import annotations

import numpy as np
import pytest
import slicer
from mrml_scene import a_cine_of, browser_of, image, noisy, pixels, recorded_sequence, volume

from FluoroDenoiseLib.errors import UnsuitableCine
from FluoroDenoiseLib.mrml import cine_from_node, load

TYPES = (np.uint8, np.int16, np.uint16, np.float32)


@pytest.mark.parametrize("kind", TYPES)
def test_a_sequence_gives_back_the_cine_that_was_loaded(scene, kind):
    cine = a_cine_of(kind, pixel_spacing=(0.2, 0.3), window=(100.0, 50.0), traits=frozenset({"lossy"}), warnings=("Lossy.",))
    back = cine_from_node(load(cine, scene)[0])
    assert back.frames.dtype == kind
    assert np.array_equal(back.frames, cine.frames)
    assert back.frame_time == pytest.approx(cine.frame_time, abs=1e-4)
    for fact in ("intensity", "modality", "valid_range", "pixel_spacing", "window", "traits", "warnings", "inverted", "name"):
        assert getattr(back, fact) == getattr(cine, fact), fact


def test_the_range_of_the_stored_bits_and_the_shutter_survive(scene):
    covered = np.zeros((64, 80), bool)
    covered[:7] = covered[:, 70:] = True
    back = cine_from_node(load(a_cine_of(valid_range=(0, 1023), covered=covered), scene)[0])
    assert back.valid_range == (0, 1023)
    assert np.array_equal(back.covered, covered)


def test_what_is_remembered_holds_no_path(scene, tmp_path):
    sequence = load(a_cine_of(sources=(tmp_path / "patient-name.dcm",)), scene)[0]
    told = " ".join(sequence.GetAttribute(name) for name in sequence.GetAttributeNames())
    assert "patient-name" not in told


def test_a_proxy_stands_for_the_whole_sequence(a_sequence, its_proxy):
    assert np.array_equal(cine_from_node(its_proxy).frames, pixels(a_sequence))


@pytest.mark.parametrize("kind", TYPES)
def test_a_volume_gives_a_view_of_its_slices_without_a_copy(scene, kind):
    node = volume(scene, "frames", noisy(kind))
    cine = cine_from_node(node)
    assert np.shares_memory(cine.frames, slicer.util.arrayFromVolume(node))
    assert np.array_equal(cine.frames, noisy(kind))


def test_a_volume_that_does_not_say_what_it_is_counts_as_frames_in_time_and_says_so(scene):
    cine = cine_from_node(volume(scene, "frames", noisy()))
    assert "slices" not in cine.traits
    assert cine.warnings == ("frames does not say what it is: its 6 slices are taken as frames in time.",)


def test_a_volume_in_hounsfield_units_counts_as_ct_slices(scene):
    node = volume(scene, "chest", noisy(np.int16))
    units = slicer.vtkCodedEntry()
    units.SetValueSchemeMeaning("[hnsf'U]", "UCUM", "Hounsfield unit")
    node.SetVoxelValueUnits(units)
    cine = cine_from_node(node)
    assert (cine.modality, cine.intensity, cine.traits, cine.slice_spacing) == ("CT", "HU", frozenset({"slices"}), 2.0)


def test_the_modality_is_found_where_slicers_dicom_reader_puts_it(scene):
    node = volume(scene, "knee", noisy())
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
    hierarchy.SetItemAttribute(hierarchy.CreateItem(hierarchy.GetSceneItemID(), node), "DICOM.Modality", "MR")
    assert (cine_from_node(node).modality, cine_from_node(node).intensity) == ("MR", "MR")
    assert "slices" in cine_from_node(node).traits


@pytest.mark.parametrize("components", [3, 4])
def test_grey_stored_as_colour_is_read_as_grey_from_volumes_and_sequences(scene, components):
    colour = np.repeat(noisy(np.uint8)[..., None], components, axis=-1)
    colour[..., 3:] = 255
    assert np.array_equal(cine_from_node(volume(scene, "grey", colour)).frames, noisy(np.uint8))
    if components == 3:
        assert np.array_equal(cine_from_node(recorded_sequence(scene, "greys", colour)).frames, noisy(np.uint8))


def test_a_sequence_indexed_by_frame_has_no_frame_time(scene):
    assert cine_from_node(recorded_sequence(scene, "frames", noisy(), unit="")).frame_time is None


def test_uneven_times_are_read_as_increments(scene):
    increments = np.array([0, 0.1, 0.2, 0.1, 0.1, 0.5])
    back = cine_from_node(load(a_cine_of(frame_time=increments), scene)[0])
    assert back.frame_time == pytest.approx(increments)


def test_milliseconds_are_read_as_seconds(scene):
    sequence = recorded_sequence(scene, "cine", noisy(), unit="ms", step=40)
    assert cine_from_node(sequence).frame_time == pytest.approx(0.04)


def test_true_colour_is_refused(scene):
    colour = np.random.default_rng(0).integers(0, 255, (2, 8, 8, 3)).astype(np.uint8)
    with pytest.raises(UnsuitableCine, match="true colour"):
        cine_from_node(volume(scene, "photo", colour))


def test_items_of_different_sizes_are_refused(scene):
    sequence = recorded_sequence(scene, "cine", noisy())
    sequence.GetNthDataNode(2).SetAndObserveImageData(image(noisy()[:1, :-1]))
    with pytest.raises(UnsuitableCine, match="differ in size"):
        cine_from_node(sequence)


def test_a_sequence_of_whole_volumes_is_refused_with_a_way_out(scene):
    sequence = recorded_sequence(scene, "4-D", noisy())
    for t in range(6):
        sequence.GetNthDataNode(t).SetAndObserveImageData(image(noisy()[:3]))
    with pytest.raises(UnsuitableCine, match="3 slices; expected one frame per item. Denoise the volumes one by one"):
        cine_from_node(sequence)


def test_nodes_without_frames_are_refused(scene):
    empty = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "empty")
    with pytest.raises(UnsuitableCine, match="empty holds no pixels"):
        cine_from_node(empty)
    with pytest.raises(UnsuitableCine, match="holds no items"):
        cine_from_node(scene.AddNewNodeByClass("vtkMRMLSequenceNode", "nothing"))
    with pytest.raises(UnsuitableCine, match="expected a volume"):
        cine_from_node(scene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", "labels"))
    with pytest.raises(UnsuitableCine, match="expected a volume"):
        cine_from_node(scene.AddNewNodeByClass("vtkMRMLModelNode", "heart"))


def test_each_of_several_proxies_leads_to_the_sequence(scene, a_sequence, its_proxy):
    other = browser_of(scene, a_sequence).GetProxyNode(a_sequence)
    assert other.GetID() != its_proxy.GetID()
    assert np.array_equal(cine_from_node(other).frames, cine_from_node(its_proxy).frames)
