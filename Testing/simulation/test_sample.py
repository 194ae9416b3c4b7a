from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest

from FluoroDenoiseLib.dicom import read_cine
from FluoroDenoiseLib.simulation import Settings, Vendor, View, simulate
from Training.sample_file import write_sample

SAMPLE = Path(__file__).resolve().parents[2] / "FluoroDenoise" / "Resources" / "Sample" / "FluoroDenoise-sample.dcm"


@pytest.fixture(scope="module")
def sample():
    return read_cine(SAMPLE)


def test_the_sample_is_small_enough_to_ship():
    assert SAMPLE.stat().st_size < 8e6


def test_the_sample_reads_as_a_low_dose_cine(sample):
    assert sample.shape == (24, 512, 512) and sample.modality == "XA" and sample.intensity == "LOG"
    assert sample.frame_time == pytest.approx(1 / 15, rel=1e-3) and sample.valid_range == (0, 1023)


def test_the_sample_is_noisy_and_moves(sample):
    frames = sample.frames.astype(np.float32)
    flat = frames[:, 60:90, 60:90]
    assert np.diff(flat, axis=0).std() / np.sqrt(2) > 8  # quantum noise
    smooth = pytest.importorskip("cv2").blur
    moved = smooth(frames[2], (9, 9)) - smooth(frames[8], (9, 9))
    assert np.abs(moved[100:400, 150:400]).max() > 60  # contrast agent and heart


def test_the_sample_says_everywhere_that_it_is_simulated():
    header = pydicom.dcmread(SAMPLE, stop_before_pixels=True)
    assert str(header.PatientName) == "FluoroDenoise^Simulated"
    for keyword in ("SeriesDescription", "ImageComments", "DerivationDescription", "StudyDescription"):
        assert "simulated" in header[keyword].value.lower(), keyword
    assert header.ImageType[0] == "DERIVED" and "LIDC-IDRI" in header.DerivationDescription


def test_the_source_and_its_licence_stand_beside_the_sample():
    text = (SAMPLE.parent / "README.md").read_text(encoding="utf-8")
    assert "LIDC-IDRI" in text and "Creative Commons Attribution" in text and "10.7937/K9/TCIA.2015.LO9QL9SX" in text


@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="dciodvfy (Debian package dicom3tools) is not installed")
def test_the_sample_obeys_the_standard():
    checked = subprocess.run(["dciodvfy", str(SAMPLE)], capture_output=True, text=True)
    assert checked.returncode == 0 and "Error" not in checked.stderr and "Warning" not in checked.stderr


def test_what_the_recipe_writes_reads_back_pixel_by_pixel(scene_of, wedge, tmp_path):
    settings = replace(Settings(), vendor=Vendor("LOG", 10))
    made = simulate(scene_of(organs=wedge), replace(settings, beam=replace(settings.beam, border=(4, 4, 4, 4))), 0)
    size = write_sample(tmp_path / "cine.dcm", made, View())
    assert size == (tmp_path / "cine.dcm").stat().st_size and [p.name for p in tmp_path.iterdir()] == ["cine.dcm"]
    assert np.array_equal(read_cine(tmp_path / "cine.dcm").frames, made.noisy.frames)


def test_the_modality_table_leads_back_to_the_dose():
    table = pydicom.dcmread(SAMPLE, stop_before_pixels=True).ModalityLUTSequence[0]
    values = np.frombuffer(table.LUTData, "<u2")
    assert len(values) == 1024 and np.all(np.diff(values.astype(int)) >= 0) and values[-1] == 65535
