"""The mean over pixels that count."""

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
