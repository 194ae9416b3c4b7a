"""The edge loss is PyWavelets' stationary Haar transform, shift-invariant, and sees what the student lost."""

from __future__ import annotations

import numpy as np
import pytest
import pywt
import torch

from FluoroDenoiseLib.training.losses.edges import edge_loss, high_bands


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(5)


def test_the_bands_equal_pywavelets_stationary_transform():
    image = torch.randn(1, 1, 16, 24, dtype=torch.float64)
    ((_, bands),) = pywt.swt2(image[0, 0].numpy(), "haar", level=1)
    ours = high_bands(image)[0].numpy()
    for band, reference in zip(ours, bands, strict=True):
        np.testing.assert_allclose(band, reference[:-1, :-1], atol=1e-12)


def test_a_shifted_image_has_shifted_bands():
    image = torch.randn(1, 1, 20, 20)
    shifted = image.roll((1, 3), (2, 3))
    assert torch.allclose(high_bands(shifted)[..., 1:, 3:], high_bands(image)[..., :-1, :-3], atol=1e-6)


def test_each_band_answers_to_its_direction():
    step = torch.zeros(1, 1, 8, 8)
    step[..., 4:, :] = 1
    horizontal_edge = high_bands(step).abs().amax(dim=(0, 2, 3))
    vertical_edge = high_bands(step.mT).abs().amax(dim=(0, 2, 3))
    assert horizontal_edge.tolist() == pytest.approx([1, 0, 0], abs=1e-6)
    assert vertical_edge.tolist() == pytest.approx([0, 1, 0], abs=1e-6)


def test_a_constant_offset_is_no_edge_not_even_at_the_border():
    image, motion = torch.randn(1, 1, 9, 11), torch.ones(1, 1, 9, 11)
    assert edge_loss(image + 7, image, motion) == pytest.approx(0, abs=1e-6)


def test_a_lost_wire_costs_more_the_larger_the_motion_weight():
    recursive, motion = torch.zeros(1, 1, 32, 32), torch.ones(1, 1, 32, 32)
    recursive[..., 16] = 5
    lost = torch.zeros_like(recursive)
    assert edge_loss(lost, recursive, motion) > 0.1
    assert torch.isclose(edge_loss(lost, recursive, 3 * motion), 3 * edge_loss(lost, recursive, motion))
    assert edge_loss(recursive, recursive, motion) == 0


def test_gradients_reach_the_student_and_nothing_else():
    student, recursive = torch.randn(2, 1, 9, 9, requires_grad=True), torch.randn(2, 1, 9, 9, requires_grad=True)
    edge_loss(student, recursive, torch.ones(2, 1, 9, 9)).backward()
    assert (student.grad != 0).float().mean() > 0.7  # signs cancel in some pixels
    assert recursive.grad is None
