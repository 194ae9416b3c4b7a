"""What the worker says of a cine before it is denoised."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from FluoroDenoiseLib import Cine
from FluoroDenoiseLib.dicom import read_cine
from FluoroDenoiseLib.dicom.system import system_of
from FluoroDenoiseLib.jobs import Runner, look_job

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def worker():
    with Runner() as runner:
        yield runner


def looked_at(worker, cine: Cine, headers=(), files=()) -> dict:
    job = look_job.submit(worker, cine.first(look_job.LOOKED_AT), len(cine), headers, files)
    assert job.wait(60)
    return job.result()


def recursive(frames: np.ndarray, share: float) -> np.ndarray:
    """What a vendor's recursive filter makes of frames [T, H, W]."""
    out = [frames[0]]
    for frame in frames[1:]:
        out.append((1 - share) * frame + share * out[-1])
    return np.rint(out).astype(np.uint16)


def test_a_vendors_recursive_filter_is_told_with_its_consequence(worker):
    frames = recursive(np.random.default_rng(0).poisson(400, (20, 96, 96)).astype(float), 0.5)
    seen = looked_at(worker, Cine(frames, frame_time=1 / 15, intensity="LIN"))
    assert any("feeds back 5" in sentence and "undone" in sentence for sentence in seen["warnings"])
    assert seen["refused"] is None


def test_what_cannot_be_denoised_is_refused_with_the_reason(worker):
    assert "constant" in looked_at(worker, Cine(np.full((8, 64, 64), 7, np.uint16)))["refused"]


def test_first_frames_without_noise_do_not_refuse_a_longer_cine(worker):
    frames = np.random.default_rng(0).poisson(400, (40, 64, 64)).astype(np.uint16)
    frames[: look_job.LOOKED_AT] = 7
    seen = looked_at(worker, Cine(frames))
    assert seen["refused"] is None
    assert any(sentence.startswith("Of the first 16 alone: Found constant frames") for sentence in seen["warnings"])


def test_slices_of_a_ct_are_seen_as_the_model_for_them_sees_them(worker):
    slices = np.rint(np.random.default_rng(0).normal(40, 20, (4, 96, 96))).astype(np.int16)
    seen = looked_at(worker, Cine(slices, intensity="HU", traits=frozenset({"slices"}), pixel_spacing=(0.7, 0.7)))
    assert (seen["refused"], seen["warnings"]) == (None, [])


def test_the_headers_of_a_longer_cines_file_are_believed(worker):
    file = REPOSITORY / "FluoroDenoise" / "Resources" / "Sample" / "FluoroDenoise-sample.dcm"
    cine = read_cine(file)
    assert len(cine) > look_job.LOOKED_AT
    bare = Cine(cine.frames)
    assert looked_at(worker, bare)["intensity"] == "UNKNOWN"
    seen = looked_at(worker, bare, cine.sources)
    assert (seen["intensity"], seen["frames_per_second"]) == (cine.intensity, pytest.approx(cine.frames_per_second, abs=0.01))


def test_the_processor_is_always_among_the_devices(worker):
    noise = np.random.default_rng(0).poisson(50, (8, 64, 64)).astype(np.uint16)
    assert looked_at(worker, Cine(noise))["devices"]["cpu"] == "CPU"


def test_the_system_is_read_from_the_first_file_where_there_is_one(worker):
    cine = read_cine(REPOSITORY / "FluoroDenoise" / "Resources" / "Sample" / "FluoroDenoise-sample.dcm")
    named = looked_at(worker, cine, files=cine.sources)["system"]
    assert named == system_of(cine.sources[0]) and named["manufacturer"]
    assert looked_at(worker, cine)["system"] == {}
