"""Cines come into the scene as Slicer's own readers put them there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import slicer
import vtk
from mrml_scene import a_cine_of, nodes, pixels, play, window
from pydicom import dcmread
from vtk.util.numpy_support import vtk_to_numpy

from FluoroDenoiseLib.dicom import read_cine
from FluoroDenoiseLib.mrml import cine_from_node, load


def as_slicer_reads(file: Path):
    """The image that Slicer's DICOMImageSequencePlugin gets from its reader (settings as there)."""
    reader = slicer.vtkITKArchetypeImageSeriesScalarReader()
    reader.SetArchetype(str(file))
    reader.AddFileName(str(file))
    reader.SetSingleFile(True)
    reader.SetOutputScalarTypeToNative()
    reader.SetDesiredCoordinateOrientationToNative()
    reader.SetUseNativeOriginOn()
    reader.SetDICOMImageIOApproachToGDCM()
    reader.Update()
    return reader.GetOutput()


def test_the_pixels_the_type_and_the_frame_time_are_those_that_slicers_reader_gives(scene, an_xa_file):
    sequence = load(read_cine(an_xa_file), scene)[0]
    slicers = as_slicer_reads(an_xa_file)
    frames = vtk_to_numpy(slicers.GetPointData().GetScalars()).reshape(slicers.GetDimensions()[::-1])
    assert pixels(sequence).dtype == frames.dtype
    assert np.array_equal(pixels(sequence), frames)
    seconds = slicers.GetSpacing()[2] * 0.001
    assert [sequence.GetNthIndexValue(t) for t in range(len(frames))] == [f"{t * seconds:.3f}" for t in range(len(frames))]
    assert (sequence.GetIndexName(), sequence.GetIndexUnit()) == ("time", "s")


def test_each_item_is_one_slice_turned_half_around_and_names_its_dicom_instance(scene, an_xa_file):
    sequence = load(read_cine(an_xa_file), scene)[0]
    uid = dcmread(an_xa_file, stop_before_pixels=True).SOPInstanceUID
    for t in range(sequence.GetNumberOfDataNodes()):
        item = sequence.GetNthDataNode(t)
        directions = vtk.vtkMatrix4x4()
        item.GetIJKToRASDirectionMatrix(directions)
        assert [directions.GetElement(k, k) for k in range(3)] == [-1, -1, 1]
        assert item.GetImageData().GetDimensions() == (80, 64, 1)
        assert item.GetOrigin() == (0, 0, 0)
        assert item.GetAttribute("DICOM.instanceUIDs") == uid


def test_a_browser_plays_the_cine_at_its_rate_through_a_proxy(scene, an_xa_file):
    sequence = load(read_cine(an_xa_file), scene)[0]
    browser = scene.GetFirstNodeByClass("vtkMRMLSequenceBrowserNode")
    assert browser.GetPlaybackRateFps() == pytest.approx(1000 / 66.7)
    assert browser.GetSaveChanges(sequence) == 0
    for item in play(browser):
        assert np.array_equal(pixels(browser.GetProxyNode(sequence)), pixels(sequence.GetNthDataNode(item)))


def test_the_dicom_window_is_applied_where_slicers_reader_leaves_it_out(scene, an_xa_file):
    sequence = load(read_cine(an_xa_file), scene)[0]
    proxy = scene.GetFirstNodeByClass("vtkMRMLSequenceBrowserNode").GetProxyNode(sequence)
    assert window(proxy) == (150, 90)
    assert not proxy.GetDisplayNode().GetAutoWindowLevel()


def test_a_window_in_real_world_values_is_shown_in_stored_ones(scene):
    sequence = load(a_cine_of(window=(100.0, 80.0), rescale=(2.0, -20.0)), scene)[0]
    assert window(scene.GetFirstNodeByClass("vtkMRMLSequenceBrowserNode").GetProxyNode(sequence)) == (40, 60)


def test_a_cine_without_a_window_is_shown_between_its_own_extremes(scene, its_proxy, a_sequence):
    shown, level = window(its_proxy)
    low, high = np.percentile(pixels(a_sequence), (1, 99))
    assert level - shown / 2 <= low < high <= level + shown / 2


def test_monochrome1_is_shown_inverted_and_known_as_inverted(scene):
    sequence = load(a_cine_of(inverted=True), scene)[0]
    proxy = scene.GetFirstNodeByClass("vtkMRMLSequenceBrowserNode").GetProxyNode(sequence)
    assert proxy.GetDisplayNode().GetColorNodeID() == "vtkMRMLColorTableNodeInvertedGrey"
    assert cine_from_node(sequence).inverted


