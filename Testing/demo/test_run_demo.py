"""`make demo` from end to end on a small cine of the user's own: files, pictures and words are what they say they are."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import numpy as np
import pydicom
import pytest
import run_demo
from PIL import Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

XA = "1.2.840.10008.5.1.4.1.1.12.1"
FRAMES, ROWS, COLUMNS = 5, 96, 128


@pytest.fixture(scope="module")
def a_cine_file(tmp_path_factory) -> Path:
    """A small XA cine: a wire that moves over a shaded background, 40 quanta per pixel."""
    rng = np.random.default_rng(4)
    t, row, column = np.ogrid[:FRAMES, :ROWS, :COLUMNS]
    quanta = 40 + 0.3 * row - 12 * np.exp(-((column - 50 - 5 * t + 0.3 * row) ** 2) / 4)
    frames = (8 * rng.poisson(quanta)).astype(np.uint16)
    image = Dataset()
    image.file_meta = FileMetaDataset()
    image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    image.file_meta.MediaStorageSOPClassUID = image.SOPClassUID = XA
    image.file_meta.MediaStorageSOPInstanceUID = image.SOPInstanceUID = generate_uid(entropy_srcs=["demo"])
    image.Modality, image.SeriesNumber, image.InstanceNumber, image.ImageType = "XA", 1, 1, ["ORIGINAL", "PRIMARY"]
    image.StudyInstanceUID = generate_uid(entropy_srcs=["demo", "study"])
    image.SeriesInstanceUID = generate_uid(entropy_srcs=["demo", "series"])
    image.NumberOfFrames, image.Rows, image.Columns = frames.shape
    image.SamplesPerPixel, image.PhotometricInterpretation = 1, "MONOCHROME2"
    image.BitsAllocated, image.BitsStored, image.HighBit, image.PixelRepresentation = 16, 12, 11, 0
    image.FrameTime, image.FrameIncrementPointer = 66.7, 0x00181063
    image.PixelIntensityRelationship = "LIN"
    image.PixelData = frames.tobytes()
    file = tmp_path_factory.mktemp("demo") / "mine.dcm"
    image.save_as(file, enforce_file_format=True)
    return file


@pytest.fixture(scope="module")
def the_demo(a_cine_file):
    """Folder of results, words, and the source's hash before: of a run into the source's own folder, over older results."""
    if run_demo.missing_rendering():
        pytest.skip(run_demo.missing_rendering())
    out, words, source = a_cine_file.parent, [], hashlib.sha256(a_cine_file.read_bytes()).hexdigest()
    (out / "mine-denoised.dcm").write_text("of an earlier run")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("builtins.print", lambda *parts, sep=" ", **_: words.append(sep.join(map(str, parts))))
        assert run_demo.main([str(a_cine_file), "--out", str(out)]) == 0
    return out, "\n".join(words), source


def test_it_says_what_came_in_and_what_became_of_it(the_demo):
    words = the_demo[1]
    assert "mine.dcm: XA, 5 frames of 128x96 uint16, 15 frames per second" in words
    assert "In a Slicer scene as vtkMRMLScalarVolumeNode 'XA-1-1', played by 'XA-1-1 browser' (5 items)" in words
    for said in ("ms per frame", "Noise: ", "Edges kept: "):
        assert said in words
    for file in ("before-after-removed.png", "before-after.gif", "mine-denoised.dcm"):
        assert str(the_demo[0] / file) in words


def test_the_source_stays_as_it_was(the_demo, a_cine_file):
    assert hashlib.sha256(a_cine_file.read_bytes()).hexdigest() == the_demo[2]


def test_it_leaves_a_derived_dicom_file(the_demo, a_cine_file):
    source, derived = pydicom.dcmread(a_cine_file), pydicom.dcmread(the_demo[0] / "mine-denoised.dcm")
    assert derived.ImageType[0] == "DERIVED"
    assert derived.SOPInstanceUID != source.SOPInstanceUID
    assert derived.SourceImageSequence[0].ReferencedSOPInstanceUID == source.SOPInstanceUID
    assert derived.pixel_array.shape == source.pixel_array.shape
    assert not np.array_equal(derived.pixel_array, source.pixel_array)


def test_the_derived_file_holds_less_noise_than_the_source(the_demo, a_cine_file):
    files = (a_cine_file, the_demo[0] / "mine-denoised.dcm")
    before, after = (np.diff(pydicom.dcmread(file).pixel_array[:, :, 100:].astype(float)).std() for file in files)
    assert after < 0.7 * before


def test_the_picture_shows_before_after_and_removed_as_slicer_draws_them(the_demo, a_cine_file):
    sheet = np.asarray(Image.open(the_demo[0] / "before-after-removed.png").convert("L")).astype(float)
    assert sheet.shape[1] > 3 * 512
    panels = [sheet[120:400, left + 60 : left + 452] for left in (20, 544, 1068)]
    rough = [np.abs(np.diff(panel)).mean() for panel in panels]
    assert rough[1] < 0.7 * rough[0]
    assert abs(np.median(panels[2]) - 127.5) < 8
    assert not np.array_equal(panels[0], panels[1])


def test_the_movie_has_every_frame_and_plays_at_the_cines_rate(the_demo):
    movie = Image.open(the_demo[0] / "before-after.gif")
    assert movie.n_frames == FRAMES
    assert movie.info["duration"] == 70
    assert (the_demo[0] / "before-after.gif").stat().st_size < 5e6


def test_bad_input_is_told_in_one_sentence_and_leaves_nothing(tmp_path, capsys):
    (tmp_path / "notes.txt").write_text("no image")
    assert run_demo.main([str(tmp_path / "notes.txt"), "--out", str(tmp_path / "demo")]) == 3
    said = capsys.readouterr().err
    assert "notes.txt is not a DICOM file" in said
    assert "Traceback" not in said
    assert not (tmp_path / "demo").exists()


def test_libraries_that_do_not_work_together_are_told_of_too(monkeypatch, capsys, a_cine_file, tmp_path):
    from headless_slicer import HeadlessSlicer

    def no_view(*_):
        raise RuntimeError("no OpenGL for drawing off screen")

    monkeypatch.setattr(HeadlessSlicer, "slice_view", no_view)
    assert run_demo.main([str(a_cine_file), "--out", str(tmp_path / "demo")]) == 1
    assert "Slicer's views cannot draw here (no OpenGL" in capsys.readouterr().err
    assert not list((tmp_path / "demo").iterdir())


def test_missing_libraries_for_drawing_are_named_before_any_work(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr("ctypes.util.find_library", lambda _: None)
    monkeypatch.setattr(sys, "platform", "linux")
    assert run_demo.main(["--out", str(tmp_path / "demo")]) == 2
    assert "apt-get install libegl1 libgl1 libosmesa6" in capsys.readouterr().err
    assert not (tmp_path / "demo").exists()
