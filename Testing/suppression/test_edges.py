"""Edges are certain where the image is steep against the noise, and nowhere else."""

import numpy as np
import pytest

from FluoroDenoiseLib.suppression.edges import STEEP, certain_edges


def test_a_step_of_many_noise_deviations_is_certain_at_its_place_only():
    image = np.where(np.arange(64) < 32, 0, 20).astype(np.float32) * np.ones((64, 1), np.float32)
    certainty = certain_edges(image)
    assert certainty[:, 31:33].min() > 0.95
    assert certainty[:, np.r_[4:24, 40:60]].max() < 0.01


def test_a_ramp_of_the_named_slope_is_half_certain_in_any_direction():
    rows, columns = np.mgrid[:64, :64].astype(np.float32)
    for image in (STEEP * rows, STEEP * columns, STEEP * (rows + columns) / np.sqrt(2)):
        assert certain_edges(image.astype(np.float32))[8:-8, 8:-8] == pytest.approx(0.5, abs=0.01)


def test_what_noise_is_left_is_no_edge():
    left = 0.15 * np.random.default_rng(0).standard_normal((64, 64)).astype(np.float32)
    assert certain_edges(left).mean() < 0.02
