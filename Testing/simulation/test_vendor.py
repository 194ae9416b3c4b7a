from __future__ import annotations

import numpy as np
import pytest

from FluoroDenoiseLib.simulation.vendor import Vendor, process, quantise

QUANTA = 100.0


def _noise(shape=(60, 64, 64), seed=0):
    return (QUANTA + np.random.default_rng(seed).normal(0, 5, shape)).astype(np.float32)


def test_linear_storage_keeps_differences():
    stored = process(np.linspace(0, 300, 7, dtype=np.float32).reshape(7, 1, 1), Vendor("LIN", 12), QUANTA)[:, 0, 0]
    assert np.diff(stored) == pytest.approx(np.diff(stored)[0], rel=1e-4)
    assert stored[0] == pytest.approx(0.03 * 4095, rel=1e-3)


def test_logarithmic_storage_makes_ratios_to_differences():
    stored = process(np.array([50, 100, 200, 400], np.float32).reshape(4, 1, 1), Vendor("LOG", 12), QUANTA)[:, 0, 0]
    steps = np.diff(stored)
    assert steps.max() / steps.min() < 1.12 and stored[-1] == pytest.approx(4095)


def test_square_root_storage_makes_the_quantum_noise_even():
    spread = [
        process(np.random.default_rng(1).poisson(mean, (1, 200, 200)).astype(np.float32), Vendor("SQRT", 14), QUANTA).std()
        for mean in (40.0, 200.0)
    ]
    assert spread[0] == pytest.approx(spread[1], rel=0.03)


@pytest.mark.parametrize("intensity", ["LIN", "LOG", "SQRT"])
def test_more_light_is_never_stored_lower(intensity):
    stored = process(np.linspace(-5, 600, 300, dtype=np.float32).reshape(300, 1, 1), Vendor(intensity, 10), QUANTA)
    assert np.all(np.diff(stored[:, 0, 0]) >= 0) and stored.min() >= 0 and stored.max() == 1023


@pytest.mark.parametrize("rho", [0.3, 0.45, 0.7])
def test_recursion_correlates_successive_frames_by_rho(rho):
    out = process(_noise(), Vendor(recursion=rho), QUANTA)[15:]
    noise = out - out.mean()
    assert (noise[1:] * noise[:-1]).mean() / noise.var() == pytest.approx(rho, abs=0.02)


def test_recursion_starts_with_an_unfiltered_frame():
    plain, recursed = (process(_noise(), Vendor(recursion=rho), QUANTA) for rho in (0.0, 0.5))
    assert np.array_equal(plain[0], recursed[0])
    assert recursed[0].std() > 1.6 * recursed[20].std()


def test_edge_enhancement_overshoots_at_an_edge_and_keeps_the_mean():
    edge = np.full((1, 64, 64), 80.0, np.float32)
    edge[:, :, 32:] = 120.0
    plain, enhanced = (process(edge, Vendor(edge=gain), QUANTA) for gain in (0.0, 0.8))
    assert enhanced.max() > plain.max() * 1.05 and enhanced.mean() == pytest.approx(plain.mean(), rel=1e-3)
    assert process(_noise(), Vendor(edge=0.8), QUANTA).std() > 1.5 * process(_noise(), Vendor(), QUANTA).std()


def test_smoothing_lowers_the_noise():
    assert process(_noise(), Vendor(smoothing=0.7), QUANTA).std() < 0.6 * process(_noise(), Vendor(), QUANTA).std()


def test_zoom_magnifies_about_the_middle():
    signal = np.full((1, 65, 65), 100.0, np.float32)
    signal[0, 32, 42] = 200.0
    image = process(signal, Vendor(zoom=1.5), QUANTA)[0]
    assert np.unravel_index(np.argmax(image), image.shape) == (32, 47)


def test_drift_changes_the_gain_of_whole_frames():
    out = process(np.full((3, 8, 8), 100.0, np.float32), Vendor(pedestal=0.0, drift=np.array([1.0, 0.95, 1.05])), QUANTA)
    assert out[:, 0, 0] / out[0, 0, 0] == pytest.approx([1.0, 0.95, 1.05], rel=1e-4)


def test_a_display_curve_is_stored_as_display_values():
    vendor = Vendor(display=True, bits=8)
    stored = process(np.linspace(0, 400, 50, dtype=np.float32).reshape(50, 1, 1), vendor, QUANTA)[:, 0, 0]
    assert vendor.stored_intensity == "DISP" and np.all(np.diff(stored) > 0)
    assert np.diff(stored).max() > 2 * np.diff(stored)[0]


@pytest.mark.parametrize(("bits", "kind"), [(8, np.uint8), (10, np.uint16), (14, np.uint16)])
def test_values_are_rounded_to_the_bits_asked_for(bits, kind):
    stored = quantise(process(_noise((2, 16, 16)) * 9, Vendor(bits=bits), QUANTA), Vendor(bits=bits))
    assert stored.dtype == kind and stored.max() == 2**bits - 1


def test_lossy_coding_changes_values_a_little():
    vendor = Vendor(bits=8, jpeg=85)
    image = process(_noise((2, 64, 64)), vendor, QUANTA)
    error = quantise(image, vendor).astype(float) - image
    assert 0.3 < error.std() < 5.0 and quantise(image, vendor).dtype == np.uint8
