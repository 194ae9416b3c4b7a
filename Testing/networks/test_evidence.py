"""Evidence about a frame without a future is that with a future of which nothing is known."""

import numpy as np
import pytest
import torch

from FluoroDenoiseLib.networks.evidence import evidence_channels, fuse, stack_planes
from FluoroDenoiseLib.networks.streaming import WITHOUT_FUTURE
from FluoroDenoiseLib.suppression.prediction import Prediction


def seen(*sides):
    frame, noise = np.full((32, 32), 40, np.float32), np.float32(2.0)
    planes = torch.from_numpy(stack_planes(frame, noise, *sides))[None]
    fused = fuse(planes)
    return fused, evidence_channels(planes, fused, 16)


def test_a_future_of_which_nothing_is_known_adds_nothing():
    mean, neighbour = np.random.default_rng(0).normal(40, 2, (2, 32, 32)).astype(np.float32)
    past = Prediction(mean, np.full_like(mean, 0.5), neighbour, np.zeros_like(mean))
    (fused, channels), (same, without) = seen(past, None), seen(past)
    torch.testing.assert_close(same, fused, rtol=0, atol=0)
    torch.testing.assert_close(without, channels[:, WITHOUT_FUTURE], rtol=0, atol=0)
    others = [k for k in range(channels.shape[1]) if k not in WITHOUT_FUTURE]
    assert others and not channels[:, others].any()


@pytest.mark.parametrize(("local_mean", "shown"), [(16, 0.33), (64, 0.98)])
def test_brightness_is_hidden_above_a_scale_and_shown_below(local_mean, shown):
    """A wave of 64 pixels on a constant, in the middle of the frame; the constant is never seen."""
    wave = torch.cos(2 * torch.pi * torch.arange(512) / 64).expand(512, 512)
    planes = torch.zeros(1, 4, 512, 512)
    planes[:, 0], planes[:, 2] = 40 + wave, torch.inf
    seen = evidence_channels(planes, fuse(planes), local_mean)[0, 0, 192:320, 192:320]
    assert seen.mean().abs() < 1e-3
    assert (seen * wave[192:320, 192:320]).mean() / 0.5 == pytest.approx(shown, abs=0.1)


def test_what_other_frames_say_counts_by_its_precision():
    """Frame 40 of variance 1, past 42 of variance 1, future 46 of variance 1/2; all in units of a noise of deviation 2."""
    sides = [
        Prediction(np.full((32, 32), value, np.float32), np.full((32, 32), 4 * variance, np.float32), *np.zeros((2, 32, 32)))
        for value, variance in ((42, 1), (46, 0.5))
    ]
    fused, _ = seen(*sides)
    np.testing.assert_allclose(fused, (40 + 42 + 2 * 46) / 4 / 2, rtol=1e-6)
