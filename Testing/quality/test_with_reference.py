"""Figures against a reference agree with what is known of the error."""

from __future__ import annotations

import numpy as np
import pytest
from quality_helpers import SIGMA, blurred, noisy, scene

from FluoroDenoiseLib.quality import with_reference
from FluoroDenoiseLib.quality.edges import TEN_TO_NINETY, profile, strong_edges, width
from FluoroDenoiseLib.quality.field import field_of_view


def test_psnr_is_over_the_percentile_span_and_ignores_hot_pixels():
    reference = np.linspace(0, 100, 100_000).reshape(250, 400)
    spiked = reference.copy()
    spiked[0, :5] = 1e6
    error = np.random.default_rng(0).normal(0, 1, reference.shape)
    assert with_reference.psnr(reference + error, reference) == pytest.approx(20 * np.log10(99.8), abs=0.05)
    assert with_reference.span(spiked) == pytest.approx(with_reference.span(reference), abs=0.1)


def test_the_logarithms_weigh_dark_errors_more():
    reference = np.linspace(10, 1000, 100_000).reshape(250, 400)
    dark = reference + np.where(reference < 100, 5, 0)
    bright = reference + np.where(reference > 910, 5, 0)
    assert with_reference.psnr_log(dark, reference) < with_reference.psnr_log(bright, reference) - 10


def test_ssim_uses_the_span_of_the_reference():
    clean = scene()
    image = noisy(clean, frames=1).frames[0]
    assert with_reference.ssim(clean, clean) == pytest.approx(1)
    scaled = with_reference.ssim(image / 1000.0, clean / 1000)
    assert scaled == pytest.approx(with_reference.ssim(image.astype(float), clean), abs=1e-3)


def test_bias_is_read_per_grey_level_and_only_where_pixels_suffice():
    reference = np.repeat(np.linspace(50, 150, 400), 1000)
    image = reference * np.where(reference < 100, 1.02, 1.0)
    levels = with_reference.bias_by_level(image, reference, levels=4)
    assert [row["bias"] for row in levels] == pytest.approx([0.02, 0.02, 0, 0], abs=1e-3)
    assert len(with_reference.bias_by_level(image, reference, levels=8, effective=0.5)) == 2


def test_the_error_against_disjoint_frames_is_free_of_the_reference_s_own_noise():
    clean = scene()
    frames = noisy(clean, frames=8).frames
    field = field_of_view(noisy(clean, frames=8))
    assert with_reference.disjoint_error(clean, frames, field) == pytest.approx(1 / 12 / 8, abs=0.15)
    other = noisy(clean, frames=1, seed=9).frames[0]
    assert with_reference.disjoint_error(other, frames, field) == pytest.approx(SIGMA**2, rel=0.03)


def test_averaging_n_frames_reads_ten_log_n_decibels():
    cine = noisy(scene(), frames=12)
    ours, others = cine.frames[:6], cine.frames[6:]
    mean = np.broadcast_to(ours.mean(0), ours.shape)
    report = with_reference.halves(ours, mean, others, field_of_view(cine))
    assert report["gain_db"] == pytest.approx(10 * np.log10(6), abs=0.3)


def test_edge_width_is_that_of_the_blur_whatever_the_noise():
    rows, columns = np.mgrid[:200, :200].astype(np.float32)
    clean = blurred((100.0 * (columns + 0.2 * rows > 120)).astype(np.float32)[None], 1.5)[0]
    edges = strong_edges(clean, np.ones(clean.shape, bool) & (rows > 10) & (rows < 190))
    assert len(edges) > 100
    expected = TEN_TO_NINETY * np.sqrt(1.5**2 + 1 / 12)
    assert width(*profile(clean, edges)) == pytest.approx(expected, rel=0.04)
    noise = np.random.default_rng(1).normal(0, 10, clean.shape).astype(np.float32)
    assert width(*profile(clean + noise, edges)) == pytest.approx(expected, rel=0.08)


def test_a_blurred_edge_reads_wider():
    clean = scene()
    edges = strong_edges(clean, field_of_view(noisy(clean)))
    wider = width(*profile(blurred(clean[None], 1.0)[0], edges)) / width(*profile(clean, edges))
    assert wider > 1.2
