"""The measures of the CT benchmark, on what is known beforehand."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from FluoroDenoiseLib.simulation import simulate_ct
from Testing.benchmark.ct.cases import TRIAL, USUAL_NOISE, SliceTask, quarter_dose, scan
from Testing.benchmark.ct.observer import SIDE, detectability
from Testing.benchmark.ct.phantom import COUNT, DISCS, SIZE, noise_power, peak_frequency, regions, water, with_discs
from Testing.benchmark.ct.slice_methods import GRIDS, PEERS, TUNED

SPACING = (5.0, 3.0, 3.0)


def disc_regions(seed, height, shared=0.0):
    """20 scans of 10 regions; `shared`: deviation of what all regions of a scan have in common."""
    rng = np.random.default_rng(seed)
    disc = np.hypot(*np.mgrid[-SIDE // 2 : SIDE // 2, -SIDE // 2 : SIDE // 2]) < 4
    absent, present = rng.standard_normal((2, 20, 10, SIDE, SIDE)) + shared * rng.standard_normal((2, 20, 1, 1, 1)) * disc
    return present + height * disc, absent


def test_the_observer_sees_a_stronger_disc_better_and_none_where_there_is_none():
    faint, strong = (detectability(*disc_regions(0, height)) for height in (0.3, 0.6))
    assert faint.interval[0] < faint.value < faint.interval[1]
    assert strong.value == pytest.approx(2 * faint.value, rel=0.15)
    assert abs(detectability(*disc_regions(1, 0.0)).value) < 0.3
    assert faint.below(strong) and not strong.below(faint) and not faint.below(faint)


def test_what_the_regions_of_a_scan_share_widens_the_interval():
    alone, together = (np.diff(detectability(*disc_regions(3, 0.6, shared)).interval) for shared in (0.0, 0.3))
    assert together > 1.5 * alone


def test_the_observer_does_not_beat_the_ideal_one():
    area = np.count_nonzero(np.hypot(*np.mgrid[-SIDE // 2 : SIDE // 2, -SIDE // 2 : SIDE // 2]) < 4)
    assert 0.6 < detectability(*disc_regions(2, 0.4)).value / (0.4 * np.sqrt(area)) < 1.1


def test_the_peak_of_a_known_spectrum_is_found():
    rng = np.random.default_rng(3)
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(SIZE), np.fft.fftfreq(SIZE), indexing="ij"))
    for peak in (0.1, 0.2):
        passed = np.exp(-0.5 * ((frequency - peak) / 0.04) ** 2)
        images = [np.fft.ifft2(np.fft.fft2(rng.standard_normal((SIZE, SIZE))) * passed).real for _ in range(6)]
        assert peak_frequency(*noise_power(images)) == pytest.approx(peak, abs=0.02)


def test_discs_lie_in_the_middle_of_the_regions_and_in_the_middle_slice_alone():
    radius = max(DISCS)
    difference = with_discs(radius) - water()
    assert np.flatnonzero(difference.any(axis=(1, 2))).tolist() == [len(difference) // 2]
    cut = regions(difference[len(difference) // 2])
    assert cut.shape == (COUNT, SIDE, SIDE)
    assert np.all(cut[:, SIDE // 2, SIDE // 2] > 0.8 * DISCS[radius]) and np.all(cut[:, 0, 0] <= 0)


def test_a_quarter_of_the_dose_is_a_quarter_of_what_gives_the_usual_noise():
    distance = np.hypot(*np.mgrid[-48:48, -48:48])
    reference = np.where(distance < 42, 0.0, -1000.0).astype(np.float32)[None]
    dose = quarter_dose(reference, SPACING)
    full = replace(dose, quanta=4 * dose.quanta)
    whole, quarter = (scan(np.repeat(reference, 3, axis=0), SPACING, each, 5) for each in (full, dose))
    noise = [(task.frames - task.made.clean.frames)[:, 36:60, 36:60].std() for task in (whole, quarter)]
    assert noise[0] == pytest.approx(USUAL_NOISE, rel=0.2)
    assert 1.9 < noise[1] / noise[0] < 3.0  # more than two where read-out noise counts


def test_peers_are_told_the_true_noise():
    made = simulate_ct(np.zeros((3, 64, 64), np.float32), SPACING, TRIAL, 0)
    error = made.noisy.frames - made.clean.frames
    task = SliceTask(made, np.full((64, 64), 2.0))
    assert task.spectrum(False).mean() == pytest.approx(64**2 * np.mean([one.var() for one in error]))
    assert task.spectrum(True) == pytest.approx(task.spectrum(False) / 4)


@pytest.mark.parametrize("name", PEERS)
def test_no_best_setting_of_a_peer_lies_at_the_edge_of_its_grid(name):
    settings, grid = json.loads(TUNED.read_text())[name]["settings"], GRIDS[PEERS[name].func.__name__]
    assert settings["profile"] in grid["profile"]
    assert settings["strength"] in grid["strength"][1:-1]
