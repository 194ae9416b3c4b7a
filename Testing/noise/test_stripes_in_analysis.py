"""Noise is drawn, and its law and unit taken, as it is once stripes are removed."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, gaussian_filter1d

from FluoroDenoiseLib import Cine
from FluoroDenoiseLib.noise import analyse
from FluoroDenoiseLib.stabilised import StabilisedFrames
from FluoroDenoiseLib.training.drawn_noise import draw

STRIPES = 0.6
"""Standard deviation of row offsets, in units of the pixels' own noise."""


@pytest.fixture(scope="module")
def striped():
    rng = np.random.default_rng(0)
    clean = 1000 + 300 * np.tile(np.sin(np.linspace(0, 3, 160)), (160, 1))
    noise = gaussian_filter(rng.standard_normal((14, 160, 160)), (0, 0.5, 0.5), mode="wrap")
    noise = noise / noise.std() + STRIPES * rng.standard_normal((14, 160, 1))
    return Cine(np.rint(clean + 20 * noise).astype(np.uint16), frame_time=1 / 15)


def test_what_is_left_of_a_striped_cine_has_unit_noise(striped):
    frames = StabilisedFrames(striped, analyse(striped))
    mean = np.mean([frames[t][0] for t in range(len(striped))], axis=0)
    left = [np.std((frames[t][0] - mean) / frames[t][1]) for t in range(len(striped))]
    assert np.mean(left) / np.sqrt(1 - 1 / len(striped)) == pytest.approx(1, abs=0.05)


def test_the_law_is_that_of_the_pixels_in_the_dark_and_in_the_light():
    rng = np.random.default_rng(2)
    clean = np.tile(np.linspace(100, 3000, 240), (160, 1))
    noise = np.sqrt(clean) * rng.standard_normal((14, 160, 240)) + 10 * rng.standard_normal((14, 160, 1))
    analysis = analyse(Cine(np.rint(clean + noise).astype(np.uint16), frame_time=1 / 15))
    assert analysis.stripes.rows > 0.2
    levels = np.array([300, 400, 1500, 2800])  # 13% off at 300 with the stripes in it
    np.testing.assert_allclose(analysis.law.sigma_at(levels), np.sqrt(levels), rtol=0.05)


def test_noise_drawn_for_a_striped_cine_has_none(striped):
    analysis = analyse(striped)
    assert analysis.stripes.rows > 0.4 and analysis.stripes.columns == 0
    level = StabilisedFrames(striped, analysis)[5][0]
    drawn = analysis.covariance.sample(level, np.random.default_rng(1))
    rows, columns = drawn.mean(1).std(), drawn.mean(0).std()
    assert drawn.std() == pytest.approx(1, abs=0.03) and rows < 1.5 * columns


def test_what_is_drawn_for_a_striped_cine_has_the_slow_rows_that_removal_leaves(striped):
    analysis = analyse(striped)
    frames, rng = StabilisedFrames(striped, analysis), np.random.default_rng(3)
    mean = np.mean([frames[t][0] for t in range(len(striped))], axis=0)
    left = [frames[t][0] - mean for t in range(len(striped))]
    drawn = [draw(*frames[t], analysis, rng)[0] for t in range(len(striped))]
    rows, drawn_rows = (np.std([gaussian_filter1d(one.mean(1), 3) for one in images]) for images in (left, drawn))
    assert drawn_rows == pytest.approx(rows, rel=0.2)
    without = [analysis.covariance.sample(frames[t][0], rng).mean(1) for t in range(len(striped))]
    assert np.std([gaussian_filter1d(one, 3) for one in without]) < 0.5 * rows


def test_stripes_are_removed_beside_a_collimator_that_covers_most_of_a_row(striped):
    covered = striped.frames.copy()
    covered[:, :, :50] = covered[:, :, 110:] = 3
    analysis = analyse(Cine(covered, frame_time=1 / 15))
    frames = StabilisedFrames(Cine(covered, frame_time=1 / 15), analysis)
    seen = np.stack([frames[t][0][:, 50:110] for t in range(len(frames))])
    assert analysis.stripes.rows > 0.4
    assert (seen - seen.mean(0)).mean(2).std() < 0.6 * analysis.stripes.rows
