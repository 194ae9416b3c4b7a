"""The piloted filter sees what a test of raw frames cannot, and gains as much where nothing changed."""

import cv2
import numpy as np
import pytest

from FluoroDenoiseLib.noise.covariance import white_covariance
from FluoroDenoiseLib.suppression.piloted import PilotedFilter
from FluoroDenoiseLib.suppression.recursive import RecursiveFilter

SIZE = 160
OWN = 0.1  # standard deviation of a pilot's error


def noise(count, seed=0):
    return np.random.default_rng(seed).standard_normal((count, SIZE, SIZE)).astype(np.float32)


def pilots_of(clean):
    """Clean frames [T, H, W] with the smooth errors of a denoiser."""
    errors = np.stack([cv2.GaussianBlur(image, (0, 0), 2) for image in noise(len(clean), seed=9)])
    return (clean + errors * OWN / errors.std()).astype(np.float32)


def run(clean, pilots=None, active=None):
    """Predictions of all frames but the first."""
    piloted = PilotedFilter(white_covariance(), np.ones((SIZE, SIZE), bool) if active is None else active)
    frames, pilots = clean + noise(len(clean)), pilots_of(clean) if pilots is None else pilots
    return [piloted.update(frame, 1.0, pilot) for frame, pilot in zip(frames, pilots, strict=True)][1:]


def still(count=12):
    return np.zeros((count, SIZE, SIZE), np.float32)


def test_static_noise_falls_by_eight_decibel_in_twelve_frames():
    last = run(still())[-1]
    assert 10 * np.log10(1 / last.mean[8:-8, 8:-8].var()) > 8


def test_it_never_claims_to_be_better_than_it_is():
    last = run(still())[-1]
    true = last.mean[8:-8, 8:-8].var()
    assert true < np.median(last.variance) < 2 * true


def test_a_change_as_small_as_the_noise_is_noticed_which_raw_frames_do_not_tell():
    clean = still()
    places = [np.s_[row : row + 3, column : column + 3] for row in range(20, 140, 20) for column in range(20, 140, 20)]
    for place in places:
        clean[(-1, *place)] += 1
    raw = RecursiveFilter(white_covariance())
    unnoticed = [raw.update(frame) for frame in clean + noise(len(clean))][-1]
    noticed = run(clean)[-1]
    for found, low, high in ((unnoticed, 0.0, 0.5), (noticed, 1.0, np.inf)):
        assert low < np.median([found.variance[place].mean() for place in places]) < high


def test_what_was_in_one_frame_only_leaves_nothing_behind():
    clean = still()
    clean[-2, 70:90, 70:90] += 5
    with_object, without = run(clean)[-1], run(still())[-1]
    inside = np.s_[72:88, 72:88]
    left = (with_object.mean - without.mean)[inside]
    weight = 1 / (1 + with_object.variance[inside])  # that the state gets in what is shown
    assert abs(np.mean(left * weight)) < 0.05 * 5


def test_a_line_that_the_pilot_lost_is_seen_in_the_frame():
    clean = still()
    clean[-1, 80:82, 20:140] += 1.5
    last = run(clean, pilots_of(still()))[-1]
    along = last.variance[80:82, 40:120]
    assert np.median(along) > 5 * np.median(last.variance)
    assert np.median(last.line[80:82, 40:120]) > 0.2


def test_a_scene_cut_is_noticed_although_all_pilots_differ_then():
    clean = still()
    clean[8:] += 5 * np.sign(cv2.GaussianBlur(noise(1, seed=3)[0], (0, 0), 8))
    assert np.median(run(clean)[7].variance) > 20


def test_a_collimator_does_not_make_the_image_alarming():
    """Where it covers most of the frame, pilots hardly differ there: that says nothing about the image's."""
    active = np.zeros((SIZE, SIZE), bool)
    active[60:100, 60:100] = True
    pilots = np.where(active, pilots_of(still()), 0)
    inside = np.s_[64:96, 64:96]
    assert np.median(run(still(), pilots, active)[-1].variance[inside]) < 0.3


@pytest.mark.parametrize("shift", [2.0, 5.0])
def test_it_follows_motion_that_only_the_pilots_show(shift):
    rng = np.random.default_rng(2)
    wide = cv2.GaussianBlur(rng.normal(0, 25, (SIZE, 2 * SIZE)).astype(np.float32), (0, 0), 6)
    clean = np.stack([cv2.warpAffine(wide, np.float32([[1, 0, -shift * t], [0, 1, 0]]), (SIZE, SIZE)) for t in range(10)])
    last = run(clean)[-1]
    inner = np.s_[16:-16, 16:-40]
    assert np.square(last.mean - clean[-1])[inner].mean() < 0.35
