"""Distillation, recursion, cross-fusion and their total: figures of the filter, leaks, and where the weights fall."""

from __future__ import annotations

import pytest
import torch

from FluoroDenoiseLib.training.losses.cross_fusion import cross_fusion_loss, fuse, local_variance, motion_weight
from FluoroDenoiseLib.training.losses.distillation import distillation_loss
from FluoroDenoiseLib.training.losses.recursion import (
    recursion_gain,
    recursion_loss,
    recursion_weights,
    recursive_target,
)
from FluoroDenoiseLib.training.losses.total import StepTwoLoss


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(5)


def frames(count=4, channels=1, size=24):
    return torch.randn(count, channels, size, size)


def test_squared_distillation_learns_the_mean_and_the_published_form_the_median():
    teacher = torch.poisson(torch.full((1, 1, 200, 200), 1.2))
    best = {}
    for squared in (True, False):
        level = torch.zeros((), requires_grad=True)
        optimiser = torch.optim.Adam([level], lr=0.05)
        for _ in range(200):
            loss = distillation_loss(level.expand_as(teacher), teacher, squared)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        best[squared] = level.item()
    assert best[True] == pytest.approx(teacher.mean().item(), abs=0.01)
    assert best[False] == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("loss", [distillation_loss, recursion_loss])
def test_no_gradient_flows_into_the_target(loss):
    student, target = frames().requires_grad_(), frames().requires_grad_()
    loss(student, target).backward()
    assert student.grad.abs().max() > 0
    assert target.grad is None


@pytest.mark.parametrize("loss", [distillation_loss, recursion_loss])
def test_shapes_that_would_broadcast_are_refused(loss):
    with pytest.raises(ValueError, match="one shape"):
        loss(frames(4), frames(1))


def test_the_published_filter_gains_5_85_db_over_five_frames_and_9_54_db_in_the_steady_state():
    assert recursion_gain(5) == pytest.approx(5.85, abs=0.005)
    assert recursion_gain(None) == pytest.approx(9.54, abs=0.005)
    assert recursion_gain(100) == pytest.approx(recursion_gain(None), abs=1e-6)


def test_the_filter_of_static_noise_gains_what_is_claimed():
    noise = torch.randn(8, 5, 128, 128)
    assert -10 * torch.log10(recursive_target(noise).var()) == pytest.approx(5.85, abs=0.1)


def test_the_target_is_the_recursion_written_out():
    aligned = frames(2, 5)
    state = aligned[:, 0]
    for index in range(1, 5):
        state = 0.3 * aligned[:, index] + 0.7 * state
    assert torch.allclose(recursive_target(aligned, share=0.3)[:, 0], state, atol=1e-6)
    assert recursion_weights(5).sum() == pytest.approx(1)


def test_an_object_in_one_frame_leaves_a_ghost_of_half_its_contrast_after_three_frames():
    """Shown in the first of four uncompensated frames: 0.8^3 = 51%."""
    aligned = torch.zeros(1, 4, 8, 8)
    aligned[0, 0, 4, 4] = 1
    assert recursive_target(aligned)[0, 0, 4, 4] == pytest.approx(0.512)


@pytest.mark.parametrize(("seen", "kept"), [(True, 0.2), (False, 0.0)])
def test_a_student_that_sees_a_frame_of_its_target_learns_to_keep_that_share_of_its_noise(seen, kept):
    noise = torch.randn(16, 6, 64, 64)
    inputs = noise[:, 4:5] if seen else noise[:, 5:6]
    share = torch.zeros((), requires_grad=True)
    optimiser = torch.optim.Adam([share], lr=0.02)
    for _ in range(150):
        loss = recursion_loss(share * inputs, recursive_target(noise[:, :5]))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert share.item() == pytest.approx(kept, abs=0.01)


@pytest.mark.parametrize("arguments", [(0, 0.2), (5, 0.0), (5, 1.5)])
def test_impossible_recursions_are_refused(arguments):
    with pytest.raises(ValueError, match="share"):
        recursion_weights(*arguments)


def test_the_fused_frame_keeps_the_units_and_the_published_product_does_not():
    student, recursive = frames().abs(), frames().abs()
    assert torch.allclose(fuse(3 * student + 5, 3 * recursive + 5), 3 * fuse(student, recursive) + 5, atol=1e-5)
    same = torch.full((1, 1, 8, 8), 0.5)
    assert torch.equal(fuse(same, same), same)
    assert torch.equal(fuse(same, same, published=True), torch.full_like(same, 0.125))


def test_local_variance_is_the_variance_of_every_seven_by_seven_window():
    image = frames(1, size=16)
    variance = local_variance(image)
    assert variance[0, 0, 8, 6] == pytest.approx(image[0, 0, 5:12, 3:10].var().item(), rel=1e-4)
    assert variance[0, 0, 0, 15] == pytest.approx(image[0, 0, :4, 12:].var().item(), rel=1e-4)


def test_local_variance_does_not_drown_in_a_large_offset():
    image = frames(1, size=16)
    assert torch.allclose(local_variance(image + 1000), local_variance(image), atol=0.01)


