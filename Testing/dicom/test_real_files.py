"""Files made by others: the real recordings, and every file that pydicom keeps because something about it is odd."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.data import get_testdata_file, get_testdata_files
from pydicom.encaps import encapsulate, generate_frames

from FluoroDenoiseLib.dicom import read_cine, read_cines, write_derived
from FluoroDenoiseLib.errors import OutputNotWritable, UnreadableInput


@pytest.mark.parametrize(
    ("name", "count", "intensity", "term"),
    [("IM1.dcm", 14, "DISP", "strength"), ("IM5.dcm", 16, "DISP", "DRM"), ("IM6.dcm", 9, "DISP", "DRM")],
)
def test_real_recordings_tell_what_they_are(shared_data, name, count, intensity, term):
    cine = read_cine(shared_data / "xa-phantom-kragujevac" / name)
    assert cine.shape == (count, 512, 512)
    assert cine.frames.dtype == np.uint8
    assert cine.frame_time == pytest.approx(1 / 15, rel=1e-3)
    assert (cine.modality, cine.intensity) == ("XA", intensity)
    assert cine.traits == {"vendor LUT", "edge enhanced", "shutter"}
    assert term in " ".join(cine.warnings)


def test_the_shutter_of_a_real_recording_lies_on_its_dark_border(shared_data):
    cine = read_cine(shared_data / "xa-phantom-kragujevac" / "IM5.dcm")
    assert cine.frames[:, cine.covered].mean() < 0.25 * cine.frames[:, ~cine.covered].mean()


def test_a_folder_of_real_recordings_is_read_whole(shared_data):
    cines = read_cines(shared_data / "xa-phantom-kragujevac")
    assert [len(cine) for cine in cines] == [14, 16, 9]


def test_a_real_movie_and_a_real_ct_are_read(shared_data):
    movie = read_cine(shared_data / "xray-meltpool-epfl" / "wall1_H5_first130.tif")
    assert movie.shape == (130, 120, 400)
    assert movie.frames.dtype == np.uint16
    volume = read_cine(shared_data / "ct" / "heart-kidneys-c3l00189.nii.gz")
    assert (volume.intensity, volume.traits, volume.slice_spacing) == ("HU", {"slices"}, 5.0)


def corpus() -> list[Path]:
    """pydicom's own test files, and those of the package pydicom-data, as far as they are installed."""
    files = {Path(name) for name in get_testdata_files()}
    try:
        import data_store
    except ImportError:
        pass
    else:
        files |= set((Path(data_store.__file__).parent / "data").rglob("*"))
    return sorted(file for file in files if file.is_file())


READABLE, REFUSED = 70, 100


def test_every_odd_file_is_read_or_refused_in_one_sentence_and_its_derived_file_reopens(tmp_path, record, capfd):
    read = refused = 0
    for path in corpus():
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                cine = read_cine(path)
            except UnreadableInput as error:
                assert path.name in str(error)
                assert "\n" not in str(error)
                refused += 1
                continue
            derived = write_derived(
                cine.with_frames(cine.frames, record=record), tmp_path / "derived.dcm", original=cine, overwrite=True
            )
        check_derived(cine, derived[0])
        read += 1
    assert "Traceback" not in capfd.readouterr().err
    assert read >= READABLE
    assert refused >= REFUSED


def check_derived(cine, path: Path) -> None:
    back, header = read_cine(path), dcmread(path)
    assert np.array_equal(back.frames, cine.frames), cine.sources
    assert back.traits == cine.traits, cine.sources
    assert header.ImageType[0] == "DERIVED"
    assert ("lossy" in cine.traits) == (header.get("LossyImageCompression") == "01"), cine.sources
    assert header.DerivationDescription if "PerFrameFunctionalGroupsSequence" not in header else True
    assert header.ContributingEquipmentSequence


def test_lossy_jpeg_of_12_bits_is_decoded_in_a_cine_too(tmp_path):
    source = Path(get_testdata_file("JPEG-lossy.dcm", download=False))
    alone = read_cine(source).frames
    assert (alone[0, 420, 140], alone[0, 230, 120]) == (244, 95)  # as pydicom's own tests have it from another decoder
    header = dcmread(source)
    header.NumberOfFrames = 3
    header.PixelData = encapsulate([next(generate_frames(header.PixelData, number_of_frames=1))] * 3)
    header.save_as(tmp_path / "cine.dcm")
    assert np.array_equal(read_cine(tmp_path / "cine.dcm").frames, np.repeat(alone, 3, axis=0))


def test_whole_folders_of_the_corpus_are_grouped_and_derived(tmp_path, record):
    folders = {path.parent for path in corpus() if path.parent.name in ("CT2", "CT5N")}
    if not folders:
        pytest.skip("pydicom's folder of studies is absent")
    for folder in folders:
        cine = read_cine(folder)
        assert len(cine) == len(list(folder.iterdir()))
        with pytest.raises(OutputNotWritable):
            write_derived(cine, folder)
        write_derived(cine.with_frames(cine.frames, record=record), tmp_path / folder.name, original=cine)
        assert np.array_equal(read_cine(tmp_path / folder.name).frames, cine.frames)