def test_a_cine_without_times_is_indexed_by_frame_and_played_at_ten_per_second(scene):
    sequence = load(a_cine_of(frame_time=None), scene)[0]
    assert (sequence.GetIndexName(), sequence.GetIndexUnit()) == ("frame", "")
    assert [sequence.GetNthIndexValue(t) for t in range(3)] == ["0", "1", "2"]
    assert scene.GetFirstNodeByClass("vtkMRMLSequenceBrowserNode").GetPlaybackRateFps() == 10


def test_uneven_frame_times_become_index_values(scene):
    sequence = load(a_cine_of(frame_time=np.array([0, 0.1, 0.2, 0.1, 0.1, 0.5])), scene)[0]
    assert [sequence.GetNthIndexValue(t) for t in range(6)] == ["0.000", "0.100", "0.300", "0.400", "0.500", "1.000"]


def test_frames_closer_than_a_millisecond_still_have_times_of_their_own(scene):
    sequence = load(a_cine_of(frame_time=2e-4), scene)[0]
    assert len({sequence.GetNthIndexValue(t) for t in range(6)}) == 6
    assert cine_from_node(sequence).frame_time == pytest.approx(2e-4)


def test_the_two_planes_of_a_biplane_acquisition_share_a_browser(scene):
    planes = [a_cine_of(seed=plane, plane=plane) for plane in (0, 1)]
    first, second, alone = load([*planes, a_cine_of(seed=9)], scene)
    shared, own = nodes(scene, "vtkMRMLSequenceBrowserNode")
    assert [bool(shared.IsSynchronizedSequenceNode(each, True)) for each in (first, second, alone)] == [True, True, False]
    assert [bool(own.IsSynchronizedSequenceNode(each, True)) for each in (first, second, alone)] == [False, False, True]


def test_ct_becomes_a_volume_in_hounsfield_units_with_its_spacing(scene):
    frames = np.full((4, 5, 6), 1000, np.uint16) + np.arange(4, dtype=np.uint16)[:, None, None]
    cine = a_cine_of(modality="CT", intensity="HU", traits=frozenset({"slices"}), frame_time=None).with_frames(
        frames, rescale=(1.0, -1024.0), valid_range=(0, 4095), pixel_spacing=(0.7, 0.8), slice_spacing=2.5, window=(40.0, 400.0)
    )
    volume = load(cine, scene)[0]
    assert volume.IsA("vtkMRMLScalarVolumeNode")
    assert pixels(volume).dtype == np.int16
    assert np.array_equal(pixels(volume), frames.astype(int) - 1024)
    assert volume.GetSpacing() == (0.8, 0.7, 2.5)
    assert window(volume) == (400, 40)
    back = cine_from_node(volume)
    assert (back.intensity, back.rescale, back.traits) == ("HU", (1.0, 0.0), frozenset({"slices"}))
    assert back.valid_range == (-1024, 3071)
    assert (back.pixel_spacing, back.slice_spacing) == ((0.7, 0.8), 2.5)


def test_slices_lie_in_the_scene_as_they_do_in_the_patient(scene):
    """A prone patient: without this, Slicer's views would take right for left."""
    placed = np.array([10.0, -20.0, 30.0]), np.diag((-1.0, -1.0, 1.0))
    cine = a_cine_of(modality="CT", intensity="HU", traits=frozenset({"slices"}), frame_time=None)
    volume = load(replace(cine, pixel_spacing=(0.7, 0.8), slice_spacing=2.5, placement=placed), scene)[0]
    assert volume.GetOrigin() == (-10, 20, 30) and volume.GetSpacing() == (0.8, 0.7, 2.5)
    directions = np.zeros((3, 3))
    volume.GetIJKToRASDirections(directions)
    np.testing.assert_allclose(directions, np.diag((1, 1, 1)))


def test_the_real_low_dose_fluoroscopy_loads_as_slicers_reader_loads_it(scene, shared_data):
    file = shared_data / "xa-phantom-kragujevac" / "IM1.dcm"
    sequence = load(read_cine(file), scene)[0]
    slicers = as_slicer_reads(file)
    frames = vtk_to_numpy(slicers.GetPointData().GetScalars()).reshape(slicers.GetDimensions()[::-1])
    assert np.array_equal(pixels(sequence), frames)
    assert sequence.GetNthIndexValue(13) == f"{13 * slicers.GetSpacing()[2] * 0.001:.3f}"
