"""NIfTI, NRRD, MetaImage, TIFF and NumPy: read, refused, and written back in their own kind."""

from __future__ import annotations

import struct

import make_dicom as make
import numpy as np
import pytest
import SimpleITK

from FluoroDenoiseLib.dicom import read_cine, write_image, write_result
from FluoroDenoiseLib.dicom.cut_short import tiff_is_whole
from FluoroDenoiseLib.errors import OutputNotWritable, SourceMismatch, UnreadableInput

KINDS = [".nii", ".nii.gz", ".nrrd", ".mha", ".tif"]


def store(path, frames: np.ndarray, vector: bool = False):
    """Writes an image with a geometry of its own."""
    image = SimpleITK.GetImageFromArray(frames, isVector=vector)
    if image.GetDimension() == 3:
        image.SetSpacing((0.3, 0.4, 2.0))
        image.SetOrigin((5, -6, 7))
    SimpleITK.WriteImage(image, str(path))
    return path


@pytest.mark.parametrize("suffix", KINDS)
@pytest.mark.parametrize("kind", ["uint8", "uint16", "int16", "float32"])
def test_frames_and_geometry_survive_reading_and_writing(tmp_path, suffix, kind):
    frames = make.noise(bits=8).astype(kind)
    source = store(tmp_path / f"in{suffix}", frames)
    cine = read_cine(source)
    assert np.array_equal(cine.frames, frames)
    assert cine.frames.dtype == kind
    changed = cine.with_frames(cine.frames[:, ::-1].copy())
    written = write_result(changed, tmp_path / f"out{suffix}", original=cine)[0]
    back = SimpleITK.ReadImage(str(written))
    assert np.array_equal(SimpleITK.GetArrayFromImage(back), changed.frames)
    like = SimpleITK.ReadImage(str(source))
    assert back.GetSpacing() == pytest.approx(like.GetSpacing())
    assert back.GetOrigin() == pytest.approx(like.GetOrigin())


def test_numpy_arrays_are_read_and_written(tmp_path):
    frames = make.noise()
    np.save(tmp_path / "in.npy", frames)
    cine = read_cine(tmp_path / "in.npy")
    assert cine.frame_time is None
    written = write_image(cine, tmp_path / "out.npy", original=cine)
    assert np.array_equal(np.load(written[0]), frames)


def test_a_numpy_file_is_never_unpickled(tmp_path):
    np.save(tmp_path / "in.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(UnreadableInput, match="no array of numbers"):
        read_cine(tmp_path / "in.npy")


def test_one_image_is_one_frame(tmp_path):
    assert read_cine(store(tmp_path / "in.tif", make.noise(1)[0])).shape == (1, make.ROWS, make.COLUMNS)


def test_four_dimensions_are_read_where_one_is_empty(tmp_path):
    frames = make.noise()
    np.save(tmp_path / "in.npy", frames[:, None])
    cine = read_cine(tmp_path / "in.npy")
    assert np.array_equal(cine.frames, frames)
    assert np.load(write_image(cine, tmp_path / "out.npy")[0]).shape == (4, 1, make.ROWS, make.COLUMNS)


def test_several_volumes_in_one_file_are_refused(tmp_path):
    np.save(tmp_path / "in.npy", np.zeros((2, 3, 8, 8)))
    with pytest.raises(UnreadableInput, match="one grey-scale cine"):
        read_cine(tmp_path / "in.npy")


def test_grey_kept_as_colour_is_written_as_colour(tmp_path):
    frames = make.noise(3, 8)
    cine = read_cine(store(tmp_path / "in.nrrd", np.repeat(frames[..., None], 3, axis=-1), vector=True))
    assert np.array_equal(cine.frames, frames)
    written = SimpleITK.ReadImage(str(write_image(cine, tmp_path / "out.nrrd", original=cine)[0]))
    assert written.GetNumberOfComponentsPerPixel() == 3
    assert np.array_equal(SimpleITK.GetArrayFromImage(written)[..., 2], frames)


def test_true_colour_is_refused(tmp_path):
    with pytest.raises(UnreadableInput, match="in colour"):
        read_cine(store(tmp_path / "in.tif", make.noise(3, 8).reshape(make.ROWS, make.COLUMNS, 3), vector=True))


def test_a_sequence_saved_by_slicer_has_its_frames_as_components(tmp_path):
    frames = make.noise(6)
    source = store(tmp_path / "in.seq.nrrd", np.moveaxis(frames, 0, -1)[None], vector=True)
    cine = read_cine(source)
    assert np.array_equal(cine.frames, frames)
    written = SimpleITK.ReadImage(str(write_image(cine, tmp_path / "out.seq.nrrd", original=cine)[0]))
    assert np.array_equal(SimpleITK.GetArrayFromImage(written), SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(source))))


