"""Models of two kinds: each does its work on what it is for, and says so of what it is not for."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from FluoroDenoiseLib import Cine, Denoiser
from FluoroDenoiseLib.errors import ModelUnavailable, UnsuitableCine
from FluoroDenoiseLib.models.cards import CINE, SLICES, kind_of, read_card
from FluoroDenoiseLib.networks.streaming import StreamingUNet
from FluoroDenoiseLib.simulation import Scan, simulate_ct
from FluoroDenoiseLib.training.export import export_model

SIZE = 96
Y, X = np.mgrid[:SIZE, :SIZE] - (SIZE - 1) / 2
BODY = np.hypot(X, Y) < 40
SMALL = {"widths": (8, 8, 8), "depths": (1, 1, 1)}


@pytest.fixture(scope="module")
def scans():
    slices = np.repeat(np.where(BODY, 0.0, -1000.0).astype(np.float32)[None], 4, axis=0)
    return simulate_ct(slices, (3.0, 3.0, 3.0), Scan(quanta=4e4, views=120), 0)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    """A model for slices whose network corrects nothing yet: what is left is what neighbours give."""
    folder = tmp_path_factory.mktemp("models") / "fresh"
    torch.manual_seed(0)
    export_model(StreamingUNet(**SMALL), "fresh", SMALL, {"kind": SLICES}, folder)
    return folder


def test_slices_go_the_whole_way_and_come_back_as_they_were_stored(scans, fresh):
    denoised = Denoiser.load(fresh, device="cpu").denoise(scans.noisy)
    assert denoised.frames.dtype == np.int16 and denoised.shape == scans.noisy.shape
    assert denoised.record["model"] == "fresh" and denoised.record["noise"]["fit"]["trust"] == 1.0
    before, after = (np.std((frames - scans.clean.frames)[1][BODY]) for frames in (scans.noisy.frames, denoised.frames))
    assert after < 0.65 * before  # three slices of one body: a third of the variance


def test_smoothing_is_not_held_back_at_steep_edges_of_slices(scans, monkeypatch):
    def denoised(model):
        return Denoiser.load(model, device="cpu").denoise(scans.noisy).frames

    before = {model: denoised(model) for model in ("ct", "fluoroscopy")}
    monkeypatch.setattr("FluoroDenoiseLib.engine.KEPT_AT_EDGES", 1.0)
    np.testing.assert_array_equal(denoised("ct"), before["ct"])
    assert not np.array_equal(denoised("fluoroscopy"), before["fluoroscopy"])


def test_live_looks_at_the_slices_before_alone(scans, fresh):
    other = scans.noisy.frames.copy()
    other[3] = 0
    live, review = (
        [Denoiser.load(fresh, "cpu", mode).denoise(scans.noisy.with_frames(f)).frames[2] for f in (scans.noisy.frames, other)]
        for mode in ("live", "review")
    )
    assert np.abs(live[0].astype(int) - live[1])[BODY].mean() < 0.2 * np.abs(review[0].astype(int) - review[1])[BODY].mean()


def test_a_stored_slope_and_offset_change_nothing(scans, fresh):
    stored = Cine(
        (2 * (scans.noisy.frames.astype(np.int32) + 1024)).astype(np.uint16),
        intensity="HU",
        rescale=(0.5, -1024.0),
        pixel_spacing=(3.0, 3.0),
        traits=frozenset({"slices"}),
    )
    denoiser = Denoiser.load(fresh, device="cpu")
    expected, found = denoiser.denoise(scans.noisy).frames, denoiser.denoise(stored).frames / 2.0 - 1024
    assert np.abs(found - expected)[:, BODY].max() <= 2.0


def test_a_cine_in_time_and_a_live_stream_are_refused_by_a_model_for_slices(scans, fresh):
    denoiser = Denoiser.load(fresh, device="cpu")
    with pytest.raises(UnsuitableCine, match="frames in time .LIN.; this model expects CT slices"):
        denoiser.denoise(Cine(scans.noisy.frames, 1 / 15, "LIN"))
    with pytest.raises(UnsuitableCine, match="live stream for the model fresh"):
        denoiser.stream()


def test_the_model_for_cines_does_less_on_slices_and_names_the_one_for_them(scans):
    denoised = Denoiser.load("fluoroscopy", device="cpu").denoise(scans.noisy)
    assert denoised.record["noise"]["fit"]["trust"] == 0.5
    assert any("slices" in warning for warning in denoised.warnings)
    assert any("The model ct is made for CT slices" in warning for warning in denoised.warnings)


def test_a_card_without_a_kind_is_one_for_cines_and_an_unknown_kind_is_refused(fresh, tmp_path):
    card = json.loads((fresh / "card.json").read_text())
    assert kind_of(card) == SLICES and kind_of({key: card[key] for key in card if key != "kind"}) == CINE
    (tmp_path / "card.json").write_text(json.dumps({**card, "kind": "ultrasound"}))
    with pytest.raises(ModelUnavailable, match="Found model fresh for ultrasound"):
        read_card(tmp_path)
