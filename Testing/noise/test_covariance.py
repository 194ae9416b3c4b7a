"""Spatial covariance is measured and noise of that covariance can be drawn."""

import cv2
import numpy as np
import pytest

from FluoroDenoiseLib.noise.covariance import REACH, estimate_covariance, gaussian_kernel, white_covariance


def blurred_noise(sigma, count=6, shape=(192, 192), seed=0):
    rng = np.random.default_rng(seed)
    noise = [cv2.GaussianBlur(rng.standard_normal(shape).astype(np.float32), (0, 0), sigma) for _ in range(count)]
    return [n / np.std(noise) for n in noise]


def everything(noise):
    return [np.ones(n.shape, bool) for n in noise]


def test_correlation_of_neighbours_is_measured():
    noise = blurred_noise(0.7)
    expected = np.mean([(n[:, 1:] * n[:, :-1]).mean() for n in noise])
    covariance = estimate_covariance(noise, [np.zeros(n.shape) for n in noise], everything(noise), classes=1)
    assert covariance.correlation[1] == pytest.approx(expected, abs=0.01)


def test_drawn_noise_has_the_covariance_that_was_measured():
    noise = blurred_noise(0.7)
    covariance = estimate_covariance(noise, [np.zeros(n.shape) for n in noise], everything(noise), classes=1)
    rng = np.random.default_rng(1)
    drawn = [covariance.sample(np.zeros((192, 192)), rng) for _ in range(6)]
    again = estimate_covariance(drawn, [np.zeros(n.shape) for n in drawn], everything(drawn), classes=1)
    np.testing.assert_allclose(again.autocovariance, covariance.autocovariance, atol=0.03)


def test_what_whole_frames_share_is_not_drawn_as_grain():
    """A frame that is brighter as a whole is correlated at all lags; cut off there, that would be drawn as blobs."""
    rng = np.random.default_rng(3)
    noise = [rng.standard_normal((128, 128)) + offset for offset in (0.15, -0.15) * 4]
    still = [np.ones((128, 128), bool)] * len(noise)
    measured = estimate_covariance(noise, [np.full((128, 128), 100.0)] * len(noise), still)
    assert measured.autocovariance[0, 0, 0] > 0.015
    drawn = measured.sample(np.full((256, 256), 100.0), rng)
    assert drawn.var() == pytest.approx(1, abs=0.03)
    assert cv2.blur(drawn, (11, 11)).var() * 121 == pytest.approx(1, abs=0.25)


def test_bright_and_dark_areas_keep_their_own_covariance():
    dark, bright = blurred_noise(0.3, seed=2), blurred_noise(1.0, seed=3)
    left = np.zeros((192, 192))
    left[:, 96:] = 10
    noise = [np.where(left > 0, b, d) for d, b in zip(dark, bright, strict=True)]
    covariance = estimate_covariance(noise, [left] * 6, everything(noise), classes=2)
    next_right = covariance.autocovariance[:, REACH, REACH + 1]
    assert next_right[1] > next_right[0] + 0.3


def test_only_static_pixels_count():
    noise = blurred_noise(0.5)
    half = np.zeros((192, 192), bool)
    half[:, :96] = True
    spoilt = [np.where(half, n, 40.0) for n in noise]
    covariance = estimate_covariance(spoilt, [np.zeros(n.shape) for n in noise], [half] * 6, classes=1)
    assert covariance.autocovariance[0, REACH, REACH] == pytest.approx(1, abs=0.05)


def test_what_smoothing_leaves_of_white_noise_is_the_kernels_energy():
    kernel = gaussian_kernel(2.5)
    assert white_covariance().smoothed_variance(kernel) == pytest.approx((kernel**2).sum(), rel=1e-6)
    assert kernel.sum() == pytest.approx(1)


@pytest.mark.parametrize("span", [0.0, 6.0, 60.0])
def test_noise_drawn_over_a_noisy_image_is_no_whiter_than_the_noise_measured(span):
    """Where classes lie within the noise of each other, a pixel's class is not to change with its noise."""
    noise = blurred_noise(0.7)
    scene = span * np.linspace(0, 1, 192, dtype=np.float32)[:, None] + np.zeros((192, 192), np.float32)
    levels = [scene + cv2.GaussianBlur(n, (0, 0), 1.5) for n in noise]
    covariance = estimate_covariance(noise, levels, everything(noise))
    rng = np.random.default_rng(1)
    drawn = [covariance.sample(scene + n, rng) for n in noise]
    assert np.mean([fine(n) for n in drawn]) == pytest.approx(np.mean([fine(n) for n in noise]), rel=0.02)


def test_noise_is_drawn_whiter_in_the_dark_where_it_was_measured_so():
    """Read-out noise is white and the light's is blurred; the one gives way to the other over a narrow range too."""
    rng = np.random.default_rng(4)
    scene = 10 + 8 * np.linspace(0, 1, 256, dtype=np.float32)[:, None] ** 2 + np.zeros((256, 256), np.float32)
    electronic = np.clip((18 - scene) / 8, 0, 1)

    def frame(blurred):
        return np.sqrt(1 - electronic) * blurred + np.sqrt(electronic) * rng.standard_normal(scene.shape)

    noise = [frame(blurred) for blurred in blurred_noise(0.7, count=8, shape=scene.shape, seed=5)]
    covariance = estimate_covariance(noise, [scene] * 8, everything(noise))
    drawn = [covariance.sample(scene + n, rng) for n in noise]
    for rows in np.split(np.arange(256), 4):
        assert np.mean([fine(n[rows]) for n in drawn]) == pytest.approx(np.mean([fine(n[rows]) for n in noise]), rel=0.05)


def fine(image):
    return np.std(image - cv2.blur(image, (3, 3)))
