"""Evidence about a frame, as channels for the streaming network: frame, past and future, and how far to trust them."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from ..suppression.prediction import Prediction

PLANES = 7  # frame; mean, variance and neighbour of the past; the same of the future
SIDE = 3  # planes of a side


def stack_planes(frame: np.ndarray, noise: np.ndarray | float, *sides: Prediction | None) -> np.ndarray:
    """Planes [7 or 4, H, W] float32: frame, past mean, variance and neighbour, and if asked for those of the future.

    Args:
        frame: stabilised frame [H, W].
        noise: standard deviation of its noise, a number or [H, W]; the planes are in units of it.
        sides: what the past says, or the past and the future; None gets infinite variance.
    """
    planes = np.zeros((1 + SIDE * len(sides), *frame.shape), np.float32)
    np.divide(frame, noise, out=planes[0])
    for first, side in zip(range(1, len(planes), SIDE), sides, strict=True):
        if side is None:
            planes[first + 1] = np.inf
        else:
            np.divide(side.mean, noise, out=planes[first])
            np.divide(side.variance, noise**2, out=planes[first + 1])
            np.divide(side.neighbour, noise, out=planes[first + 2])
    return planes


def certain_lines(past: Prediction | None, future: Prediction | None) -> np.ndarray | None:
    """Certainty [H, W], 0 to 1, of lines that are in the frame and in none of the others; None where there are no others."""
    sides = [side.line for side in (past, future) if side is not None]
    return np.minimum(*sides) if len(sides) == 2 else sides[0] if sides else None


def fuse(planes: Tensor) -> Tensor:
    """Precision-weighted mean [N, 1, H, W] of frame (variance 1) and sides, from planes [N, 7 or 4, H, W]."""
    total, weights = planes[:, :1], 1.0
    for mean, variance, _ in _sides(planes):
        weight = 1 / variance
        total, weights = total + mean * weight, weights + weight
    return total / weights


def evidence_channels(planes: Tensor, fused: Tensor, local_mean: int) -> Tensor:
    """Channels [N, 8 or 5, H, W]: local structure of the fused estimate, differences of all images to it, trust in the sides.

    Planes without a future, [N, 4, H, W], make 5. What a side says is shown in proportion to the trust in it,
    1 / (1 + variance): where something moved, its former place is hidden from the network, which would paint a ghost there.

    Args:
        local_mean: scale in pixels of the brightness that is hidden from the network, which so cannot shift it by what it has
            learnt, and leaves noise of that scale as it is.
    """
    differences, trusts = [], []
    for mean, variance, neighbour in _sides(planes):
        trusts.append(1 / (1 + variance))
        differences += [(image - fused) * trusts[-1] for image in (mean, neighbour)]
    return torch.cat([fused - _local_mean(fused, local_mean), planes[:, :1] - fused, *differences, *trusts], dim=1)


def _sides(planes: Tensor) -> list[tuple[Tensor, Tensor, Tensor]]:
    """Mean, variance and neighbour of each side."""
    return [planes[:, first : first + SIDE].split(1, dim=1) for first in range(1, planes.shape[1], SIDE)]


def _local_mean(image: Tensor, scale: int) -> Tensor:
    small = F.avg_pool2d(image, scale // 2, ceil_mode=True, count_include_pad=False)
    small = F.avg_pool2d(F.pad(small, (1, 1, 1, 1), mode="replicate"), 3, stride=1)
    whole = F.interpolate(small, scale_factor=scale // 2, mode="bilinear", align_corners=False)
    return whole[..., : image.shape[-2], : image.shape[-1]]
