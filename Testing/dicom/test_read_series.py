"""Single-frame files: which belong together, in which order, as moments or as slices."""

from __future__ import annotations

import shutil

import make_dicom as make
import numpy as np
import pytest
from pydicom import dcmread
from pydicom.uid import (
    ComputedRadiographyImageStorage,
    CTImageStorage,
    EnhancedCTImageStorage,
    MRImageStorage,
    SecondaryCaptureImageStorage,
    XRayAngiographicImageStorage,
)

from FluoroDenoiseLib.dicom import read_cine, read_cines, survey
from FluoroDenoiseLib.errors import UnreadableInput


@pytest.mark.parametrize("kind", ["xa", "rf", "cr", "dx"])
def test_single_frames_of_one_series_are_a_cine_in_order_of_instance(tmp_path, kind):
    pixels = make.single_frames(*make.SERIES[kind], tmp_path)
    cine = read_cine(tmp_path)
    assert np.array_equal(cine.frames, pixels)
    assert [path.name for path in cine.sources] == ["4.dcm", "3.dcm", "2.dcm", "1.dcm"]
    assert "slices" not in cine.traits


def test_frames_without_instance_numbers_are_ordered_by_time(tmp_path):
    pixels = make.single_frames(XRayAngiographicImageStorage, "XA", tmp_path)
    for path in tmp_path.iterdir():
        header = dcmread(path)
        del header.InstanceNumber
        header.save_as(path)
    assert np.array_equal(read_cine(tmp_path).frames, pixels)


@pytest.mark.parametrize("kind", ["ct", "mr"])
def test_slices_are_frames_in_order_of_place(tmp_path, kind):
    pixels = make.slices(*make.SERIES[kind], [6.0, 0.0, 4.0, 2.0], tmp_path)
    cine = read_cine(tmp_path)
    assert np.array_equal(cine.frames, [pixels[index] for index in (1, 3, 2, 0)])
    assert (cine.traits, cine.slice_spacing, cine.pixel_spacing, cine.frame_time) == ({"slices"}, 2.0, (0.5, 0.6), None)
    assert cine.intensity == ("HU" if kind == "ct" else "MR")
    assert cine.rescale == (1.0, -1024.0)


def test_a_missing_slice_is_noticed(tmp_path):
    make.slices(CTImageStorage, "CT", [0.0, 2.0, 6.0, 8.0, 10.0], tmp_path)
    cine = read_cine(tmp_path)
    assert cine.slice_spacing == 2.0
    assert any("not evenly spaced" in sentence for sentence in cine.warnings)


def test_slices_with_different_rescale_become_hounsfield_units(tmp_path):
    pixels = make.slices(CTImageStorage, "CT", [0.0, 2.0], tmp_path)
    path = next(path for path in tmp_path.iterdir() if dcmread(path).InstanceNumber == 2)
    header = dcmread(path)
    header.RescaleSlope, header.RescaleIntercept = 2, -500
    header.save_as(path)
    cine = read_cine(tmp_path)
    assert cine.frames.dtype == np.float32
    assert np.array_equal(cine.frames, [pixels[0] - 1024.0, pixels[1] * 2.0 - 500])
    assert (cine.rescale, cine.valid_range) == ((1.0, 0.0), None)
    assert any("rescale" in sentence for sentence in cine.warnings)


def test_places_that_repeat_are_volumes_of_their_own(tmp_path):
    pixels = make.slices(MRImageStorage, "MR", [0.0, 3.0, 6.0, 0.0, 3.0, 6.0], tmp_path)
    first, second = sorted(read_cines(tmp_path), key=lambda cine: not np.array_equal(cine.frames[0], pixels[0]))
    assert np.array_equal(first.frames, pixels[:3])
    assert np.array_equal(second.frames, pixels[3:])


def test_frames_at_one_place_are_moments(tmp_path):
    pixels = make.slices(CTImageStorage, "CT", [5.0, 5.0, 5.0], tmp_path)
    cine = read_cine(tmp_path)
    assert np.array_equal(cine.frames, pixels)
    assert "slices" not in cine.traits


def test_slices_of_other_directions_and_localizers_stand_apart(tmp_path):
    make.slices(CTImageStorage, "CT", [0.0, 2.0, 4.0], tmp_path)
    paths = sorted(tmp_path.iterdir())
    for path, changes in zip(
        paths,
        ({"ImageOrientationPatient": [0, 1, 0, 0, 0, 1]}, {"ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"]}),
        strict=False,
    ):
        header = dcmread(path)
        make.change(header, **changes)
        header.save_as(path)
    cines = read_cines(tmp_path)
    assert [len(cine) for cine in cines] == [1, 1, 1]
    assert sorted(cine.intensity for cine in cines) == ["HU", "HU", "UNKNOWN"]


