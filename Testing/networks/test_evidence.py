"""Evidence about a frame without a future is that with a future of which nothing is known."""

import numpy as np
import torch

from FluoroDenoiseLib.networks.evidence import evidence_channels, fuse, stack_planes
from FluoroDenoiseLib.networks.streaming import WITHOUT_FUTURE
from FluoroDenoiseLib.suppression.prediction import Prediction


def seen(*sides):
    frame, noise = np.full((32, 32), 40, np.float32), np.float32(2.0)
    planes = torch.from_numpy(stack_planes(frame, noise, *sides))[None]
    fused = fuse(planes)
    return fused, evidence_channels(planes, fused)


def test_a_future_of_which_nothing_is_known_adds_nothing():
    mean, neighbour = np.random.default_rng(0).normal(40, 2, (2, 32, 32)).astype(np.float32)
    past = Prediction(mean, np.full_like(mean, 0.5), neighbour, np.zeros_like(mean))
    (fused, channels), (same, without) = seen(past, None), seen(past)
    torch.testing.assert_close(same, fused, rtol=0, atol=0)
    torch.testing.assert_close(without, channels[:, WITHOUT_FUTURE], rtol=0, atol=0)
    others = [k for k in range(channels.shape[1]) if k not in WITHOUT_FUTURE]
    assert others and not channels[:, others].any()


def test_what_other_frames_say_counts_by_its_precision():
    """Frame 40 of variance 1, past 42 of variance 1, future 46 of variance 1/2; all in units of a noise of deviation 2."""
    sides = [
        Prediction(np.full((32, 32), value, np.float32), np.full((32, 32), 4 * variance, np.float32), *np.zeros((2, 32, 32)))
        for value, variance in ((42, 1), (46, 0.5))
    ]
    fused, _ = seen(*sides)
    np.testing.assert_allclose(fused, (40 + 42 + 2 * 46) / 4 / 2, rtol=1e-6)