def test_a_volume_in_hounsfield_units_is_taken_as_ct_and_says_so(tmp_path):
    frames = (make.noise(bits=11).astype(np.int16)) - 1024
    cine = read_cine(store(tmp_path / "in.nii.gz", frames))
    assert (cine.intensity, cine.modality, cine.traits) == ("HU", "CT", {"slices"})
    assert cine.slice_spacing == pytest.approx(2.0)
    assert "look like Hounsfield" in cine.warnings[0]


@pytest.mark.parametrize("suffix", [*KINDS, ".npy"])
def test_damaged_files_are_refused_in_one_sentence(tmp_path, suffix, capfd):
    path = tmp_path / f"in{suffix}"
    path.write_bytes(b"not an image at all" * 9)
    with pytest.raises(UnreadableInput, match=f"in{suffix}") as caught:
        read_cine(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("array", [np.zeros(5), np.zeros((3, 8, 8), complex), np.zeros((3, 8, 8), bool)])
def test_arrays_that_are_no_frames_are_refused(tmp_path, array):
    np.save(tmp_path / "in.npy", array)
    with pytest.raises(UnreadableInput, match="expected numbers"):
        read_cine(tmp_path / "in.npy")


def test_the_source_is_never_overwritten(tmp_path):
    source = store(tmp_path / "in.nrrd", make.noise())
    before = source.read_bytes()
    with pytest.raises(OutputNotWritable, match="original itself"):
        write_image(read_cine(source), source, overwrite=True)
    assert source.read_bytes() == before


def test_a_source_edited_since_is_noticed(tmp_path):
    source = store(tmp_path / "in.nrrd", make.noise())
    cine = read_cine(source)
    store(source, make.noise(seed=4))
    with pytest.raises(SourceMismatch, match="no longer holds"):
        write_image(cine, tmp_path / "out.nrrd", original=cine)
    assert not (tmp_path / "out.nrrd").exists()


def test_another_kind_of_name_is_refused(tmp_path):
    cine = read_cine(store(tmp_path / "in.nrrd", make.noise()))
    with pytest.raises(OutputNotWritable, match=r"\.nrrd"):
        write_image(cine, tmp_path / "out.tif")


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz", ".nrrd", ".mha", ".tif"])
@pytest.mark.parametrize("packed", [False, True])
def test_a_file_cut_short_is_never_read_as_if_it_were_whole(tmp_path, suffix, packed):
    path = tmp_path / f"in{suffix}"
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(make.noise(6)), str(path), packed)
    assert read_cine(path).shape == (6, make.ROWS, make.COLUMNS)
    whole = path.read_bytes()
    for share in (0.2, 0.55, 0.9):
        path.write_bytes(whole[: int(share * len(whole))])
        with pytest.raises(UnreadableInput, match=f"in{suffix} "):
            read_cine(path)


@pytest.mark.parametrize("order", ["<", ">"])
def test_big_tiffs_are_followed_from_frame_to_frame(tmp_path, order):
    header = (b"II" if order == "<" else b"MM") + struct.pack(f"{order}HHHQ", 43, 8, 0, 16)
    first, last = (struct.pack(f"{order}Q20sQ", 1, bytes(20), following) for following in (16 + 36, 0))
    path = tmp_path / "in.tif"
    path.write_bytes(header + first + last)
    assert tiff_is_whole(path)
    path.write_bytes(header + first + last[:-1])
    assert not tiff_is_whole(path)
    path.write_bytes(header + first)
    assert not tiff_is_whole(path)
