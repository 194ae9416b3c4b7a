"""The whole analysis: what it refuses, what it says, and what it leaves alone."""

import json

import cv2
import numpy as np
import pytest

from FluoroDenoiseLib.cine import Cine
from FluoroDenoiseLib.errors import UnsuitableCine
from FluoroDenoiseLib.noise import analyse
from FluoroDenoiseLib.noise.passive import passive_mask


def flat_cine(count=12, sigma=8.0, seed=0, **kinds):
    frames = 100 + np.random.default_rng(seed).normal(0, sigma, (count, 128, 128))
    return Cine(np.rint(frames).clip(0, 255).astype(np.uint8), **kinds)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_values_that_are_not_finite_are_refused_and_the_frame_is_named(bad):
    frames = flat_cine().frames.astype(np.float32)
    frames[3, 5, 5] = bad
    with pytest.raises(UnsuitableCine, match="frame 3"):
        analyse(Cine(frames))


@pytest.mark.parametrize("shape", [(5, 96, 1), (5, 1, 96), (5, 4, 4)])
def test_frames_of_a_few_pixels_are_refused(shape):
    with pytest.raises(UnsuitableCine, match=f"frames of {shape[2]} x {shape[1]} pixels"):
        analyse(Cine(np.random.default_rng(0).integers(0, 99, shape, np.uint8)))


def test_values_too_large_to_compute_with_are_refused():
    with pytest.raises(UnsuitableCine, match="beyond 1e.15 in frame 0"):
        analyse(Cine(flat_cine().frames * 1e20))


@pytest.mark.parametrize(("kind", "offset"), [(np.uint32, 2e9), (np.int64, -1e13), (np.float64, 1e12)])
def test_values_that_single_precision_cannot_tell_apart_are_refused(kind, offset):
    with pytest.raises(UnsuitableCine, match="Subtract an offset"):
        analyse(Cine(flat_cine().frames.astype(kind) + kind(offset)))


def test_a_few_padded_pixels_far_away_are_no_reason_to_refuse():
    frames = flat_cine().frames.astype(np.int32)
    frames[:, :10] = np.iinfo(np.int32).min
    assert analyse(Cine(frames)).law.sigma_at(100) == pytest.approx(8, rel=0.1)


def test_the_unit_does_not_matter_to_what_is_told():
    tiny = Cine(flat_cine().frames.astype(np.float32) * 1e-9)
    assert np.median(analyse(tiny).summary()["sigma"]) == pytest.approx(8e-9, rel=0.1)


def test_constant_frames_are_refused():
    with pytest.raises(UnsuitableCine, match="constant"):
        analyse(Cine(np.full((5, 64, 64), 7, np.uint16)))


def test_the_summary_is_plain_json():
    assert json.loads(json.dumps(analyse(flat_cine()).summary()))["vendor_recursion"] == 0


def test_one_frame_is_analysed_within_itself_and_says_so():
    analysis = analyse(flat_cine(count=1))
    assert not analysis.temporal
    assert analysis.fit.trust < 1
    assert any("Only one frame" in sentence for sentence in analysis.warnings)
    assert 4 < analysis.law.sigma_at(100) < 9


def test_slices_are_never_compared_as_if_they_were_frames():
    assert not analyse(flat_cine(traits=frozenset({"slices"}))).temporal


def test_a_first_frame_that_is_noisier_is_named():
    frames = flat_cine(count=16, sigma=5).frames.astype(np.float32)
    frames[0] += np.random.default_rng(5).normal(0, 15, frames[0].shape)
    analysis = analyse(Cine(np.rint(frames).clip(0, 255).astype(np.uint8)))
    assert analysis.start_up_frames == (0,)
    assert analysis.relative_noise[0] == pytest.approx(np.sqrt(25 + 225) / 5, rel=0.1)


def test_noise_that_depends_on_the_place_gets_a_local_map():
    rng = np.random.default_rng(0)
    scale = np.linspace(3, 12, 256)[:, None] * np.ones((1, 256))
    frames = 300 + rng.standard_normal((16, 256, 256)) * scale
    analysis = analyse(Cine(np.rint(frames).astype(np.uint16)))
    stabilised = analysis.stabiliser.forward(frames) / analysis.fit.scale_map
    np.testing.assert_allclose(stabilised.std(axis=(0, 2))[20:-20], 1, atol=0.15)
    assert analysis.fit.misfit > 0.2
    assert any("local map" in sentence for sentence in analysis.warnings)


def test_noise_without_law_or_map_costs_trust():
    """Each frame has its noise elsewhere, as after lossy compression: nothing learnt from some frames holds in others."""
    rng = np.random.default_rng(0)
    size = np.kron(np.exp(rng.normal(0, 1.2, (17, 8, 8))), np.ones((1, 32, 32)))
    frames = 3000 + 20 * rng.standard_normal((17, 256, 256)) * size
    fit = analyse(Cine(np.rint(frames).clip(0).astype(np.uint16))).fit
    assert fit.trust < 1
    assert any("comes and goes" in sentence for sentence in fit.warnings)


@pytest.mark.parametrize("name", ["IM1.dcm", "IM5.dcm", "IM6.dcm"])
def test_real_noise_is_not_mistaken_for_compressed_noise(shared_data, name):
    assert analyse(Cine.read(shared_data / "xa-phantom-kragujevac" / name)).fit.trust == 1


