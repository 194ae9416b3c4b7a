"""compare() tells the truth about filters whose faults are known."""

from __future__ import annotations

import json

import numpy as np
import pytest
from quality_helpers import SIGMA, blurred, filtered, median, noisy, recursive, scene, temporal_mean

from FluoroDenoiseLib import Cine
from FluoroDenoiseLib.errors import UnsuitableCine
from FluoroDenoiseLib.quality import Wire, compare
from FluoroDenoiseLib.quality.challenge import plant
from FluoroDenoiseLib.quality.removed import kept_slope


def test_a_cine_compared_with_itself_is_unchanged_in_every_figure():
    cine = noisy(scene())
    report = compare(cine, cine)
    assert report["noise_reduction_db"] == 0
    assert report["edges_kept"] == 1
    assert report["mean_change"] == 0
    assert report["residual_structure"]["score"] == 0


def test_the_noise_measured_is_the_noise_put_in():
    assert compare(*[noisy(scene())] * 2)["noise_before"] == pytest.approx(SIGMA, rel=0.03)


def test_small_units_are_not_rounded_away():
    cine = noisy(scene())
    tiny = cine.with_frames(cine.frames.astype(np.float32) * 1e-9)
    assert compare(tiny, tiny)["noise_before"] == pytest.approx(1e-9 * SIGMA, rel=0.03)


def test_frames_smaller_than_a_block_are_refused():
    cine = Cine(np.random.default_rng(0).integers(0, 99, (4, 96, 12), np.uint8))
    with pytest.raises(UnsuitableCine, match="at least 16 x 16"):
        compare(cine, cine)


def test_correlated_noise_is_measured_whole():
    assert compare(*[noisy(scene(), blur=0.8)] * 2)["noise_before"] == pytest.approx(SIGMA, rel=0.06)


def test_noise_left_by_a_temporal_filter_is_not_understated_as_its_flicker_is():
    cine = noisy(scene(), frames=40)
    report = compare(cine, filtered(cine, recursive))
    settled = SIGMA * np.sqrt(0.35 / (2 - 0.35))
    assert report["noise_after"] == pytest.approx(settled, rel=0.1)
    assert report["flicker_after"] < 0.65 * report["noise_after"]


def test_the_temporal_mean_of_a_static_scene_keeps_edges_and_removes_only_noise():
    cine = noisy(scene())
    report = compare(cine, filtered(cine, temporal_mean))
    assert report["edges_kept"] == pytest.approx(1, abs=0.02)
    assert report["residual_structure"]["score"] < 0.1


def test_blur_shows_as_lost_edges_and_as_structure_removed():
    cine = noisy(scene())
    report = compare(cine, filtered(cine, lambda frames: blurred(frames, 1.5)))
    assert report["edges_kept"] < 0.8
    assert report["residual_structure"]["score"] > 0.3


def test_a_shift_of_brightness_is_found():
    cine = noisy(scene())
    assert compare(cine, filtered(cine, lambda f: f * 1.01))["mean_change"] == pytest.approx(0.01, abs=0.001)


@pytest.mark.parametrize(("make", "kept", "ghost"), [(recursive, 0.35, 0.23), (temporal_mean, 1 / 12, 1 / 12)])
def test_a_moving_wire_lost_in_time_is_seen_without_any_reference(make, kept, ghost):
    cine = plant(noisy(scene()), Wire(contrast=0.3)).cine
    report = compare(cine, filtered(cine, make))
    assert report["moving_kept"] == pytest.approx(kept, abs=0.06)
    assert report["ghost"] == pytest.approx(ghost, abs=0.06)
    assert report["residual_structure"]["score"] == 1


def test_a_wire_erased_by_a_median_is_called_structure():
    cine = plant(noisy(scene()), Wire(contrast=0.3)).cine
    assert "structure" in compare(cine, filtered(cine, median))["residual_structure"]["verdict"]


def test_edges_are_not_looked_for_in_noise_that_a_vendor_s_filter_shares_among_frames():
    """Noise that grows with brightness has slopes in the bright that stand out of those in the dark."""
    bright = np.tile(np.abs(np.arange(160) - 80) < 24, (160, 1))
    clean = blurred(np.where(bright, 60, 0.6).astype(np.float32)[None], 12)[0]
    quanta = np.random.default_rng(0).poisson(clean, (30, 160, 160)).astype(np.float32)
    cine = Cine(np.rint(recursive(8 * quanta, 0.25)).astype(np.uint16), frame_time=1 / 15)
    perfect = filtered(cine, lambda frames: np.broadcast_to(8 * clean, frames.shape))
    assert compare(cine, perfect)["edges_kept"] == pytest.approx(1, abs=0.05)


def test_a_slope_that_chance_moves_far_is_not_known():
    assert kept_slope([(4.0, 3.6, 0.01), (6.0, 5.4, 0.03)]) == pytest.approx(0.9)
    assert kept_slope([(4.0, 3.6, 0.5), (6.0, 5.4, 0.5)]) is None
    assert kept_slope([(0.0, 0.0, 0.0)]) is None


def test_nothing_moving_means_no_claim_about_moving_objects():
    report = compare(*[noisy(scene())] * 2)
    assert report["moving_kept"] is None
    assert report["ghost"] is None


def test_the_collimator_is_left_out_of_the_measurement():
    clean = scene()
    framed = np.full_like(clean, 5)
    framed[40:-40, 40:-40] = clean[40:-40, 40:-40]
    cine = noisy(framed, sigma=SIGMA)
    cine.frames[:, :40] = cine.frames[:, -40:] = 5
    cine.frames[:, :, :40] = cine.frames[:, :, -40:] = 5
    report = compare(cine, filtered(cine, lambda frames: blurred(frames, 0.8)))
    assert report["noise_before"] == pytest.approx(SIGMA, rel=0.05)
    assert report["edges_kept"] < 0.97


def test_one_frame_is_compared_too():
    cine = noisy(scene(), frames=1)
    report = compare(cine, filtered(cine, median))
    assert report["flicker_before"] is None
    assert report["noise_after"] < report["noise_before"] / 2


def test_a_constant_cine_gives_no_figures_rather_than_an_error():
    cine = Cine(np.full((3, 64, 64), 7, np.uint8))
    report = compare(cine, cine)
    assert report["noise_reduction_db"] is None
    assert report["edges_kept"] is None


def test_signed_values_report_brightness_against_the_grey_span():
    cine = noisy(scene(), frames=4)
    hounsfield = Cine(cine.frames.astype(np.int16) - 100, intensity="HU")
    brighter = hounsfield.with_frames(hounsfield.frames + 1)
    assert abs(compare(hounsfield, brighter)["mean_change"]) < 0.05


def test_the_report_is_json():
    cine = noisy(scene(), frames=3)
    assert json.loads(json.dumps(compare(cine, filtered(cine, median))))["frames"] == 3


def test_cines_of_different_shapes_are_refused_in_words():
    with pytest.raises(UnsuitableCine, match="same shape"):
        compare(noisy(scene(), frames=3), noisy(scene(), frames=4))
