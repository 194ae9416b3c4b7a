"""Fixed pattern is taken out only where motion tells it from anatomy."""

import cv2
import numpy as np
import pytest

from FluoroDenoiseLib.noise.covariance import white_covariance
from FluoroDenoiseLib.noise.fixed_pattern import fixed_pattern, fixed_pattern_left

ACTIVE = np.ones((128, 128), bool)
PATTERN = np.random.default_rng(9).normal(0, 0.5, (128, 128)).astype(np.float32)


def frames(speed, pattern, count=24):
    rng = np.random.default_rng(0)
    scene = cv2.GaussianBlur(rng.normal(0, 150, (128, 600)).astype(np.float32), (0, 0), 5)
    moving = [scene[:, speed * t : speed * t + 128] for t in range(count)]
    return [m + rng.standard_normal((128, 128)).astype(np.float32) + pattern for m in moving]


def test_the_pattern_of_a_panning_cine_is_found():
    found = fixed_pattern(frames(7, PATTERN), ACTIVE, white_covariance())
    assert np.corrcoef(found.ravel(), PATTERN.ravel())[0, 1] > 0.7
    assert (PATTERN - found).std() < 0.75 * PATTERN.std()


def test_a_static_cine_is_left_alone_because_its_detail_could_be_anatomy():
    assert not fixed_pattern(frames(0, PATTERN), ACTIVE, white_covariance()).any()


def test_a_panning_cine_without_pattern_is_left_alone():
    assert not fixed_pattern(frames(7, 0), ACTIVE, white_covariance()).any()


def test_a_few_frames_are_too_few():
    assert not fixed_pattern(frames(7, PATTERN, count=8), ACTIVE, white_covariance()).any()


@pytest.mark.parametrize("speed", [0, 7])
@pytest.mark.parametrize("share", [0.0, 0.2, 1.0])
def test_how_strong_a_white_pattern_is_can_be_told_whatever_moves(speed, share):
    left = fixed_pattern_left(frames(speed, share * PATTERN), ACTIVE)
    assert left == pytest.approx(share * PATTERN.std(), rel=0.15, abs=0.03)


def test_fine_edges_are_not_taken_for_a_pattern():
    y, x = np.mgrid[:128, :128]
    edges = np.float32(4 * ((x + 2 * y) % 190 < 2))
    assert fixed_pattern_left(frames(0, edges), ACTIVE) < 0.1


def test_of_a_few_frames_or_pixels_no_pattern_is_told():
    assert fixed_pattern_left(frames(7, PATTERN, count=8), ACTIVE) == 0
    assert fixed_pattern_left(frames(7, PATTERN), np.eye(128) > 0) == 0


def test_fine_anatomy_that_stands_still_while_the_light_changes_is_no_pattern():
    """Nor is what stood still until the view changed: it would be printed into the other view, inverted."""
    rng = np.random.default_rng(2)
    bones = [0.75 * cv2.GaussianBlur(rng.normal(0, 3, (128, 128)).astype(np.float32), (0, 0), 1.2) for _ in range(2)]
    light = 2 * np.sin(np.arange(24))
    noise = rng.standard_normal((24, 128, 128)).astype(np.float32)
    for cine in (bones[0] + light[:, None, None] + noise, [bones[t // 12] + 4 * (t // 12) + noise[t] for t in range(24)]):
        assert not fixed_pattern(list(np.float32(cine)), ACTIVE, white_covariance()).any()
