"""Evidence about a frame, as channels for the streaming network: frame, past and future, and how far to trust them."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from ..suppression.prediction import Prediction

LOCAL_MEAN = 16  # pixels; the network sees structure, not brightness, so it cannot shift brightness by what it has learnt
PLANES = 7  # frame; mean, variance and neighbour of the past; the same of the future


def stack_planes(
    frame: np.ndarray, noise: np.ndarray | float, past: Prediction | None, future: Prediction | None
) -> np.ndarray:
    """Planes [7, H, W] float32: frame, past mean, variance and neighbour, future mean, variance and neighbour.

    Args:
        frame: stabilised frame [H, W].
        noise: standard deviation of its noise, a number or [H, W]; the planes are in units of it.
        past, future: what the other frames say; a side that is absent gets infinite variance.
    """
    planes = np.zeros((PLANES, *frame.shape), np.float32)
    planes[0] = frame / noise
    for first, side in ((1, past), (4, future)):
        if side is None:
            planes[first + 1] = np.inf
        else:
            planes[first] = side.mean / noise
            planes[first + 1] = side.variance / noise**2
            planes[first + 2] = side.neighbour / noise
    return planes


def certain_lines(past: Prediction | None, future: Prediction | None) -> np.ndarray | None:
    """Certainty [H, W], 0 to 1, of lines that are in the frame and in none of the others; None where there are no others."""
    sides = [side.line for side in (past, future) if side is not None]
    return np.minimum(*sides) if len(sides) == 2 else sides[0] if sides else None


def fuse(planes: Tensor) -> Tensor:
    """Precision-weighted mean [N, 1, H, W] of frame (variance 1), past and future, from planes [N, 7, H, W]."""
    frame, past, past_variance, future, future_variance = (planes[:, i : i + 1] for i in (0, 1, 2, 4, 5))
    past_weight, future_weight = 1 / past_variance, 1 / future_variance
    return (frame + past * past_weight + future * future_weight) / (1 + past_weight + future_weight)


def evidence_channels(planes: Tensor, fused: Tensor) -> Tensor:
    """Channels [N, 8, H, W]: local structure of the fused estimate, differences of all images to it, trust in both sides.

    What a side says is shown in proportion to the trust in it, 1 / (1 + variance): where something moved, its former place is
    hidden from the network, which would else paint a ghost there.
    """
    frame, past, past_variance, past_neighbour, future, future_variance, future_neighbour = planes.split(1, dim=1)
    past_trust, future_trust = 1 / (1 + past_variance), 1 / (1 + future_variance)
    return torch.cat(
        [
            fused - _local_mean(fused),
            frame - fused,
            (past - fused) * past_trust,
            (past_neighbour - fused) * past_trust,
            (future - fused) * future_trust,
            (future_neighbour - fused) * future_trust,
            past_trust,
            future_trust,
        ],
        dim=1,
    )


def _local_mean(image: Tensor) -> Tensor:
    small = F.avg_pool2d(image, LOCAL_MEAN // 2, ceil_mode=True, count_include_pad=False)
    small = F.avg_pool2d(F.pad(small, (1, 1, 1, 1), mode="replicate"), 3, stride=1)
    return F.interpolate(small, size=image.shape[-2:], mode="bilinear", align_corners=False)