def test_the_planes_of_a_biplane_run_in_one_folder_are_two_cines(tmp_path):
    for plane in "AB":
        make.save(make.xa(ImageType=["ORIGINAL", "PRIMARY", f"BIPLANE {plane}"]), tmp_path / f"{plane}.dcm")
    assert [cine.plane for cine in read_cines(tmp_path)] == [0, 1]


def test_biplane_single_frames_of_one_series_are_two_cines(tmp_path):
    make.single_frames(XRayAngiographicImageStorage, "XA", tmp_path)
    for path in list(tmp_path.iterdir())[:2]:
        header = dcmread(path)
        header.ImageType = ["ORIGINAL", "PRIMARY", "BIPLANE B"]
        header.save_as(path)
    assert [len(cine) for cine in read_cines(tmp_path)] == [2, 2]


def test_enhanced_slices_are_ordered_by_place(saved):
    header = make.volume(EnhancedCTImageStorage, "CT", [4.0, 0.0, 2.0])
    cine = read_cine(saved(header))
    assert np.array_equal(cine.frames, make.noise(3)[[1, 2, 0]])
    assert (cine.traits, cine.slice_spacing, cine.intensity, cine.rescale) == ({"slices"}, 2.0, "HU", (1.0, -1024.0))


def test_several_stacks_in_one_file_are_named(saved):
    cine = read_cine(saved(make.volume(EnhancedCTImageStorage, "CT", [0.0, 0.0, 2.0, 2.0])))
    assert np.array_equal(cine.frames, make.noise(4)[[0, 2, 1, 3]])
    assert any("several stacks" in sentence for sentence in cine.warnings)


def test_a_volume_without_places_is_taken_as_slices_and_says_so(saved):
    header = make.volume(EnhancedCTImageStorage, "CT", [0.0, 2.0])
    del header.PerFrameFunctionalGroupsSequence
    cine = read_cine(saved(header))
    assert "slices" in cine.traits
    assert any("where its slices lie" in sentence for sentence in cine.warnings)


def test_a_folder_is_searched_whole_and_says_what_it_passed_over(tmp_path):
    make.save(make.xa(), tmp_path / "a.dcm")
    make.slices(CTImageStorage, "CT", [0.0, 2.0], tmp_path / "ct")
    np.save(tmp_path / "cine.npy", make.noise())
    (tmp_path / "ct" / "notes.txt").write_text("none")
    shutil.copy(tmp_path / "a.dcm", tmp_path / "b.dcm")
    (tmp_path / ".partial-1").mkdir()
    shutil.copy(tmp_path / "a.dcm", tmp_path / ".partial-1" / "c.dcm")
    found = survey(tmp_path)
    assert [cine.modality for cine in read_cines(tmp_path)] == ["XA", "", "CT"]
    assert len(found.found) == 3
    assert {path.name: "copy" in why for path, why in found.skipped.items()} == {"notes.txt": False, "b.dcm": True}


