from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from FluoroDenoiseLib.simulation.detector import Beam, Detector, expose, gaussian, lagged, open_field, read_out

QUIET = Detector(blur=0.0, electronic=0.0, row_noise=0.0, column_noise=0.0, fixed_offset=0.0, fixed_gain=0.0, lag=0.0)
RAMP = np.broadcast_to(np.linspace(2.0, 4.0, 128, dtype=np.float32), (3, 128, 128))


def _neighbour_correlation(noise):
    noise = noise - noise.mean()
    return float((noise[..., 1:] * noise[..., :-1]).mean() / noise.var())


def test_the_dose_is_the_median_behind_the_patient_within_the_blades():
    beam = Beam(quanta=23.0, border=(10, 20, 5, 15))
    quanta = expose(RAMP, beam)
    assert np.median(quanta[:, open_field((128, 128), beam.border)]) == pytest.approx(23.0, rel=1e-3)


def test_light_falls_exponentially_with_the_line_integral():
    quanta = expose(RAMP, Beam(scatter=0.0, blur=0.0))
    assert np.log(quanta[0, 0, 0] / quanta[0, 0, -1]) == pytest.approx(2.0, abs=1e-3)


@pytest.mark.parametrize("scatter", [0.3, 1.0])
def test_scatter_to_primary_ratio_is_as_asked(scatter):
    flat = np.full((1, 128, 128), 3.0, np.float32)
    flat[:, 60:68, 60:68] = 30.0  # nothing but scatter arrives behind a lead block
    quanta = expose(flat, Beam(scatter=scatter, blur=0.0, scatter_width=0.2))[0]
    assert quanta[63, 63] / (quanta[20, 20] - quanta[63, 63]) == pytest.approx(scatter, rel=0.1)


def test_blades_let_almost_nothing_through():
    quanta = expose(np.full((1, 128, 128), 3.0, np.float32), Beam(quanta=100.0, scatter=0.0, border=(20, 0, 0, 0), leak=0.01))[
        0
    ]
    assert quanta[5].mean() == pytest.approx(1.0, rel=0.05) and quanta[60].mean() == pytest.approx(100.0, rel=0.01)


def test_a_pulsed_tube_changes_the_dose_of_whole_frames():
    quanta = expose(RAMP, Beam(output=np.array([1.0, 0.9, 1.1])))
    assert quanta[1] / quanta[0] == pytest.approx(0.9, rel=1e-5) and quanta[2] / quanta[0] == pytest.approx(1.1, rel=1e-5)


def test_the_noise_is_that_of_counting_plus_electronics():
    levels = np.repeat(np.array([5.0, 20.0, 60.0, 200.0], np.float32), 60_000).reshape(1, 400, 600)
    signal = read_out(levels, replace(QUIET, electronic=2.0), np.random.default_rng(1))
    groups = signal.reshape(4, -1)
    slope, offset = np.polyfit(groups.mean(1), groups.var(1), 1, w=1 / groups.var(1))
    assert slope == pytest.approx(1.0, rel=0.02) and offset == pytest.approx(4.0, rel=0.05)


@pytest.mark.parametrize(("blur", "correlation"), [(0.5, 0.26), (0.7, 0.58)])
def test_light_spread_correlates_the_noise_of_neighbours(blur, correlation):
    noise = read_out(np.full((1, 400, 400), 50.0, np.float32), replace(QUIET, blur=blur), np.random.default_rng(2))
    assert _neighbour_correlation(noise) == pytest.approx(correlation, abs=0.02)


def test_the_noise_power_spectrum_is_the_square_of_the_blur():
    flat = np.full((60, 72, 72), 50.0, np.float32)
    noise = read_out(flat, replace(QUIET, blur=0.6), np.random.default_rng(3))[:, 4:-4, 4:-4] - 50.0  # edges are mirrored
    measured = (np.abs(np.fft.fft2(noise)) ** 2).mean(0) / 64**2
    impulse = np.zeros((64, 64), np.float32)
    impulse[32, 32] = 1.0
    expected = 50.0 * np.abs(np.fft.fft2(gaussian(impulse, 0.6))) ** 2
    assert np.median(np.abs(measured - expected) / expected) < 0.15  # 60 periodograms: each bin within 13%
    assert measured[1:].sum() == pytest.approx(expected[1:].sum(), rel=0.02)


def test_rows_and_columns_flicker_and_the_fixed_pattern_stays():
    dark = np.zeros((200, 40, 40), np.float32)
    signal = read_out(dark, replace(QUIET, row_noise=0.5, column_noise=0.3, fixed_offset=0.8), np.random.default_rng(4))
    assert signal.mean(0).std() == pytest.approx(0.8, rel=0.05)
    moving = signal - signal.mean(0)
    assert moving.mean(2).std() == pytest.approx(0.5, rel=0.05) and moving.mean(1).std() == pytest.approx(0.3, rel=0.05)


@pytest.mark.parametrize("first_frame", [0.02, 0.0336, 0.06])
def test_the_first_dark_frame_shows_the_lag_asked_for(first_frame):
    exposure = np.ones((4001, 1, 1), np.float32)
    exposure[-1] = 0.0
    assert lagged(exposure, first_frame)[-1, 0, 0] == pytest.approx(first_frame, rel=0.01)


def test_a_panel_warms_up_to_its_full_signal():
    signal = lagged(np.ones((4000, 1, 1), np.float32), 0.05)[:, 0, 0]
    assert 0.95 <= signal[0] < 0.99 and np.all(np.diff(signal) > -1e-6) and signal[-1] == pytest.approx(1.0, abs=1e-3)


def test_without_a_source_of_noise_the_read_out_is_its_own_mean():
    quanta = np.random.default_rng(5).uniform(5, 30, (4, 24, 24)).astype(np.float32)
    detector = Detector(fixed_gain=0.01)
    mean = np.mean([read_out(quanta, detector, np.random.default_rng(seed)) for seed in range(400)], axis=0)
    error = (mean - read_out(quanta, detector, None)) / (np.sqrt(quanta + 3.0) / np.sqrt(400))
    assert abs(error.mean()) < 0.1 and error.std() < 1.1
