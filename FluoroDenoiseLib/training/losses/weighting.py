"""Errors over the pixels that count."""

from __future__ import annotations

import torch
from torch import Tensor


def weighted_mean(values: Tensor, weight: Tensor | None = None) -> Tensor:
    """Scalar mean of `values` [N, C, H, W]; with `weight` (>= 0, broadcastable), sum(weight * values) / sum(weight).

    Where no pixel counts (all weights 0) the result is 0 with zero gradients, not NaN.
    """
    if weight is None:
        return values.mean()
    weight = weight.to(values.dtype).expand_as(values)
    return (weight * values).sum() / weight.sum().clamp_min(torch.finfo(values.dtype).tiny)


def weighted_error(prediction: Tensor, target: Tensor, squared: bool, weight: Tensor | None = None) -> Tensor:
    """Scalar mean squared or mean absolute difference of two tensors [N, C, H, W] of one shape.

    Raises:
        ValueError: the shapes differ (they would be broadcast against each other in silence).
    """
    if prediction.shape != target.shape:
        shapes = f"{tuple(prediction.shape)} and a target {tuple(target.shape)}"
        raise ValueError(f"Found a prediction {shapes}; expected one shape [N, C, H, W].")
    difference = prediction - target
    return weighted_mean(difference.square() if squared else difference.abs(), weight)