def test_of_two_copies_the_whole_one_is_read(tmp_path):
    whole = make.save(make.xa(), tmp_path / "b.dcm").read_bytes()
    (tmp_path / "a.dcm").write_bytes(whole[: len(whole) // 2])
    assert read_cine(tmp_path).sources == (tmp_path / "b.dcm",)
    assert survey(tmp_path).skipped == {tmp_path / "a.dcm": "a.dcm is a copy of b.dcm, but shorter."}


@pytest.mark.parametrize("kind", ["xa", "rf", "cr", "dx"])
def test_exposures_minutes_apart_are_not_moments_of_one_cine(tmp_path, kind):
    make.single_frames(*make.SERIES[kind], tmp_path)
    for name in ("1.dcm", "2.dcm"):  # the last two in time
        header = dcmread(tmp_path / name)
        header.AcquisitionTime = f"1015{int(header.InstanceNumber):02d}"
        header.save_as(tmp_path / name)
    assert [[path.name for path in cine.sources] for cine in read_cines(tmp_path)] == [["2.dcm", "1.dcm"], ["4.dcm", "3.dcm"]]


def test_single_captures_of_one_series_have_nothing_to_do_with_each_other(tmp_path):
    make.single_frames(SecondaryCaptureImageStorage, "OT", tmp_path)
    assert [len(cine) for cine in read_cines(tmp_path)] == [1, 1, 1, 1]


def test_captures_are_pictures_whatever_modality_they_name(tmp_path):
    make.single_frames(SecondaryCaptureImageStorage, "CT", tmp_path)
    cines = read_cines(tmp_path)
    assert [(len(cine), cine.intensity) for cine in cines] == [(1, "UNKNOWN")] * 4


def test_two_runs_that_both_count_from_one_do_not_alternate(tmp_path):
    for run in (1, 2):
        make.single_frames(XRayAngiographicImageStorage, "XA", tmp_path / str(run), AcquisitionNumber=run)
        for path in (tmp_path / str(run)).iterdir():
            header = dcmread(path)
            header.SeriesInstanceUID = "1.2"
            header.save_as(path)
    assert [{path.parent.name for path in cine.sources} for cine in read_cines(tmp_path)] == [{"1"}, {"2"}]


@pytest.mark.parametrize("numbers", [(None,) * 4, (1,) * 4, (1, 1, 2, 3)], ids=["none", "all one", "one twice"])
def test_frames_that_are_each_an_acquisition_are_one_cine(tmp_path, numbers):
    make.single_frames(XRayAngiographicImageStorage, "XA", tmp_path)
    for number, path in zip(numbers, sorted(tmp_path.iterdir()), strict=True):
        header = dcmread(path)
        header.InstanceNumber, header.AcquisitionNumber = number, int(path.stem)
        header.save_as(path)
    assert [len(cine) for cine in read_cines(tmp_path)] == [4]


def test_runs_that_count_from_one_in_one_acquisition_do_not_alternate(tmp_path):
    for run in (1, 2):
        make.single_frames(XRayAngiographicImageStorage, "XA", tmp_path / str(run))
        for path in (tmp_path / str(run)).iterdir():
            header = dcmread(path)
            header.SeriesInstanceUID, header.AcquisitionTime = "1.2", f"10{run}112.{header.InstanceNumber}00000"
            header.save_as(path)
    cines = read_cines(tmp_path)
    assert [[path.parent.name for path in cine.sources] for cine in cines] == [["1"] * 4, ["2"] * 4]
    assert [path.stem for path in cines[0].sources] == ["4", "3", "2", "1"]


def test_a_frame_that_cannot_be_read_leaves_a_gap_that_is_told(tmp_path):
    make.single_frames(XRayAngiographicImageStorage, "XA", tmp_path, make.noise(8))
    assert not any("Missing" in warning for warning in read_cine(tmp_path).warnings)
    (tmp_path / "5.dcm").write_bytes(b"")
    cine = read_cine(tmp_path)
    assert len(cine) == 7 and any("1 of 8 frames" in warning for warning in cine.warnings)


def test_frames_that_an_exporter_gave_one_name_are_no_copies(tmp_path):
    make.single_frames(XRayAngiographicImageStorage, "XA", tmp_path)
    for path in tmp_path.iterdir():
        header = dcmread(path)
        header.SOPInstanceUID = header.file_meta.MediaStorageSOPInstanceUID = "1.2.3"
        header.save_as(path)
    assert [len(cine) for cine in read_cines(tmp_path)] == [4]


def test_files_of_a_series_may_keep_different_numbers_of_bits(tmp_path):
    make.slices(CTImageStorage, "CT", [0.0, 2.0, 4.0], tmp_path)
    first = next(path for path in tmp_path.iterdir() if dcmread(path).ImagePositionPatient[2] == 0)
    header = dcmread(first)
    header.BitsStored, header.HighBit, header.PixelData = 8, 7, bytes(len(header.PixelData))
    header.save_as(first)
    assert read_cine(tmp_path).valid_range == (-2048, 2047)


def test_slices_know_where_they_lie(tmp_path):
    make.slices(CTImageStorage, "CT", [4.0, 0.0, 2.0], tmp_path)
    for path in tmp_path.iterdir():  # prone: the patient's right is on the other side
        header = dcmread(path)
        header.ImageOrientationPatient = [-1, 0, 0, 0, -1, 0]
        header.save_as(path)
    origin, directions = read_cine(tmp_path).placement
    np.testing.assert_allclose(origin, (0, 0, 0))
    np.testing.assert_allclose(directions, np.diag((-1, -1, 1)))


def test_radiographs_of_other_size_are_views_of_their_own(tmp_path):
    make.single_frames(ComputedRadiographyImageStorage, "CR", tmp_path)
    other = dcmread(tmp_path / "1.dcm")
    other.Rows, other.PixelData = 12, other.PixelData[: len(other.PixelData) // 2]
    other.save_as(tmp_path / "1.dcm")
    assert sorted(len(cine) for cine in read_cines(tmp_path)) == [1, 3]


def test_frames_of_different_sizes_are_no_cine(tmp_path):
    make.single_frames(XRayAngiographicImageStorage, "XA", tmp_path)
    other = dcmread(tmp_path / "1.dcm")
    other.Rows, other.PixelData = 12, other.PixelData[: len(other.PixelData) // 2]
    other.save_as(tmp_path / "1.dcm")
    with pytest.raises(UnreadableInput, match="12x32.*24x32.*one size"):
        read_cines(tmp_path)


def test_one_cine_is_not_chosen_out_of_several(tmp_path):
    for name in ("a.dcm", "b.dcm"):
        make.save(make.xa(), tmp_path / name)
    with pytest.raises(UnreadableInput, match="Found 2 cines"):
        read_cine(tmp_path)
