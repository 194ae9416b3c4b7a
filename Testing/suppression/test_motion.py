"""Motion is followed where there is motion, and not invented where there is only noise."""

import cv2
import numpy as np
import pytest

from FluoroDenoiseLib.suppression.motion import MotionEstimator, warp


def scene(seed=0, size=320):
    rng = np.random.default_rng(seed)
    return cv2.GaussianBlur(rng.normal(0, 120, (size, size)).astype(np.float32), (0, 0), 5)


def noise(seed):
    return np.random.default_rng(seed).standard_normal((256, 256)).astype(np.float32)


def grid(size):
    """Column and row of each pixel."""
    return np.dstack(np.meshgrid(np.arange(size, dtype=np.float32), np.arange(size, dtype=np.float32)))


def flow_between(before, now):
    motion = MotionEstimator()
    first = motion.guide(before)
    return motion.flow(motion.guide(now), first)


def test_a_static_scene_gets_no_flow_from_its_noise():
    still = scene()[:256, :256]
    flow = flow_between(still + noise(1), still + noise(2))
    assert flow is None or np.percentile(np.abs(flow), 99) < 0.1


@pytest.mark.parametrize("shape", [(8, 8), (12, 512), (20, 20), (15, 24)])
def test_frames_too_small_for_a_flow_have_none_or_one(shape):
    flow = flow_between(*(cv2.resize(scene(seed), shape[::-1]) for seed in range(2)))
    assert flow is None or np.isfinite(flow).all()


def test_motion_is_followed_where_the_first_image_was_dark():
    """Exposure rises: what came first was darker, with a hundredth of the contrast."""
    wide = scene()
    motion = MotionEstimator()
    motion.guide(0.01 * wide[:256, :256] - 300)
    before = motion.guide(wide[:256, :256] + noise(1))
    flow = motion.flow(motion.guide(wide[:256, 6:262] + noise(2)), before)
    assert np.median(flow[..., 0]) == pytest.approx(3, abs=0.2)


@pytest.mark.parametrize("shift", [3, 9, 20])
def test_panning_is_followed_to_a_fraction_of_a_pixel(shift):
    wide = scene()
    before, now = wide[:256, :256], wide[:256, shift : 256 + shift]
    motion = MotionEstimator()
    first = motion.guide(before + noise(1))
    places = motion.places(motion.guide(now + noise(2)), first, (256, 256))
    inside = (places - grid(256))[40:-40, 40:-40]
    assert np.median(inside[..., 0]) == pytest.approx(shift, abs=0.3)
    assert np.median(inside[..., 1]) == pytest.approx(0, abs=0.3)


def test_local_motion_leaves_the_rest_where_it_is():
    """An opaque object moves 6 pixels to the right over a static scene."""
    still, texture = scene()[:256, :256], scene(seed=5)[:256, :256]
    window = cv2.GaussianBlur(np.pad(np.ones((80, 80), np.float32), 88), (0, 0), 4)
    before = still + window * (texture - still)
    now = still + np.roll(window, 6, axis=1) * (np.roll(texture, 6, axis=1) - still)
    flow = flow_between(before + noise(1), now + noise(2))
    assert np.median(np.abs(flow[:30])) < 0.02
    assert np.median(flow[54:74, 54:74, 0]) * 2 == pytest.approx(-6, abs=1.5)


def test_what_moves_does_not_make_static_detail_tremble():
    """A device of 10 x 80 pixels moves by 8 over a faint scene with finest texture that noise hides in a single frame."""
    still = 0.1 * scene()[:256, :256] + 0.3 * np.random.default_rng(3).standard_normal((256, 256)).astype(np.float32)
    before, now = still.copy(), still.copy()
    before[100:110, 100:180] += 20
    now[108:118, 100:180] += 20
    flow = flow_between(before + noise(1), now + noise(2))
    elsewhere = np.ones((128, 128), bool)
    elsewhere[40:70, 40:100] = False
    assert (np.hypot(*flow[elsewhere].T) > 0.02).mean() < 0.02
    assert np.median(flow[54:59, 52:88, 1]) * 2 == pytest.approx(-8, abs=1.5)


def test_warping_takes_pixels_from_their_places():
    image = scene()[:256, :256]
    np.testing.assert_allclose(warp(image, grid(256) + np.float32([7, 0]))[:, :240], image[:, 7:247], atol=1e-3)


def test_what_comes_from_beyond_the_border_is_marked():
    assert warp(np.ones((64, 64), np.float32), grid(64) + np.float32(10), outside=100.0)[-1, -1] == 100
