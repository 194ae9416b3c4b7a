"""Denoising in the worker process gives what denoising here gives, and its errors."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from FluoroDenoiseLib import Cine, Denoiser
from FluoroDenoiseLib.errors import DeviceUnavailable, ModelUnavailable, UnsuitableCine
from FluoroDenoiseLib.jobs import Runner

TIMES = np.array([0, 0.06, 0.07, 0.08])


@pytest.fixture(scope="module")
def warm():
    """One worker for all tests of this file."""
    with Runner() as runner:
        yield runner


def cine(**changes):
    rng = np.random.default_rng(3)
    dose = np.broadcast_to(np.linspace(40, 120, 80), (4, 72, 80))
    facts = {
        "frame_time": 1 / 15,
        "intensity": "LIN",
        "valid_range": (0, 4095),
        "modality": "XA",
        "traits": frozenset({"shutter"}),
    }
    return Cine((10 * rng.poisson(dose)).astype(np.uint16), **{**facts, **changes})


def result_of(job):
    assert job.wait(120)
    return job.result()


@pytest.mark.parametrize("mode", ["review", "live"])
def test_the_result_is_that_of_the_library_call(warm, mode):
    original = cine(covered=np.arange(72 * 80).reshape(72, 80) < 800, sources=(Path("somewhere.dcm"),), name="run")
    region = np.zeros((72, 80), np.float32)
    region[:, 20:] = 0.75
    result = result_of(warm.denoise(original, mode=mode, strength=0.9, region=region))
    expected = Denoiser.load(mode=mode).denoise(original, strength=0.9, region=region)
    np.testing.assert_array_equal(result.frames, expected.frames)
    assert not np.array_equal(result.frames, original.frames)
    assert result.record == expected.record
    assert result.warnings == expected.warnings
    assert (result.sources, result.name, result.covered is original.covered) == (original.sources, "run", True)


@pytest.mark.parametrize("times", [None, 0.04, TIMES])
def test_every_kind_of_frame_time_and_value_arrives(warm, times):
    original = cine(frame_time=times, intensity="UNKNOWN", valid_range=None)
    original = original.with_frames(original.frames.astype(np.float32), valid_range=None)
    result = result_of(warm.denoise(original))
    assert result.frames.dtype == np.float32
    np.testing.assert_array_equal(result.frames, Denoiser.load().denoise(original).frames)


def test_progress_ends_with_all_frames_and_a_second_job_finds_the_model_loaded(warm):
    result_of(warm.denoise(cine()))
    pid = warm.pid
    job = warm.denoise(cine())
    result_of(job)
    assert job.progress == (4, 4)
    assert warm.pid == pid


@pytest.mark.parametrize(
    ("error", "changes", "arguments"),
    [
        (UnsuitableCine, {"frames": np.full((4, 72, 80), 5, np.uint16)}, {}),
        (UnsuitableCine, {"frames": np.full((4, 72, 80), np.nan, np.float32), "valid_range": None}, {}),
        (UnsuitableCine, {}, {"strength": 3.0}),
        (ModelUnavailable, {}, {"model": "miracle"}),
        (DeviceUnavailable, {}, {"device": "abacus"}),
    ],
)
def test_errors_are_those_of_the_library_call(warm, error, changes, arguments):
    original = cine()
    original = original.with_frames(changes.pop("frames", original.frames), **changes)
    with pytest.raises(error) as here:
        strength = {key: value for key, value in arguments.items() if key == "strength"}
        Denoiser.load(**{key: value for key, value in arguments.items() if key != "strength"}).denoise(original, **strength)
    with pytest.raises(error) as there:
        result_of(warm.denoise(original, **arguments))
    assert str(there.value) == str(here.value)


@pytest.fixture
def own_model(tmp_path, monkeypatch):
    """A model's folder in the working folder."""
    from FluoroDenoiseLib.models import cards

    monkeypatch.chdir(tmp_path)
    return shutil.copytree(cards.BUNDLED / "fluoroscopy", tmp_path / "own")


def test_a_model_given_by_a_relative_folder_is_found_by_the_worker(warm, own_model):
    assert result_of(warm.denoise(cine(), model="own")).record["model"] == "fluoroscopy"


def test_a_model_that_was_replaced_is_loaded_anew(warm, own_model):
    result_of(warm.denoise(cine(), model="own"))
    card = own_model / "card.json"
    card.write_text(json.dumps({**json.loads(card.read_text()), "name": "better"}))
    assert result_of(warm.denoise(cine(), model="own")).record["model"] == "better"
