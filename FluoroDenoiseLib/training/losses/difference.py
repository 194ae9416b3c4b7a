"""Mean differences of two images."""

from __future__ import annotations

from torch import Tensor


def mean_difference(prediction: Tensor, target: Tensor, squared: bool) -> Tensor:
    """Scalar mean squared or mean absolute difference of two tensors [N, C, H, W] of one shape.

    Raises:
        ValueError: the shapes differ (they would be broadcast against each other in silence).
    """
    if prediction.shape != target.shape:
        shapes = f"{tuple(prediction.shape)} and a target {tuple(target.shape)}"
        raise ValueError(f"Found a prediction {shapes}; expected one shape [N, C, H, W].")
    difference = prediction - target
    return (difference.square() if squared else difference.abs()).mean()
