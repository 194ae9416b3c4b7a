"""The line detector sees wires fainter than the noise of a pixel, keeps quiet in noise, takes no blob or area for a line."""

import cv2
import numpy as np
import pytest

from FluoroDenoiseLib.noise.covariance import white_covariance
from FluoroDenoiseLib.suppression.lines import LineDetector

SIZE = 192


def noise(seed=0):
    return np.random.default_rng(seed).standard_normal((SIZE, SIZE)).astype(np.float32)


def line_at(angle, width):
    """A line through the middle, contrast 1, and the pixels on its axis."""
    row, column = np.mgrid[:SIZE, :SIZE] - SIZE / 2
    across = row * np.cos(angle) - column * np.sin(angle)
    inside = np.hypot(row, column) < SIZE / 3
    profile = np.clip(width / 2 + 0.5 - np.abs(across), 0, 1) * inside
    return profile.astype(np.float32), inside & (np.abs(across) < 0.5)


def excess(image):
    return LineDetector(white_covariance()).excess(image, np.ones_like(image))


def test_noise_alone_is_seldom_taken_for_a_line():
    share = np.mean([(excess(noise(seed)) > 0).mean() for seed in range(4)])
    assert share < 0.005


@pytest.mark.parametrize("angle", np.linspace(0, np.pi, 6, endpoint=False))
@pytest.mark.parametrize(("width", "contrast"), [(2, 2.0), (4, 1.5), (7, 1.0)])
def test_a_line_of_any_direction_is_seen_along_most_of_its_length(angle, width, contrast):
    profile, axis = line_at(angle, width)
    assert (excess(noise() + contrast * profile)[axis] > 0).mean() > 0.8


def test_the_same_contrast_in_one_pixel_is_not_seen():
    image = noise()
    seen = excess(image)[90:100, 90:100].max()
    image[95, 95] += 2
    assert excess(image)[90:100, 90:100].max() < seen + 0.3


def test_an_area_that_becomes_brighter_is_no_line():
    """As lungs do when the heart leaves them: noise would be left wherever a line is thought to be new."""
    assert (excess(noise() + 2) > 0).mean() == (excess(noise()) > 0).mean()
    row, column = np.mgrid[:SIZE, :SIZE] - SIZE / 2
    area = 2 * np.exp(-0.5 * (row**2 + column**2) / 25.0**2).astype(np.float32)
    assert (excess(noise() + area) > 0).mean() < 0.01


def test_known_noise_is_taken_into_account():
    """Where the variance is four times larger, twice the contrast is needed for the same significance."""
    detector, variance = LineDetector(white_covariance()), np.full((SIZE, SIZE), 4, np.float32)
    image = noise() + 3 * line_at(0.4, 2)[0]
    np.testing.assert_allclose(detector.excess(2 * image, variance), excess(image), atol=1e-4)


@pytest.mark.parametrize("shape", [(33, 47), (16, 16), (5, 9)])
def test_any_size_of_image_does(shape):
    image = cv2.resize(noise(), shape[::-1])
    assert LineDetector(white_covariance()).excess(image, np.ones_like(image)).shape == shape
