"""Skewness and kurtosis of noise are measured, and drawn so that recorruption leaves no dependence."""

import cv2
import numpy as np
import pytest

from FluoroDenoiseLib.noise.shape import GAUSSIAN, NoiseShape, noise_shape
from FluoroDenoiseLib.training.losses.recorruption import recorrupt

SHAPE = (192, 192)
ACTIVE = np.ones(SHAPE, bool)


def bent_noise(rng, weight=0.0, tails=0.0):
    normal = rng.standard_normal(SHAPE)
    bent = normal + weight * (normal**2 - 1) + tails * (normal**3 - 3 * normal)
    return (bent / np.sqrt(1 + 2 * weight**2 + 6 * tails**2)).astype(np.float32)


def cine(count=24, seed=0, speed=0.0, **bend):
    """Left half dark and Gaussian, right half bright and bent, with a disc that moves."""
    rng = np.random.default_rng(seed)
    frames = []
    for t in range(count):
        scene = np.full(SHAPE, 10, np.float32)
        scene[:, 96:] = 30
        cv2.circle(scene, (int(20 + speed * t), 90), 14, 20, -1)
        bright = np.arange(SHAPE[1]) >= 96
        frames.append(scene + np.where(bright, bent_noise(rng, **bend), rng.standard_normal(SHAPE).astype(np.float32)))
    return frames


def cumulants(samples):
    unit = (samples - samples.mean()) / samples.std()
    return (unit**3).mean(), (unit**4).mean() - 3


@pytest.mark.parametrize("speed", [0.0, 4.0])
def test_skewness_and_tails_are_measured_where_nothing_moves(speed):
    bend = {"weight": 0.05, "tails": 0.02}
    skewness, kurtosis = cumulants(np.stack([bent_noise(np.random.default_rng(k), **bend) for k in range(40)]))
    found = noise_shape(cine(speed=speed, **bend), ACTIVE)
    assert skewness > 0.25 and kurtosis > 0.5
    assert np.interp(30, found.levels, found.skewness) == pytest.approx(skewness, abs=0.07)
    assert np.interp(30, found.levels, found.kurtosis) == pytest.approx(kurtosis, abs=0.2)
    assert np.interp(10, found.levels, found.skewness) == pytest.approx(0, abs=0.05)
    assert np.interp(10, found.levels, found.kurtosis) == pytest.approx(0, abs=0.15)


@pytest.mark.parametrize("frames", [cine(2), cine()[:3], []])
def test_too_little_to_tell_it_from_counts_as_gaussian(frames):
    assert noise_shape(frames, ACTIVE & (np.arange(SHAPE[1]) < 60)) is GAUSSIAN


def test_bent_noise_has_the_shape_asked_for_in_both_signs():
    shape = NoiseShape(np.array([0.0, 10.0]), np.array([0.0, 0.3]), np.array([0.0, 0.4]))
    normal = np.random.default_rng(1).standard_normal((1000, 1000))
    odd, even = shape.bend(normal, np.full(normal.shape, 5.0), strength=0.8)
    for noise in (even + odd, even - odd):
        skewness, kurtosis = cumulants(noise)
        assert noise.std() == pytest.approx(1, abs=0.01)
        assert skewness == pytest.approx(0.15 / 0.8, abs=0.03)
        assert kurtosis == pytest.approx(0.2 / 0.8**2, abs=0.15)


def test_recorruption_with_the_noises_shape_leaves_nothing_that_spikes_tell_of_the_target():
    rng, strength, normal = np.random.default_rng(2), 0.7, np.random.default_rng(3).standard_normal
    own = normal(2**21)
    own = (own + 0.05 * (own**2 - 1) + 0.012 * (own**3 - 3 * own)) / np.sqrt(1 + 2 * 0.05**2 + 6 * 0.012**2)
    skewness, kurtosis = cumulants(own)
    shape = NoiseShape(np.zeros(1), np.array([skewness]), np.array([kurtosis]))
    odd, even = shape.bend(rng.standard_normal(own.size), np.zeros(own.size), strength)
    unbent = dependence(*recorrupt(own, rng.standard_normal(own.size), strength))
    assert min(unbent) > 0.04
    for noise in (even + odd, even - odd):
        assert np.all(dependence(*recorrupt(own, noise, strength)) < 0.4 * unbent)


def dependence(shown, target):
    """How much the target follows the square and the cube of what is shown."""
    unit = shown / shown.std()
    polynomials = (unit**2 - 1) / 2**0.5, (unit**3 - 3 * unit) / 6**0.5
    return np.abs([(target * polynomial).mean() for polynomial in polynomials])
