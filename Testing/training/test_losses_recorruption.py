"""The recorruption loss is the true squared error plus the target's noise, for white and for correlated noise."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from FluoroDenoiseLib.training.losses.difference import mean_difference
from FluoroDenoiseLib.training.losses.recorruption import recorrupt

KERNEL = torch.tensor([[0.05, 0.1, 0.05], [0.1, 0.4, 0.1], [0.05, 0.1, 0.05]])


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(7)


def smooth(frames):
    return functional.conv2d(functional.pad(frames, (1, 1, 1, 1), mode="circular"), KERNEL[None, None])


def scene(count=64):
    y, x = torch.meshgrid(torch.arange(32.0), torch.arange(32.0), indexing="ij")
    return (6 * torch.sin(x / 4) + 0.1 * y).expand(count, 1, 32, 32)


def draw(like, correlated):
    white = torch.randn_like(like)
    return smooth(white) / KERNEL.square().sum().sqrt() if correlated else white


def recorruption_loss(predict, noisy, noise, alpha):
    """As training has it: the prediction from the recorrupted frame against its target."""
    shown, target = recorrupt(noisy, noise, alpha)
    return mean_difference(predict(shown), target, squared=True)


def true_loss(predict, clean, correlated, alpha):
    """Mean squared error at the recorrupted noise level, plus the target's noise variance, with a clean frame in hand."""
    noisy = clean + (1 + alpha**2) ** 0.5 * draw(clean, correlated)
    return torch.square(predict(noisy) - clean).mean() + 1 + 1 / alpha**2


@pytest.mark.parametrize("correlated", [False, True])
@pytest.mark.parametrize("alpha", [0.5, 1.0, 3.0])
@pytest.mark.parametrize("predict", [smooth, lambda y: 0.3 * y, lambda y: smooth(torch.tanh(y / 3) * 3)])
def test_the_expectation_is_the_true_squared_error_plus_the_targets_noise(predict, alpha, correlated):
    clean = scene()
    losses = [recorruption_loss(predict, clean + draw(clean, correlated), draw(clean, correlated), alpha) for _ in range(8)]
    truth = true_loss(predict, clean, correlated, alpha)
    assert torch.stack(losses).mean() == pytest.approx(truth.item(), rel=0.02)


@pytest.mark.parametrize("alpha", [1.0, 3.0])
@pytest.mark.parametrize("correlated", [False, True])
def test_copying_the_noisy_frame_costs_all_of_its_noise(correlated, alpha):
    clean = scene()
    loss = recorruption_loss(lambda y: y, clean + draw(clean, correlated), draw(clean, correlated), alpha)
    assert loss.item() == pytest.approx((1 + alpha**2) + (1 + 1 / alpha**2), rel=0.02)


def test_a_wrong_covariance_flatters_the_network_and_less_so_the_stronger_the_recorruption():
    """Passing on noise that input and target share goes unpunished: the covariance has to be estimated whole."""
    clean = scene(256)

    def flattered(alpha):
        shown, target = recorrupt(clean + draw(clean, True), draw(clean, False), alpha)
        error = torch.square(smooth(shown) - clean).mean() + torch.square(target - clean).mean()
        return ((error - torch.square(smooth(shown) - target).mean()) / (1 + alpha**2)).item()

    assert flattered(0.5) > 0.2
    assert flattered(3.0) < 0.3 * flattered(0.5)


def test_in_units_of_the_noise_shown_a_stronger_recorruption_has_a_quieter_target():
    clean = scene()
    for alpha in (0.5, 1.0, 3.0):
        shown, target = recorrupt(clean + draw(clean, True), draw(clean, True), alpha)
        noise = ((target - clean).var() / (shown - clean).var()).item()
        assert noise == pytest.approx(1 / alpha**2, rel=0.03)


def test_the_loss_finds_the_best_shrinkage():
    """f = a y with independent zero-mean signal of variance 3: the best a at noise 1 + alpha^2 is 3 / (4 + alpha^2)."""
    clean = 3**0.5 * torch.randn(64, 1, 32, 32)
    share = torch.tensor(0.9, requires_grad=True)
    optimiser = torch.optim.Adam([share], lr=0.02)
    for _ in range(150):
        loss = recorruption_loss(lambda y: share * y, clean + torch.randn_like(clean), torch.randn_like(clean), 1.0)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert share.item() == pytest.approx(3 / 5, abs=0.02)


def test_a_strength_of_nothing_is_named():
    with pytest.raises(ValueError, match="alpha = 0"):
        recorrupt(scene(1), scene(1), alpha=0)
