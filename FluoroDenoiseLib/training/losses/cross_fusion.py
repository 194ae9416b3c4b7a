"""Pixel-wise dynamic object motion cross-fusion matrix: where teacher and recursion disagree because something moved.

Read from arXiv 2411.00830, step two, with the weight map of locally discriminative learning (LDL; Liang, Zeng and Zhang, CVPR
2022, arXiv 2203.09195, section 3.2).
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

WINDOW = 7  # pixels, side of the local variance's window in LDL
STABILITY = 1 / 5  # LDL's exponent of the patch variance
FLOOR = 1e-8  # added to M's mean: a patch without any M stays without


def fuse(student: Tensor, recursive: Tensor, published: bool = False) -> Tensor:
    """F [N, 1, H, W] from G and R: their mean, or, published, half of their product.

    Half the product is no intensity: its unit is the square of the frames', and where G = R = x it is x^2 / 2, so the
    residual |F - x| that the weight map is made of is large everywhere and follows brightness instead of motion, more so with
    each change of offset or gain. The mean is what the factor 1/2 asks for and keeps units, offset and gain; the published
    form is there for comparison and means something for frames in [0, 1] only.
    """
    return 0.5 * student * recursive if published else 0.5 * (student + recursive)


def motion_weight(fused: Tensor, noisy: Tensor, teacher: Tensor, normalised: bool = False) -> Tensor:
    """M [N, 1, H, W] >= 0 without gradient: var(|F - x|)^(1/5) of the patch times the local 7x7 variance of |F - x|.

    0 where |F - x| < |F - T|. Noise alone makes M about 0.4 for frames in noise standard deviations. Where an object of ten of
    them is, which R lacks, M is 10 times as large, and 6 times where R has a ghost of eight. With the published product, in
    [0, 1], it is 19 times as large at the object, but only 1.3 times at the ghost: G has none, and the product follows G.

    M goes with |F - x|^2.4, so what it weighs has no size of its own. For frames in [0, 1], the published scale, M is about
    6e-4 (training crops of the ablation), and the terms do nothing there: their gradients with respect to the student's output
    have norms of 4e-6 (cross-fusion) and 3e-6 (edges), against 2.8e-3 each of distillation and recursion. Normalised they
    have 4e-3 and 3e-3.

    Args:
        fused: F, [N, 1, H, W].
        noisy: x, the noisy centre frame, [N, 1, H, W].
        teacher: T, [N, 1, H, W].
        normalised: divide M by its mean over the patch, which makes it 1 on average at any scale. Ours; not published.
    """
    with torch.no_grad():
        residual = (fused - noisy).abs()
        patch = residual.var(dim=(1, 2, 3), keepdim=True) ** STABILITY
        weight = torch.where(residual < (fused - teacher).abs(), 0, patch * local_variance(residual))
        return weight / (weight.mean(dim=(1, 2, 3), keepdim=True) + FLOOR) if normalised else weight


def local_variance(image: Tensor) -> Tensor:
    """Unbiased variance [N, 1, H, W] over 7x7 windows, which are cut off at the border."""
    ones = torch.ones_like(image[:1])
    centred = image - image.mean(dim=(2, 3), keepdim=True)
    count = _window_sum(ones)
    mean, square = _window_sum(centred) / count, _window_sum(centred.square()) / count
    return (square - mean.square()).clamp_min(0) * count / (count - 1).clamp_min(1)


def _window_sum(image: Tensor) -> Tensor:
    return WINDOW**2 * functional.avg_pool2d(image, WINDOW, stride=1, padding=WINDOW // 2)


def cross_fusion_loss(student: Tensor, recursive: Tensor, motion: Tensor) -> Tensor:
    """Mean of M |G - R| in the pixels, [N, 1, H, W] each: the edge-preserving loss without its wavelet."""
    return (motion * (student - recursive.detach()).abs()).mean()
