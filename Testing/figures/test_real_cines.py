"""The promised figures on real fluoroscopy, live and review, each held to its limit."""

from __future__ import annotations

import json

import numpy as np
import pytest

from FluoroDenoiseLib import Denoiser
from FluoroDenoiseLib.noise import analyse
from FluoroDenoiseLib.quality import challenge
from Testing.figures.real import RECORDED, WIRE, disjoint_halves, moving_wire, phantom

MODES = ("live", "review")
# IM5 is judged in every run; IM6, of the same phantom and settings, in the slow one.
CINES = [
    pytest.param((name, mode), id=f"{name}-{mode}", marks=[pytest.mark.slow] * (name != "IM5"))
    for name in RECORDED
    for mode in MODES
]


@pytest.fixture(scope="module")
def denoisers():
    return {mode: Denoiser.load("fluoroscopy", device="cpu", mode=mode) for mode in MODES}


@pytest.fixture(scope="module", params=CINES)
def still(request, shared_data, denoisers):
    name, mode = request.param
    return disjoint_halves(phantom(shared_data, name), denoisers[mode].denoise)


@pytest.fixture(scope="module", params=CINES)
def wire(request, shared_data, denoisers):
    name, mode = request.param
    return moving_wire(phantom(shared_data, name), denoisers[mode].denoise)


def test_the_error_falls_by_seven_decibels_against_frames_that_were_not_seen(still):
    assert still["gain_db"] >= 7


def test_edges_of_vessels_grow_at_most_five_percent_wider(still):
    assert still["edge_widening"] <= 0.05


def test_the_mean_of_static_areas_stays_within_three_tenths_of_a_percent(still):
    assert abs(still["mean_change"]) <= 0.003


def test_seventy_percent_of_a_moving_wire_s_contrast_is_kept(wire):
    assert wire["contrast_kept"] >= 0.7


def test_a_moving_wire_leaves_a_ghost_of_five_percent_at_most(wire):
    assert wire["ghost"] <= 0.05


def test_the_vendor_s_recursion_of_the_low_dose_cine_is_found(shared_data):
    assert analyse(phantom(shared_data, "IM1")).recursion.rho == pytest.approx(0.45, abs=0.05)


def test_the_start_up_frames_of_the_low_dose_cine_are_named(shared_data):
    analysis = analyse(phantom(shared_data, "IM1"))
    named = json.loads(json.dumps(analysis.summary()))["start_up_frames"]
    # Spatial noise of frames 0 to 4 is 31, 14, 9.2, 9.4, 9.0, of the settled ones 8.2: frame 3 may be named with frame 2.
    assert named in ([0, 1, 2], [0, 1, 2, 3])


@pytest.mark.parametrize("name", RECORDED)
def test_the_temporal_mean_passes_the_static_figures_and_fails_the_wire(shared_data, name):
    cine = phantom(shared_data, name)

    def mean(cine):
        return cine.with_frames(cine.to_stored(np.broadcast_to(cine.frames.mean(0), cine.shape)))

    assert disjoint_halves(cine, mean)["gain_db"] > 5.5
    report = challenge(cine, mean, WIRE)
    assert report["contrast_kept"] == pytest.approx(1 / len(cine), abs=0.02)
    assert report["ghost"] > 0.05


@pytest.mark.parametrize("name", RECORDED)
def test_a_recursive_filter_and_a_median_fail_the_wire_too(shared_data, name):
    import cv2

    cine = phantom(shared_data, name)

    def recursive(cine, share=0.35):
        result = cine.frames.astype(np.float32)
        for t in range(1, len(cine)):
            result[t] = share * result[t] + (1 - share) * result[t - 1]
        return cine.with_frames(cine.to_stored(result))

    def median(cine):
        return cine.with_frames(np.stack([cv2.medianBlur(frame, 5) for frame in cine.frames]))

    assert challenge(cine, recursive, WIRE)["contrast_kept"] == pytest.approx(0.35, abs=0.02)
    assert challenge(cine, recursive, WIRE)["ghost"] > 0.2
    assert challenge(cine, median, WIRE)["contrast_kept"] == pytest.approx(0.47, abs=0.04)
