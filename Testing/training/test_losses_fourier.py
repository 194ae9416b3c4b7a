"""The texture term compares how much fine texture there is, not where it lies, and asks a noisy target for its noise."""

from __future__ import annotations

import math

import pytest
import torch

from FluoroDenoiseLib.training.losses.fourier import CUT_ON, fourier_loss, power_spectrum


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(5)


def wave(frequency, amplitude=1.0, phase=0.0, size=64):
    columns = torch.arange(float(size))
    return (amplitude * torch.sin(2 * math.pi * frequency * columns + phase)).expand(1, 1, size, size)


def test_unit_white_noise_has_power_one():
    assert power_spectrum(torch.randn(16, 1, 64, 64)).mean() == pytest.approx(1, rel=0.02)


def test_the_cut_on_is_where_a_detector_blur_of_0_65_pixels_passes_half():
    assert math.exp(-2 * (math.pi * 0.65 * CUT_ON) ** 2) == pytest.approx(0.5, abs=0.02)


def test_texture_below_the_cut_on_does_not_count_and_texture_above_does():
    flat = torch.zeros(1, 1, 64, 64)
    assert fourier_loss(flat, wave(0.15)) < 1e-3
    assert fourier_loss(flat, wave(0.4)) > 0.1


def test_only_the_amount_of_texture_counts_not_its_place():
    assert fourier_loss(wave(0.4, phase=1.3), wave(0.4)) < 0.01
    assert fourier_loss(wave(0.4, amplitude=0.5), wave(0.4)) > 0.1


def test_of_a_noisy_target_it_asks_for_the_noise_as_well():
    texture = torch.randn(64, 1, 64, 64)
    target = torch.randn(64, 1, 64, 64) + 0.8 * torch.randn(64, 1, 64, 64)
    scales = torch.linspace(0.7, 1.6, 46)
    losses = torch.stack([fourier_loss(scale * texture, target) for scale in scales])
    assert scales[losses.argmin()] == pytest.approx(math.sqrt(1 + 0.8**2), abs=0.06)


def test_gradients_are_finite_even_for_a_flat_student():
    student = torch.zeros(1, 1, 33, 40, requires_grad=True)
    fourier_loss(student, torch.randn(1, 1, 33, 40)).backward()
    assert torch.isfinite(student.grad).all()


def test_patches_without_such_frequencies_are_refused():
    with pytest.raises(ValueError, match="1x1"):
        fourier_loss(torch.zeros(1, 1, 1, 1), torch.zeros(1, 1, 1, 1))
