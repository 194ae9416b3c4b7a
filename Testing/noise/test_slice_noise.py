"""Noise maps of simulated CT slices against the noise that was really there."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from FluoroDenoiseLib import Denoiser
from FluoroDenoiseLib.cine import Cine
from FluoroDenoiseLib.errors import UnsuitableCine
from FluoroDenoiseLib.noise import analyse_slices
from FluoroDenoiseLib.noise.ray_noise import ray_variance
from FluoroDenoiseLib.simulation import Scan, simulate_ct

SIZE, PIXEL = 160, 2.8
Y, X = np.mgrid[:SIZE, :SIZE] - (SIZE - 1) / 2
BODY = (X / 66) ** 2 + (Y / 44) ** 2 < 1  # wider than deep: rays from side to side are the noisy ones
LUNGS = ((np.abs(X) - 30) / 18) ** 2 + (Y / 26) ** 2 < 1


@pytest.fixture(scope="module")
def scans():
    patient = np.where(LUNGS, -800.0, np.where(BODY, 20.0, -1000.0)).astype(np.float32)
    patient += np.where(BODY, cv2.GaussianBlur(np.random.default_rng(0).normal(0, 60, BODY.shape), (0, 0), 3), 0)
    slices = np.repeat(patient[None].astype(np.float32), 8, axis=0)
    return simulate_ct(slices, (3.0, PIXEL, PIXEL), Scan(quanta=4e4, views=240), 1)


def test_the_map_follows_the_noise_from_place_to_place(scans):
    error = scans.noisy.frames - scans.clean.frames
    true = np.sqrt(cv2.GaussianBlur((error**2).mean(0), (0, 0), 5))
    noise = analyse_slices(scans.noisy).slice_noise
    ratio = noise[3] * noise.usual / true
    assert true[BODY].max() > 2 * np.median(true[~BODY])
    assert np.all(np.abs(np.log(np.percentile(ratio, [5, 50, 95]))) < np.log(1.35))


@pytest.mark.parametrize("padding", [0, -1024])
def test_blank_slices_have_the_usual_noise_and_take_none_from_the_others(scans, padding):
    frames = scans.noisy.frames.copy()
    expected = analyse_slices(scans.noisy.with_frames(frames[:4])).slice_noise
    frames[4:] = padding
    found = analyse_slices(scans.noisy.with_frames(frames)).slice_noise
    assert np.isfinite(found.maps).all() and found.maps.min() > 0
    np.testing.assert_allclose(found.maps[0], expected.maps[0], rtol=1e-5)
    assert Denoiser.load("ct", device="cpu").denoise(scans.noisy.with_frames(frames)).frames.shape == frames.shape


def test_the_map_is_read_from_the_slice_and_scales_with_its_noise(scans):
    once = analyse_slices(scans.noisy).slice_noise
    louder = scans.clean.frames + 2 * (scans.noisy.frames - scans.clean.frames)
    twice = analyse_slices(scans.noisy.with_frames(louder.astype(np.float32))).slice_noise
    assert twice.usual / once.usual == pytest.approx(2.0, rel=0.12)


def test_slices_of_more_noise_are_told_from_quiet_ones(scans):
    frames = scans.noisy.frames.astype(np.float32)
    frames[4:] += 2 * (frames[4:] - scans.clean.frames[4:])
    relative = analyse_slices(scans.noisy.with_frames(frames)).relative_noise
    assert relative[7] / relative[0] == pytest.approx(3.0, rel=0.2)


def test_stored_values_of_any_offset_and_slope_give_the_same_map(scans):
    stored = scans.noisy.frames.astype(np.int32) * 2 + 2048
    other = Cine(stored, intensity="HU", rescale=(0.5, -1024.0), traits=scans.noisy.traits, pixel_spacing=(PIXEL, PIXEL))
    expected, found = (analyse_slices(cine).slice_noise for cine in (scans.noisy, other))
    assert found.usual == pytest.approx(2 * expected.usual, rel=0.01)
    assert found[2] == pytest.approx(expected[2], rel=0.01)


def test_rays_are_noisier_where_there_is_more_tissue_and_pixels_are_larger():
    water = np.where(BODY, 0.0, -1000.0)
    small, large = ray_variance(water, 1.0), ray_variance(water, 2.0)
    centre, corner = (64, 64), (4, 4)
    assert small[centre] > 2 * small[corner] and large[centre] > 4 * small[centre]


def test_what_is_not_ct_is_refused_in_one_sentence(scans):
    frames = scans.noisy.frames
    with pytest.raises(UnsuitableCine, match="frames in time .* expects CT slices .* choose the model fluoroscopy"):
        analyse_slices(Cine(frames, 1 / 15, "LIN"))
    with pytest.raises(UnsuitableCine, match="slices of MR values"):
        analyse_slices(Cine(frames, intensity="MR", traits=frozenset({"slices"})))
    with pytest.raises(UnsuitableCine, match="constant"):
        analyse_slices(scans.noisy.with_frames(np.zeros_like(frames)))


def test_a_single_slice_is_enough(scans):
    single = analyse_slices(Cine(scans.noisy.frames[:1], intensity="HU", pixel_spacing=(PIXEL, PIXEL)))
    assert single.slice_noise.usual == pytest.approx(analyse_slices(scans.noisy).slice_noise.usual, rel=0.15)