def test_border_and_burned_in_areas_are_passive_and_single_dead_pixels_are_not():
    frames = flat_cine().frames.copy()
    frames[:, :20] = 0
    frames[:, 60:80, 60:100] = 255
    frames[:, 110, 110] = 77
    mask = passive_mask(frames, limits=(0, 255))
    assert mask[:20].all()
    assert mask[60:80, 60:100].all()
    assert not mask[110, 110]
    assert mask[25:55].mean() == 0


def test_a_shutter_named_by_the_file_is_passive():
    covered = np.zeros((128, 128), bool)
    covered[:, :30] = True
    assert analyse(flat_cine(covered=covered)).passive[:, :30].all()


def test_brightness_drift_does_not_spoil_the_law():
    rng = np.random.default_rng(4)
    scene = 400 + cv2.GaussianBlur(rng.normal(0, 900, (192, 192)).astype(np.float32), (0, 0), 12)
    gains = 1 + 0.03 * np.sin(np.arange(16))
    frames = np.stack([scene * g + rng.normal(0, 10, scene.shape) for g in gains])
    assert np.median(analyse(Cine(np.rint(frames).astype(np.uint16))).law.sigma) == pytest.approx(10, rel=0.08)


@pytest.mark.parametrize("unit", [1.0, 1e-6, 1e-9])
def test_a_drift_of_the_offset_does_not_spoil_the_law_whatever_the_unit(unit):
    rng = np.random.default_rng(5)
    frames = 400 + rng.normal(0, 10, (16, 192, 192)) + 15 * np.sin(2.0 * np.arange(16))[:, None, None]
    law = analyse(Cine((unit * frames).astype(np.float32))).law
    assert np.median(law.sigma) == pytest.approx(10 * unit, rel=0.05)


def textured(seed, width=128, spread=200):
    scene = cv2.GaussianBlur(np.random.default_rng(seed).normal(0, 1, (128, width)).astype(np.float32), (0, 0), 6)
    return 1000 + spread * scene / scene.std()


def analysed(scenes, sigma):
    noise = np.random.default_rng(1).standard_normal((len(scenes), 128, 128))
    frames = np.stack(scenes) + np.reshape(sigma, (-1, 1, 1)) * noise
    return analyse(Cine(np.rint(frames).clip(0, 4095).astype(np.uint16), 1 / 15, "LIN", valid_range=(0, 4095)))


STEPPING = np.concatenate([np.zeros(16), np.cumsum(np.full(8, 5)), np.full(16, 40)]).astype(int)
SCENES = {
    "table steps": [textured(6, 400)[:, at : at + 128] for at in STEPPING],
    "scene cut": [textured(6 + t // 20) for t in range(40)],
    "beating": [textured(6) + 0.3 * np.sin(t / 2) * (textured(9) - 1000) for t in range(40)],
}


@pytest.mark.parametrize("name", SCENES)
def test_motion_is_not_taken_for_noise(name):
    """Frames that were said to be noisier than they are lost their wires."""
    analysis = analysed(SCENES[name], 20)
    np.testing.assert_allclose(analysis.relative_noise, 1, atol=0.1)
    assert not analysis.pattern.any()


@pytest.mark.parametrize("speed", [2, 5, 12])
def test_the_noise_of_a_panning_cine_is_its_noise(speed):
    analysis = analysed([textured(6, 400)[:, speed * t : speed * t + 128] for t in range(16)], 20)
    assert np.median(analysis.law.sigma) == pytest.approx(20, rel=0.06)
    assert max(np.abs(analysis.covariance.correlation)) < 0.1


def test_a_dose_that_changes_after_the_first_frames_is_followed():
    sigma = np.where(np.arange(60) < 40, 40, 15)
    analysis = analysed([textured(6)] * 60, sigma)
    found = analysis.law.sigma_at(1000) * analysis.relative_noise
    np.testing.assert_allclose(found, sigma, rtol=0.1)


def test_a_dark_lead_in_does_not_hide_the_noise_of_the_image():
    rng = np.random.default_rng(3)
    dark, image = rng.normal(5, 0.7, (40, 128, 128)), textured(6, spread=20) - 880 + rng.normal(0, 6, (20, 128, 128))
    analysis = analyse(Cine(np.rint(np.concatenate([dark, image])).clip(0, 255).astype(np.uint8)))
    assert analysis.law.sigma_at(120) * analysis.relative_noise[-1] == pytest.approx(6, rel=0.3)


def test_too_little_that_stands_still_is_told():
    analysis = analyse(Cine(np.rint(np.random.default_rng(0).normal(100, 8, (12, 40, 48))).clip(0, 255).astype(np.uint8)))
    assert analysis.fit.trust < 1
    assert any("stands still" in sentence for sentence in analysis.warnings)


def test_frames_that_were_stored_twice_are_no_vendors_recursion():
    noise = np.random.default_rng(2).standard_normal((12, 128, 128)).repeat(2, axis=0)
    analysis = analyse(Cine(np.rint(textured(6) + 20 * noise).astype(np.uint16), 1 / 30, "LIN"))
    assert analysis.recursion.rho == 0
    assert np.median(analysis.law.sigma) == pytest.approx(20, rel=0.06)
    assert any(sentence.startswith("12 of the 24 frames are blank or copies") for sentence in analysis.warnings)
