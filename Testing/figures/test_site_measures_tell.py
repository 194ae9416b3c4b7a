"""The figures of fine-tuning on simulated sites measure what they say."""

import numpy as np

from Testing.figures.sites import at_brightness_of


def test_a_shift_that_hangs_on_brightness_is_taken_out_and_noise_is_not():
    rng = np.random.default_rng(0)
    clean = rng.uniform(100, 4000, (3, 64, 64)).astype(np.float32)
    noise = rng.normal(0, 5, clean.shape)
    error = at_brightness_of(clean, clean + 30 * np.exp(-clean / 1000) + noise) - clean
    dark = clean < 500
    assert abs(error[dark].mean()) < 1 and abs(error[~dark].mean()) < 0.2
    assert abs(error.std() / noise.std() - 1) < 0.02


def test_lost_detail_is_not_given_back():
    """Stripes of one brightness in two places, flattened in one of them."""
    clean = np.tile(np.float32([100, 200]), (64, 32))
    result = clean.copy()
    result[:32] = 150
    error = at_brightness_of(clean, result) - clean
    assert np.sqrt(np.mean(error**2)) > 20
