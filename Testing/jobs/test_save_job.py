"""The worker writes derived DICOM, from frames as a node holds them."""

from __future__ import annotations

from pathlib import Path

import make_dicom
import numpy as np
import pydicom
import pytest

from FluoroDenoiseLib.dicom import read_cine
from FluoroDenoiseLib.errors import OutputNotWritable, SourceMismatch
from FluoroDenoiseLib.jobs import Runner, files_job, save_job
from FluoroDenoiseLib.units import in_real_world

SAMPLE = Path(__file__).resolve().parents[2] / "FluoroDenoise" / "Resources" / "Sample" / "FluoroDenoise-sample.dcm"
RECORD = {"software": "FluoroDenoise 0.1.0", "model": "m", "model_sha256": "ab" * 32, "mode": "review", "strength": 1.0}


@pytest.fixture(scope="module")
def worker():
    with Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def sample():
    return read_cine(SAMPLE)


def saved(worker, cine, frames, path, sources=None) -> list[Path]:
    job = save_job.submit(worker, frames, cine.frames, sources or cine.sources, RECORD, path)
    assert job.wait(60)
    return job.result()


def test_a_derived_file_and_the_record_of_its_origin_are_written(worker, sample, tmp_path):
    (file,) = saved(worker, sample, sample.frames // 2, tmp_path / "clear.dcm")
    header = pydicom.dcmread(file)
    assert header.ImageType[0] == "DERIVED" and "model m" in header.DerivationDescription
    assert np.array_equal(read_cine(file).frames, sample.frames // 2)
    assert (tmp_path / "clear.dcm.provenance.json").is_file()


def test_nothing_is_overwritten_and_nothing_is_left_half(worker, sample, tmp_path):
    (tmp_path / "clear.dcm.provenance.json").write_text("mine")
    with pytest.raises(OutputNotWritable, match="exists already"):
        saved(worker, sample, sample.frames, tmp_path / "clear.dcm")
    assert [file.name for file in tmp_path.iterdir()] == ["clear.dcm.provenance.json"]


def test_frames_of_another_cine_are_refused(worker, sample, tmp_path):
    other = sample.with_frames(sample.frames[::-1])
    with pytest.raises(SourceMismatch, match="does not hold the frames"):
        saved(worker, other, sample.frames, tmp_path / "clear.dcm")
    assert not list(tmp_path.iterdir())


def test_hounsfield_units_are_turned_back_into_stored_values(worker, sample, tmp_path):
    header = pydicom.dcmread(SAMPLE)
    header.RescaleSlope, header.RescaleIntercept = 2, -100
    header.save_as(tmp_path / "ct.dcm")
    stored = read_cine(tmp_path / "ct.dcm")
    shown = in_real_world(stored)
    assert shown.frames.min() < 0
    (file,) = saved(worker, shown, shown.frames - 2, tmp_path / "clear.dcm")
    assert np.array_equal(read_cine(file).frames, np.maximum(stored.frames.astype(int) - 1, 0))


def test_a_header_that_cannot_be_written_again_does_not_cost_the_other_cines_of_a_series(worker, tmp_path):
    sources = [make_dicom.save(make_dicom.xa(InstanceNumber=number), tmp_path / f"{number}.dcm") for number in (1, 2)]
    sources[1].write_bytes(sources[1].read_bytes().replace(b"\x08\x00\x50\x00SH", b"\x08\x00\x50\x00Sn", 1))
    (tmp_path / "derived").mkdir()
    job = files_job.submit(worker, sources, tmp_path / "derived", "fluoroscopy", "live", "cpu", 1.0)
    assert job.wait(60)
    (written,), (sentence,) = job.result()
    assert written.parent == tmp_path / "derived" and "2.dcm is damaged" in sentence
