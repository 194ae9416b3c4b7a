"""The noise law is found without a form; stabilised noise has unit size; the way back has no bias."""

import cv2
import numpy as np
import pytest

from FluoroDenoiseLib.cine import Cine
from FluoroDenoiseLib.noise import analyse
from FluoroDenoiseLib.noise.law import NoiseLaw
from FluoroDenoiseLib.noise.robust import winsorised_variance
from FluoroDenoiseLib.noise.stabilise import Stabiliser

RAMP = np.tile(np.linspace(20, 220, 256, dtype=np.float32), (256, 1))


def poisson_gaussian(mean, gain, electronic, count=12, seed=0):
    rng = np.random.default_rng(seed)
    return np.stack([gain * rng.poisson(mean / gain) + rng.normal(0, electronic, mean.shape) for _ in range(count)])


@pytest.mark.parametrize(
    ("sigma", "frames"),
    [
        (lambda m: np.sqrt(2 * m + 9), poisson_gaussian(RAMP, 2.0, 3.0)),
        (lambda m: 30 / np.sqrt(m), RAMP + np.random.default_rng(1).normal(0, 1, (12, 256, 256)) * 30 / np.sqrt(RAMP)),
        (lambda m: 5 + 0 * m, RAMP + np.random.default_rng(2).normal(0, 5, (12, 256, 256))),
    ],
    ids=["linear data", "logarithmic data", "behind a display table"],
)
def test_the_law_follows_the_data_whatever_its_form(sigma, frames):
    law = analyse(Cine(np.rint(frames).clip(0).astype(np.uint16))).law
    middle = law.levels[2:-2]
    np.testing.assert_allclose(law.sigma_at(middle), sigma(middle), rtol=0.05)


def test_the_law_is_found_although_the_image_pans():
    rng = np.random.default_rng(3)
    scene = 200 + cv2.GaussianBlur(rng.normal(0, 400, (256, 500)).astype(np.float32), (0, 0), 6)
    mean = np.stack([scene[:, 6 * t : 6 * t + 256] for t in range(12)])
    frames = mean + np.sqrt(mean.clip(1)) * rng.standard_normal(mean.shape)
    law = analyse(Cine(np.rint(frames.clip(0)).astype(np.uint16))).law
    assert law.sigma_at(200) == pytest.approx(np.sqrt(200), rel=0.07)


def test_robust_variance_is_smooth_on_coarsely_quantised_data():
    samples = np.rint(np.random.default_rng(0).normal(0, 1.3, 200_000))
    assert np.sqrt(winsorised_variance(samples)) == pytest.approx(np.sqrt(1.3**2 + 1 / 12), rel=0.01)


def test_robust_variance_is_hardly_moved_by_outliers():
    samples = np.random.default_rng(0).normal(0, 1, 100_000)
    samples[:2000] = 50
    assert winsorised_variance(samples) < 1.35


def exact_unbiased_inverse(denoised):
    """Closed-form approximation of the exact unbiased inverse of the Anscombe transformation (Makitalo and Foi 2011)."""
    d = denoised
    return d**2 / 4 + np.sqrt(1.5) / (4 * d) - 11 / (8 * d**2) + 5 * np.sqrt(1.5) / (8 * d**3) - 1 / 8


@pytest.mark.parametrize("mean", [12.0, 30.0, 100.0])
def test_the_inverse_agrees_with_the_exact_unbiased_inverse_for_poisson_data(mean):
    law = NoiseLaw(np.linspace(0.5, 200, 400), np.sqrt(np.linspace(0.5, 200, 400)))
    stabiliser = Stabiliser(law, 0, 200)
    counts = np.random.default_rng(0).poisson(mean, 400_000).astype(np.float32)
    ours = stabiliser.inverse(np.array([stabiliser.forward(counts).mean()]))[0]
    anscombe = exact_unbiased_inverse((2 * np.sqrt(counts + 3 / 8)).mean())
    assert ours == pytest.approx(mean, rel=0.004)
    assert ours == pytest.approx(anscombe, rel=0.004)


def test_stabilised_noise_has_unit_size_at_every_level():
    frames = poisson_gaussian(RAMP, 2.0, 3.0).clip(0)
    analysis = analyse(Cine(np.rint(frames).astype(np.uint16)))
    stabilised = analysis.stabiliser.forward(frames)
    columns = stabilised.std(axis=(0, 1))[16:-16]
    assert columns.min() > 0.93
    assert columns.max() < 1.07


def test_values_beyond_the_range_come_back():
    stabiliser = Stabiliser(NoiseLaw(np.array([0.0, 100.0]), np.array([4.0, 4.0])), 0, 100)
    values = np.array([-80.0, 50.0, 190.0])
    np.testing.assert_allclose(stabiliser.inverse(stabiliser.forward(values)), values, rtol=1e-3)


def test_the_law_of_a_faint_image_is_not_too_low():
    """What two faint frames share is hardly more than their noise, which may not pass for a change of brightness."""
    mean = 60 + cv2.GaussianBlur(np.random.default_rng(4).normal(0, 150, (256, 256)).astype(np.float32), (0, 0), 10)
    law = analyse(Cine(np.rint(poisson_gaussian(mean.clip(5), 12.0, 15.0) + 100).clip(0).astype(np.uint16))).law
    assert law.sigma_at(160) == pytest.approx(np.sqrt(12 * 60 + 15**2), rel=0.03)