def moved_object():
    """G, R, x and T [20, 1, 64, 64] in noise standard deviations: an object that R lacks, and its ghost, which R alone has."""
    noisy, (student, recursive) = torch.randn(20, 1, 64, 64), torch.zeros(2, 20, 1, 64, 64)
    noisy[..., 40:43, :] += 10
    student[..., 40:43, :] = 10
    recursive[..., 20:23, :] = 8
    return student, recursive, noisy, student.clone()


@pytest.mark.parametrize("normalised", [False, True])
@pytest.mark.parametrize(("published", "object_now", "ghost"), [(False, 9.8, 6.3), (True, 19.0, 1.35)])
def test_the_motion_weight_is_large_at_the_object_and_at_its_ghost_which_the_published_product_hardly_sees(
    published, object_now, ghost, normalised
):
    scale, offset = (1 / 15, 0.3) if published else (1.0, 0.0)  # the product wants frames in [0, 1]
    student, recursive, noisy, teacher = (offset + scale * images for images in moved_object())
    weight = motion_weight(fuse(student, recursive, published), noisy, teacher, normalised)
    background = weight[..., 50:, :].mean()
    assert weight[..., 39:44, :].mean() / background == pytest.approx(object_now, rel=0.1)
    assert weight[..., 19:24, :].mean() / background == pytest.approx(ghost, rel=0.1)


def test_the_normalised_motion_weight_is_the_same_at_any_scale_and_one_on_average():
    student, recursive, noisy, teacher = moved_object()
    fused = fuse(student, recursive)
    weights = [motion_weight(scale * fused, scale * noisy, scale * teacher, normalised=True) for scale in (1, 1 / 15)]
    torch.testing.assert_close(*weights, rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(weights[0].mean(dim=(1, 2, 3)), torch.ones(20))


def test_a_patch_without_any_motion_weight_keeps_none_when_it_is_normalised():
    flat = torch.zeros(1, 1, 16, 16)
    assert not motion_weight(flat, flat, flat, normalised=True).any()


def test_the_motion_weight_is_zero_where_the_fused_frame_is_nearer_to_the_noisy_one_than_to_the_teacher():
    noisy, fused, teacher = frames(), frames(), frames()
    weight = motion_weight(fused, noisy, teacher)
    nearer = (fused - noisy).abs() < (fused - teacher).abs()
    assert 0.2 < nearer.float().mean() < 0.8
    assert (weight[nearer] == 0).all()
    assert (weight[~nearer] > 0).all()


def test_the_motion_weight_follows_its_formula():
    fused, noisy = frames(2), frames(2)
    residual = (fused - noisy).abs()
    expected = residual.var(dim=(1, 2, 3), keepdim=True) ** 0.2 * local_variance(residual)
    assert torch.allclose(motion_weight(fused, noisy, fused), expected)


def test_the_motion_weight_carries_no_gradient():
    student = frames().requires_grad_()
    assert not motion_weight(fuse(student, frames()), frames(), frames()).requires_grad


def test_the_cross_fusion_loss_counts_only_where_something_moved():
    student, recursive, motion = frames(), frames(), torch.zeros(4, 1, 24, 24)
    assert cross_fusion_loss(student, recursive, motion) == 0
    motion[..., 3, 4] = 2
    expected = 2 * (student - recursive)[..., 3, 4].abs().mean() / 24**2
    assert torch.isclose(cross_fusion_loss(student, recursive, motion), expected)


def test_the_published_total_is_distillation_plus_recursion_plus_edges():
    student, noisy, teacher, recursive = (torch.rand(2, 1, 24, 24) for _ in range(4))
    loss = StepTwoLoss(published=True)
    terms = loss.terms(student, noisy, teacher, recursive)
    assert list(terms) == ["distillation", "recursion", "edges"]
    assert torch.isclose(terms["distillation"], (student - teacher).abs().mean())
    assert torch.isclose(loss.total(terms), sum(terms.values()))


@pytest.mark.parametrize("name", ["distillation", "recursion", "cross_fusion", "edges", "fourier"])
def test_each_term_can_be_switched_on_alone_and_weighted(name):
    off = dict.fromkeys(["distillation", "recursion", "cross_fusion", "edges", "fourier"], 0.0)
    student = frames().requires_grad_()
    loss = StepTwoLoss(**{**off, name: 0.5})
    terms = loss.terms(student, frames(), frames(), frames())
    assert list(terms) == [name]
    loss.total(terms).backward()
    assert torch.isclose(loss.total(terms), 0.5 * terms[name])
    assert torch.isfinite(student.grad).all()
    assert student.grad.abs().max() > 0


def test_a_few_steps_on_the_total_bring_a_student_closer_to_the_truth():
    columns = torch.arange(32.0)
    clean = (4 * torch.sin(columns / 3)).expand(4, 1, 32, 32)
    noisy, teacher = clean + torch.randn_like(clean), clean + 0.3 * torch.randn_like(clean)
    recursive = recursive_target(clean + torch.randn(4, 5, 32, 32))
    network = torch.nn.Sequential(torch.nn.Conv2d(1, 8, 5, padding=2), torch.nn.ReLU(), torch.nn.Conv2d(8, 1, 5, padding=2))
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-2)
    loss = StepTwoLoss()
    for _ in range(60):
        total = loss.total(loss.terms(network(noisy), noisy, teacher, recursive))
        optimiser.zero_grad()
        total.backward()
        optimiser.step()
    assert torch.square(network(noisy) - clean).mean() < 0.5 * torch.square(noisy - clean).mean()
