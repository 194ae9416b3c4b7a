"""The teacher has the paper's size, sees no centre frame, and learns."""

from __future__ import annotations

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from FluoroDenoiseLib.networks.msr2aunet import MSR2AUNet, RecurrentConvolution


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(3)


def slim():
    return MSR2AUNet(width=4, depth=3)


def size(network):
    return sum(parameter.numel() for parameter in network.parameters())


def test_the_published_network_has_39_5_million_parameters_and_626_gmac():
    with torch.device("meta"), FlopCounterMode(display=False) as counter:
        network = MSR2AUNet.published()
        network(torch.empty(1, 5, 512, 512))
    assert size(network) == pytest.approx(39.5e6, rel=0.002)
    assert counter.get_total_flops() / 2 == pytest.approx(626e9, rel=0.01)


def test_the_default_network_is_slim_enough_for_two_cores():
    with torch.device("meta"), FlopCounterMode(display=False) as counter:
        MSR2AUNet()(torch.empty(1, 5, 512, 512))
    assert counter.get_total_flops() / 2 < 32e9


@pytest.mark.parametrize("training", [False, True])
def test_the_prediction_does_not_change_with_the_centre_frame(training):
    network = slim().train(training)
    window = torch.randn(2, 5, 24, 24)
    other = window.clone()
    other[:, 2] = 1e3 * torch.randn(2, 24, 24)
    assert torch.equal(network(window), network(other))


def test_no_gradient_reaches_the_centre_frame_and_every_neighbour_gets_one():
    window = torch.randn(1, 5, 16, 16, requires_grad=True)
    slim()(window).square().mean().backward()
    reached = window.grad.abs().amax(dim=(0, 2, 3)) > 0
    assert reached.tolist() == [True, True, False, True, True]


def test_every_parameter_gets_a_gradient():
    network = slim()
    network(torch.randn(2, 5, 16, 16)).square().mean().backward()
    assert all(parameter.grad is not None and torch.isfinite(parameter.grad).all() for parameter in network.parameters())


def test_each_neighbour_has_filters_of_its_own():
    network = slim().eval()
    window = torch.randn(1, 5, 16, 16)
    reversed_in_time = window.flip(1)
    assert not torch.allclose(network(window), network(reversed_in_time))


@pytest.mark.parametrize("shape", [(16, 16), (17, 23), (3, 40), (1, 1)])
def test_frames_of_any_size_keep_it(shape):
    assert slim().eval()(torch.randn(1, 5, *shape)).shape == (1, 1, *shape)


def test_padding_leaves_frames_of_fitting_size_alone():
    network = slim().eval()
    window = torch.randn(1, 5, 16, 16)
    window[..., 14:, :] = window[..., 13:14, :]
    assert torch.allclose(network(window)[..., :14, :], network(window[..., :14, :]), atol=1e-6)


@pytest.mark.parametrize("frames", [3, 5, 7])
def test_the_neighbours_mean_is_added_to_what_the_network_says(frames):
    network = MSR2AUNet(frames=frames, width=4, depth=2).eval()
    torch.nn.init.zeros_(network.output.weight)
    torch.nn.init.zeros_(network.output.bias)
    window = torch.randn(1, frames, 8, 8)
    centre = frames // 2
    mean = (window.sum(1, keepdim=True) - window[:, centre : centre + 1]) / (frames - 1)
    assert torch.allclose(network(window), mean, atol=1e-6)


def test_recurrences_share_their_weights_and_feed_the_input_back():
    once, thrice = RecurrentConvolution(4, 0).eval(), RecurrentConvolution(4, 2).eval()
    thrice.load_state_dict(once.state_dict())
    features = torch.randn(1, 4, 8, 8)
    first = once(features)
    second = once(features + first)
    assert torch.allclose(thrice(features), once(features + second), atol=1e-6)


def test_the_same_seed_builds_the_same_network():
    window = torch.randn(1, 5, 16, 16)
    outputs = []
    for _ in range(2):
        torch.manual_seed(11)
        outputs.append(slim().eval()(window))
    assert torch.equal(*outputs)


def test_it_learns_to_beat_the_neighbours_mean_on_a_moving_pattern():
    network = slim()
    columns = torch.arange(32.0)
    times = torch.arange(-2.0, 3.0)
    pattern = torch.sin(0.7 * (columns[None] - 1.5 * times[:, None]))[:, None].expand(5, 32, 32)
    windows = pattern + 0.1 * torch.randn(8, 5, 32, 32)
    mean_error = torch.square(windows[:, [0, 1, 3, 4]].mean(1) - pattern[2]).mean()
    optimiser = torch.optim.Adam(network.parameters(), lr=5e-3)
    for _ in range(40):
        loss = torch.square(network(windows)[:, 0] - windows[:, 2]).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert torch.square(network(windows)[:, 0] - pattern[2]).mean() < 0.25 * mean_error


@pytest.mark.parametrize("wrong", [{"frames": 4}, {"frames": 1}, {"width": 5}, {"depth": 1}, {"recurrences": -1}])
def test_impossible_networks_are_refused(wrong):
    with pytest.raises(ValueError, match=f"{next(iter(wrong))}={next(iter(wrong.values()))}"):
        MSR2AUNet(**wrong)
