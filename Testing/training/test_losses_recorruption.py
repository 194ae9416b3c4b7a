"""The recorruption loss is the true squared error plus the noise variance, for white and for correlated noise."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from FluoroDenoiseLib.training.losses.recorruption import recorruption_error, recorruption_loss

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


def true_loss(predict, clean, correlated, alpha):
    """Mean squared error at the recorrupted noise level, plus the noise variance (1), with a clean frame in hand."""
    noisy = clean + (1 + alpha**2) ** 0.5 * draw(clean, correlated)
    return torch.square(predict(noisy) - clean).mean() + 1


@pytest.mark.parametrize("correlated", [False, True])
@pytest.mark.parametrize("alpha", [0.2, 0.5, 1.0])
@pytest.mark.parametrize("predict", [smooth, lambda y: 0.3 * y, lambda y: smooth(torch.tanh(y / 3) * 3)])
def test_the_expectation_is_the_true_squared_error_plus_the_noise_variance(predict, alpha, correlated):
    clean = scene()
    losses = [
        recorruption_loss(predict, clean + draw(clean, correlated), draw(clean, correlated), alpha) for _ in range(8)
    ]
    truth = true_loss(predict, clean, correlated, alpha)
    assert torch.stack(losses).mean() == pytest.approx(truth.item(), rel=0.02)


@pytest.mark.parametrize("correlated", [False, True])
def test_copying_the_noisy_frame_costs_all_of_its_noise(correlated):
    clean = scene()
    loss = recorruption_loss(lambda y: y, clean + draw(clean, correlated), draw(clean, correlated), alpha=0.5)
    assert loss.item() == pytest.approx(1 + (1 + 0.5**2), rel=0.02)


def test_the_clean_frame_costs_the_noise_variance_alone():
    clean = scene()
    loss = recorruption_loss(lambda y: clean, clean + draw(clean, True), draw(clean, True))
    assert loss.item() == pytest.approx(1, rel=0.02)


def test_a_white_sample_for_correlated_noise_flatters_the_network():
    """Why the covariance has to be right: passing the correlated noise on would go unpunished."""
    clean = scene()
    noisy = clean + draw(clean, True)
    error = true_loss(smooth, clean, True, 0.5).item()
    assert abs(recorruption_loss(smooth, noisy, draw(clean, True)).item() - error) < 0.05
    assert recorruption_loss(smooth, noisy, draw(clean, False)).item() < error - 0.2


def test_what_else_is_made_from_the_noisy_frame_must_be_made_anew_from_each_recorrupted_one():
    """A map of the frame's own disagreement with a neighbour, as the recursive filter makes it, kept from y, would leak."""
    clean, alpha = torch.zeros(256, 1, 32, 32), 0.5
    noisy, noise, neighbour = draw(clean, True), draw(clean, True), draw(clean, True)

    def denoise(frame, disagreement):
        return 0.4 * frame + 0.3 * disagreement

    def loss(plus, minus):
        predictions = denoise(noisy + alpha * noise, plus), denoise(noisy - alpha * noise, minus)
        return recorruption_error(*predictions, noisy, noise, alpha).item()

    honest = loss(noisy + alpha * noise - neighbour, noisy - alpha * noise - neighbour)
    leaking = loss(noisy - neighbour, noisy - neighbour)
    error = true_loss(lambda y: denoise(y, y - neighbour), clean, True, alpha).item()
    assert honest == pytest.approx(error, rel=0.02)
    assert leaking < 0.8 * error


def test_the_pair_scatters_less_than_a_single_recorruption():
    clean = scene(1)

    def single(noisy, noise, alpha):
        return torch.square(smooth(noisy + alpha * noise) - (noisy - noise / alpha)).mean()

    draws = [(clean + draw(clean, True), draw(clean, True)) for _ in range(100)]
    pair = torch.stack([recorruption_loss(smooth, y, n, 0.2) for y, n in draws]).std()
    lone = torch.stack([single(y, n, 0.2) for y, n in draws]).std()
    assert pair < 0.3 * lone


def test_the_loss_finds_the_best_shrinkage():
    """f = a y with independent zero-mean signal of variance 3: the best a at noise 1 + alpha^2 is 3 / (4 + alpha^2)."""
    clean = 3**0.5 * torch.randn(64, 1, 32, 32)
    share = torch.tensor(0.9, requires_grad=True)
    optimiser = torch.optim.Adam([share], lr=0.02)
    for _ in range(150):
        loss = recorruption_loss(lambda y: share * y, clean + torch.randn_like(clean), torch.randn_like(clean))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert share.item() == pytest.approx(3 / 4.25, abs=0.02)


def test_pixels_of_weight_zero_do_not_count():
    clean, weight = scene(4), torch.zeros(1, 1, 32, 32)
    weight[..., :16] = 1
    noisy, noise = clean + draw(clean, False), draw(clean, False)
    spoiled = noisy.clone()
    spoiled[..., 16:] = 1e6
    expected = recorruption_loss(torch.tanh, noisy[..., :16], noise[..., :16])
    assert torch.isclose(recorruption_loss(torch.tanh, spoiled, noise, weight=weight), expected)
    assert recorruption_loss(torch.tanh, noisy, noise, weight=torch.zeros(1)) == 0


def test_wrong_arguments_are_named():
    frames = scene(1)
    with pytest.raises(ValueError, match="alpha = 0"):
        recorruption_loss(smooth, frames, frames, alpha=0)
    with pytest.raises(ValueError, match=r"\(1, 1, 16, 32\)"):
        recorruption_loss(lambda y: y[:, :, :16], frames, frames)
