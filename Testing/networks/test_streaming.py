"""The streaming student uses all of its resolutions, and can learn with all of them."""

import pytest
import torch

from FluoroDenoiseLib.models.cards import model_names
from FluoroDenoiseLib.models.zoo import load_model
from FluoroDenoiseLib.networks.streaming import IMAGES, SHUFFLE, WITHOUT_FUTURE, StreamingUNet

SMALL = ((8, 12, 16), (1, 1, 1))


def idle_parts(network, evidence):
    """Names of the parameters that no gradient of the network's output reaches."""
    torch.square(network(evidence)).mean().backward()
    return [name for name, values in network.named_parameters() if not torch.any(values.grad)]


def evidence(side=64):
    """Frame, past and future alike, whatever they show: noise around smooth brightness, two standard deviations of it."""
    torch.manual_seed(0)
    smooth = torch.nn.functional.interpolate(torch.randn(2, IMAGES, side // 8, side // 8), side)
    return 2 * smooth + torch.randn(2, IMAGES, side, side)


@pytest.mark.parametrize("name", model_names())
def test_every_part_of_a_bundled_model_works(name):
    assert idle_parts(load_model(name).network, evidence()) == []


@pytest.mark.parametrize(("slope", "idle"), [(0.0, True), (0.01, False)])
def test_units_pushed_below_zero_everywhere_learn_again_with_a_slope(slope, idle):
    network = StreamingUNet(*SMALL, slope=slope)
    torch.nn.init.normal_(network.leave.weight)
    torch.nn.init.normal_(network.up_first.weight)
    torch.nn.init.constant_(network.out_second[0].bias, -100.0)
    assert ("down_third.0.weight" in idle_parts(network, evidence())) is idle


def test_coarser_resolutions_change_nothing_before_they_learn():
    network, images = StreamingUNet(*SMALL, slope=0.01), evidence()
    torch.nn.init.normal_(network.leave.weight)
    before = network(images)
    torch.nn.init.normal_(network.down_third[0].weight)
    torch.testing.assert_close(network(images), before)


def test_a_network_whose_coarser_resolutions_say_nothing_is_one_without_them():
    whole, images = StreamingUNet(*SMALL, slope=0.01), evidence()
    torch.nn.init.normal_(whole.leave.weight)
    torch.nn.init.normal_(whole.up_first.bias)
    alone = StreamingUNet(SMALL[0][:1], SMALL[1][:1], slope=0.01)
    alone.load_state_dict({name: value for name, value in whole.state_dict().items() if name in alone.state_dict()})
    torch.testing.assert_close(alone(images), whole(images), rtol=0, atol=0)
    assert idle_parts(alone, images) == []


@pytest.mark.parametrize("sizes", [((8, 12), (1, 1)), ((8,), (1, 1, 1)), ((), ())])
def test_other_numbers_of_resolutions_are_refused(sizes):
    with pytest.raises(ValueError, match="expected one or three of each"):
        StreamingUNet(*sizes)


@pytest.mark.parametrize("setting", [{"slope": -0.1}, {"local_mean": 0}, {"local_mean": 48}])
def test_settings_that_make_no_sense_are_refused(setting):
    with pytest.raises(ValueError, match="expected 0 or more, and one of"):
        StreamingUNet(*SMALL, **setting)


def test_the_entrance_is_a_convolution_of_the_unshuffled_evidence():
    first, images = StreamingUNet((8,), (1,)).enter[0], evidence()
    plain = torch.nn.functional.conv2d(torch.pixel_unshuffle(images, SHUFFLE), first.weight, first.bias, padding=1)
    torch.testing.assert_close(first(images), plain)


@pytest.mark.parametrize("name", model_names())
def test_evidence_without_a_future_counts_as_one_of_zeros(name):
    network, past = load_model(name).network, evidence()[:, WITHOUT_FUTURE]
    whole = torch.zeros(2, IMAGES, *past.shape[-2:])
    whole[:, WITHOUT_FUTURE] = past
    torch.testing.assert_close(network(past), network(whole))
