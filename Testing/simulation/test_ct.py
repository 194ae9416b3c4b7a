from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import SimpleITK

from FluoroDenoiseLib.simulation import Scan, quiet_reference, simulate_ct
from FluoroDenoiseLib.simulation.anatomy import WATER_PER_MM
from FluoroDenoiseLib.simulation.ct import radon

SIZE, PIXEL, SPACING = 128, 2.0, (3.0, 2.0, 2.0)
Y, X = np.mgrid[:SIZE, :SIZE] - (SIZE - 1) / 2
WATER = np.hypot(X, Y) < 50
DISC = np.hypot(X - 20, Y + 10) < 8
PHANTOM = np.where(DISC, 60.0, np.where(WATER, 0.0, -1000.0)).astype(np.float32)[None]
SCAN = Scan(quanta=5e4, views=360)
CENTRE = np.hypot(X + 5, Y) < 15


def _noise(made):
    return (made.noisy.frames - made.clean.frames)[0]


@pytest.fixture(scope="module")
def scanned():
    return simulate_ct(PHANTOM, SPACING, SCAN, 1)


def test_a_projection_is_the_length_of_water_on_its_way():
    sinogram = radon(np.where(WATER, WATER_PER_MM, 0.0).astype(np.float32), PIXEL, 8)
    assert sinogram.max(1) == pytest.approx(100 * PIXEL * WATER_PER_MM, rel=0.02)
    assert sinogram.sum(1) == pytest.approx(sinogram.sum(1)[0], rel=0.005)


def test_noise_free_slices_have_the_hounsfield_units_that_went_in(scanned):
    clean = scanned.clean.frames[0]
    assert clean[np.hypot(X + 20, Y) < 15].mean() == pytest.approx(0.0, abs=2.0)
    assert clean[np.hypot(X - 20, Y + 10) < 5].mean() == pytest.approx(60.0, abs=2.0)
    assert clean[np.hypot(X, Y) > 58].mean() == pytest.approx(-1000.0, abs=3.0)


def test_the_mean_of_noisy_scans_is_the_clean_one(scanned):
    made = [simulate_ct(PHANTOM, SPACING, SCAN, seed) for seed in range(8)]
    mean = np.mean([m.noisy.frames[0] for m in made], axis=0)
    assert (mean - scanned.clean.frames[0])[WATER].mean() == pytest.approx(0.0, abs=0.5)


def test_a_quarter_of_the_dose_doubles_the_noise(scanned):
    full = simulate_ct(PHANTOM, SPACING, replace(SCAN, quanta=2e5), 1)
    ratio = _noise(scanned)[CENTRE].std() / _noise(full)[CENTRE].std()
    assert 1.9 < ratio < 2.4  # somewhat more than two: the read-out noise does not shrink with the dose


def test_noise_is_stronger_where_paths_are_long(scanned):
    rim = WATER & (np.hypot(X, Y) > 42)
    assert _noise(scanned)[CENTRE].std() > 1.15 * _noise(scanned)[rim].std()


def test_a_soft_kernel_has_less_noise_of_lower_frequency():
    def spectrum(cutoff):
        patch = _noise(simulate_ct(PHANTOM, SPACING, replace(SCAN, cutoff=cutoff), 2))[48:80, 48:80]
        power = np.abs(np.fft.fft2(patch - patch.mean())) ** 2
        radius = np.hypot(*np.meshgrid(np.fft.fftfreq(32), np.fft.fftfreq(32), indexing="ij"))
        return patch.std(), (power * radius).sum() / power.sum()

    (sharp_noise, sharp_mean), (soft_noise, soft_mean) = spectrum(1.0), spectrum(0.5)
    assert soft_noise < 0.6 * sharp_noise and soft_mean < 0.8 * sharp_mean


def test_ct_noise_lacks_the_lowest_frequencies():
    patches = [_noise(simulate_ct(PHANTOM, SPACING, SCAN, seed))[32:96, 32:96] for seed in range(6)]
    power = np.mean([np.abs(np.fft.fft2(patch - patch.mean())) ** 2 for patch in patches], axis=0)
    radius = np.hypot(*np.meshgrid(np.fft.fftfreq(64), np.fft.fftfreq(64), indexing="ij"))
    low, middle = power[(radius > 0) & (radius < 0.03)].mean(), power[(radius > 0.12) & (radius < 0.22)].mean()
    assert low < 0.5 * middle


def test_slices_are_a_cine_of_hounsfield_units(scanned):
    cine = scanned.noisy
    assert (cine.intensity, cine.modality, cine.frames.dtype, cine.slice_spacing) == ("HU", "CT", np.int16, 3.0)
    assert "slices" in cine.traits and cine.pixel_spacing == (2.0, 2.0)


def test_the_same_seed_scans_alike(scanned):
    again, other = (simulate_ct(PHANTOM, SPACING, SCAN, seed) for seed in (1, 2))
    assert np.array_equal(again.noisy.frames, scanned.noisy.frames)
    assert not np.array_equal(other.noisy.frames, scanned.noisy.frames)


def test_a_reference_is_averaged_until_its_own_noise_is_small(tmp_path):
    noise = np.random.default_rng(3).normal(0, 30, (12, 64, 64)).astype(np.float32)
    noise[:, :4] = -1000  # air: without it, it would be no CT
    image = SimpleITK.GetImageFromArray(noise)
    image.SetSpacing((0.7, 0.7, 1.0))
    SimpleITK.WriteImage(image, str(tmp_path / "ct.nii.gz"))
    reference, spacing = quiet_reference(tmp_path / "ct.nii.gz")
    assert reference.shape == (4, 32, 32) and spacing == pytest.approx((3.0, 1.4, 1.4))
    assert reference[:, 2:].std() == pytest.approx(30 / np.sqrt(12), rel=0.05)
