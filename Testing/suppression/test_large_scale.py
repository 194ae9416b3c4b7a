"""Brightness at large scale is the frame's own where it is certain, and the result's where noise would be put into it."""

import cv2
import numpy as np
import pytest

from FluoroDenoiseLib.noise.covariance import white_covariance
from FluoroDenoiseLib.noise.stripes import Stripes
from FluoroDenoiseLib.suppression.large_scale import LargeScale

ROWS, COLUMNS = np.mgrid[:256, :256].astype(np.float32)
SHADE = 0.3 * np.sin(2 * np.pi * COLUMNS / 512) * np.cos(2 * np.pi * ROWS / 512)


@pytest.fixture
def noise():
    return np.random.default_rng(0).standard_normal((256, 256)).astype(np.float32)


def test_shading_that_a_result_lacks_comes_back(noise):
    restored = LargeScale(white_covariance(), Stripes()).restored(np.zeros_like(SHADE), SHADE + noise)
    assert np.std(restored - SHADE) < 0.25 * np.std(SHADE)


def test_nothing_is_put_into_a_result_that_lacks_nothing(noise):
    large = 0.008 * 2 * np.pi**0.5 * 32 * cv2.GaussianBlur(noise, (0, 0), 32)  # all that white noise has up there, and no less
    restored = LargeScale(white_covariance(), Stripes()).restored(SHADE, SHADE + large)
    assert np.std(restored - SHADE) < 0.5 * np.std(large)


def test_offsets_of_rows_are_not_taken_for_brightness(noise):
    rows = 0.5 * np.random.default_rng(1).standard_normal((256, 1)).astype(np.float32)
    behind = [LargeScale(white_covariance(), Stripes(rows=size)).restored(SHADE, SHADE + rows + noise) for size in (0.5, 0.0)]
    told, untold = (np.std(image - SHADE) for image in behind)
    assert told < 0.5 * untold


def test_detail_is_not_touched(noise):
    result = np.where(np.abs(COLUMNS - 128) < 2, 5, 0).astype(np.float32)
    restored = LargeScale(white_covariance(), Stripes()).restored(result, SHADE + noise)
    assert np.abs(cv2.Laplacian(restored - result, cv2.CV_32F)).max() < 0.02
