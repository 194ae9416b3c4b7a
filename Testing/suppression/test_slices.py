from __future__ import annotations

import numpy as np

from FluoroDenoiseLib.suppression.slices import predict_from_slice

ONES = np.ones((64, 64), np.float32)


def noise(seed):
    return np.random.default_rng(seed).standard_normal((64, 64)).astype(np.float32)


def test_a_neighbour_of_the_same_anatomy_counts_as_much_as_the_slice_itself():
    prediction = predict_from_slice(noise(0), ONES, noise(1), ONES)
    assert 0.95 < np.median(prediction.variance) < 1.2


def test_a_noisier_neighbour_counts_less():
    prediction = predict_from_slice(noise(0), ONES, 2 * noise(1), 2 * ONES)
    assert 3.8 < np.median(prediction.variance) < 4.8


def test_a_neighbour_says_little_where_its_anatomy_is_another():
    other = noise(1)
    other[:, 32:] += 8.0
    variance = predict_from_slice(noise(0), ONES, other, ONES).variance
    assert np.median(variance[:, 40:]) > 40 and np.median(variance[:, :24]) < 1.3
