"""The published single-frame student has its published cost, keeps the frame's size, and learns."""

from __future__ import annotations

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from FluoroDenoiseLib.networks.plain_unet import PlainUNet


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(3)


def test_the_published_student_costs_123_gmac():
    with torch.device("meta"), FlopCounterMode(display=False) as counter:
        PlainUNet()(torch.empty(1, 1, 512, 512))
    assert counter.get_total_flops() / 2 == pytest.approx(123e9, rel=0.01)


@pytest.mark.parametrize("shape", [(16, 16), (17, 23), (1, 1)])
def test_frames_of_any_size_keep_it(shape):
    assert PlainUNet(4, 4)(torch.randn(2, 1, *shape)).shape == (2, 1, *shape)


def test_every_parameter_gets_a_gradient():
    network = PlainUNet(4, 3)
    network(torch.randn(2, 1, 16, 16)).square().mean().backward()
    assert all(parameter.grad is not None and torch.isfinite(parameter.grad).all() for parameter in network.parameters())


def test_the_coarsest_level_is_seen():
    """A pixel far outside the finest level's reach (4 pixels here) still changes the output."""
    network = PlainUNet(4, 4)
    frame = torch.randn(1, 1, 32, 32, requires_grad=True)
    network(frame)[0, 0, 16, 16].backward()
    assert frame.grad[0, 0, 16, :8].abs().max() > 0


def test_it_learns_to_denoise():
    network = PlainUNet(8, 3)
    y, x = torch.meshgrid(torch.arange(32.0), torch.arange(32.0), indexing="ij")
    clean = (0.5 + 0.3 * torch.sin(x / 3 + torch.arange(8.0)[:, None, None]) * torch.cos(y / 4))[:, None]
    optimiser = torch.optim.Adam(network.parameters(), lr=3e-3)
    for _ in range(120):
        loss = torch.square(network(clean + 0.1 * torch.randn_like(clean)) - clean).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    with torch.no_grad():
        assert torch.square(network(clean + 0.1 * torch.randn_like(clean)) - clean).mean() < 0.3 * 0.1**2


@pytest.mark.parametrize("wrong", [{"width": 3}, {"depth": 1}])
def test_impossible_networks_are_refused(wrong):
    with pytest.raises(ValueError, match=f"{next(iter(wrong))}={next(iter(wrong.values()))}"):
        PlainUNet(**wrong)
