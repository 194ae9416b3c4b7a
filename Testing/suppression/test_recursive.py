"""The recursive filter gains in static scenes, follows motion, and leaves no ghost behind what moves."""

import cv2
import numpy as np
import pytest

from FluoroDenoiseLib.noise.brightness import match_brightness
from FluoroDenoiseLib.noise.covariance import white_covariance
from FluoroDenoiseLib.suppression.recursive import RecursiveFilter


def noise(count, seed=0, size=160):
    return np.random.default_rng(seed).standard_normal((count, size, size)).astype(np.float32)


def run(frames):
    """Predictions of all frames but the first, and the filter."""
    recursion = RecursiveFilter(white_covariance())
    return [recursion.update(frame) for frame in frames][1:]


def test_static_noise_falls_by_eight_decibel_in_twelve_frames():
    last = run(noise(12))[-1]
    assert 10 * np.log10(1 / last.mean[8:-8, 8:-8].var()) > 8


def test_it_never_claims_to_be_better_than_it_is():
    last = run(noise(12))[-1]
    true = last.mean[8:-8, 8:-8].var()
    assert true < np.median(last.variance) < 2 * true


def test_the_prediction_of_a_frame_holds_nothing_of_its_noise():
    frames = noise(8)
    last = run(frames)[-1]
    assert abs(np.corrcoef(last.mean.ravel(), frames[-1].ravel())[0, 1]) < 0.01


def test_a_noisy_first_frame_weighs_little():
    frames = noise(4)
    frames[0] *= 5
    recursion = RecursiveFilter(white_covariance())
    recursion.update(frames[0], noise=5.0)
    prediction = [recursion.update(f) for f in frames[1:]][-1]
    assert prediction.mean.var() < 0.75


def test_an_object_of_one_frame_leaves_little_behind():
    """With one fixed weight of 0.2 for all pixels 16 % would be left in the next prediction, and 51 % of 0.2 later on."""
    frames = noise(8)
    frames[5, 70:90, 70:90] += 10
    clean_frames = noise(8)
    with_object, without = run(frames)[-1], run(clean_frames)[-1]
    inside = np.s_[74:86, 74:86]
    ghost = (with_object.mean - without.mean)[inside].mean() / 10
    assert abs(ghost) < 0.05 or with_object.variance[inside].mean() > 2


def test_a_scene_cut_is_noticed():
    frames = noise(8)
    frames[5:] += 25 * np.sign(cv2.GaussianBlur(noise(1, seed=3)[0], (0, 0), 8))
    at_the_cut = run(frames)[4]
    assert np.median(at_the_cut.variance) > 20


def test_panning_is_followed_from_the_state_which_is_less_noisy_than_the_last_frame():
    """From frame to frame alone the error would be 0.16: motion that follows noise blurs the state."""
    errors = []
    for seed in range(3):
        rng = np.random.default_rng(seed)
        wide = cv2.GaussianBlur(rng.normal(0, 25, (160, 320)).astype(np.float32), (0, 0), 4)
        clean = np.stack([cv2.warpAffine(wide, np.float32([[1, 0, -3 * t], [0, 1, 0]]), (160, 160)) for t in range(12)])
        errors.append(np.square(run(clean + noise(12, seed))[-1].mean - clean[-1])[16:-16, 16:-50].mean())
    assert np.mean(errors) < 0.14


def test_drift_of_brightness_is_followed():
    rng = np.random.default_rng(0)
    scene = 100 + cv2.GaussianBlur(rng.normal(0, 300, (160, 160)).astype(np.float32), (0, 0), 10)
    gains = 1 + 0.04 * np.sin(np.arange(12))
    frames = noise(12) + np.stack([scene * g for g in gains]).astype(np.float32)
    last = run(frames)[-1]
    error = last.mean - scene * gains[-1]
    assert error[8:-8, 8:-8].std() < 0.5
    assert abs(error.mean()) < 0.05


def test_brightness_is_matched_although_something_moved():
    base = cv2.GaussianBlur(noise(1)[0] * 200, (0, 0), 6)
    now = base * 1.05 + 3
    now[40:80, 40:80] += 60
    matched = match_brightness(now, base)[0]
    np.testing.assert_allclose(matched[100:, 100:], (base * 1.05 + 3)[100:, 100:], atol=0.1)


def test_brightness_is_matched_where_a_shutter_has_painted_over_most_of_the_image():
    base = cv2.GaussianBlur(noise(1)[0] * 200, (0, 0), 6)
    now, before = (gain * base + one for gain, one in zip((1.05, 1.0), noise(2, seed=4), strict=True))
    painted = np.ones(base.shape, bool)
    painted[40:120, 40:120] = False
    now[painted] = before[painted] = -50
    matched = match_brightness(now, before)[0][~painted]
    assert matched.std() == pytest.approx(now[~painted].std(), rel=0.01)


def test_noise_is_not_taken_for_a_change_of_brightness():
    """Cell means of faint images are noise for a good part; a slope of one on the other would shrink the image."""
    faint = 4 * cv2.GaussianBlur(noise(1)[0], (0, 0), 6)
    now, before = (faint + 2 * one for one in noise(2, seed=5))
    assert match_brightness(now, before)[0].std() == pytest.approx(before.std(), rel=0.005)
    flat_now, flat_before = noise(2, seed=6)
    assert match_brightness(flat_now, flat_before)[0].std() == pytest.approx(flat_before.std(), rel=1e-4)


def test_the_gain_between_a_quiet_and_a_noisy_image_is_found():
    scene = 100 * cv2.GaussianBlur(noise(1)[0], (0, 0), 6)
    quiet, noisy = scene + 0.3 * noise(1, seed=7)[0], 1.1 * scene + 3 * noise(1, seed=8)[0]
    matched = match_brightness(noisy, quiet, noisier=100.0)[0]
    assert matched.std() / quiet.std() == pytest.approx(1.1, abs=0.02)
