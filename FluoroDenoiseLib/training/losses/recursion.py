"""Correlated noise suppression: the student learns the recursively filtered, motion-compensated frames.

The published form with one fixed gain (arXiv 2411.00830, step two); at run time `suppression.recursive` chooses a gain for
every pixel.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from .difference import mean_difference

SHARE = 0.2  # w, the published share of the newest frame


def recursion_weights(count: int, share: float = SHARE) -> Tensor:
    """Weights [count] with which R_k = w x_k + (1 - w) R_(k-1), R_1 = x_1, holds frames 1..count; they sum to 1.

    Raises:
        ValueError: no frame, or a share outside (0, 1].
    """
    if count < 1 or not 0 < share <= 1:
        raise ValueError(f"Found {count} frames and a share of {share}; expected at least one frame and a share in (0, 1].")
    weights = share * (1 - share) ** torch.arange(count - 1, -1, -1, dtype=torch.float64)
    weights[0] /= share
    return weights


def recursive_target(aligned: Tensor, share: float = SHARE) -> Tensor:
    """R [N, 1, H, W] from `aligned` [N, K, H, W]: frames already warped onto the target's, in the order of filtering.

    With the student's own input frame among them, as published, R holds a share of the student's input noise and teaches
    it to keep that share; pass frames that the student does not see.
    """
    weights = recursion_weights(aligned.shape[1], share).to(aligned)
    return torch.einsum("k,nkhw->nhw", weights, aligned)[:, None]


def recursion_gain(count: int | None, share: float = SHARE) -> float:
    """Decibels by which the filter lowers independent noise over `count` static frames, or, None, in the steady state.

    5.85 dB over five frames and 9.54 dB in the steady state, w / (2 - w) of the variance, at the published share.
    """
    variance = share / (2 - share) if count is None else recursion_weights(count, share).square().sum().item()
    return -10 * math.log10(variance)


def recursion_loss(student: Tensor, recursive: Tensor, squared: bool = True) -> Tensor:
    """Mean of |G - R| (published) or (G - R)^2 (default; see `distillation_loss`), all [N, 1, H, W] in one unit."""
    return mean_difference(student, recursive.detach(), squared)
