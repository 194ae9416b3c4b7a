"""The published total of step two, each term switchable for the ablation table."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from .cross_fusion import cross_fusion_loss, fuse, motion_weight
from .distillation import distillation_loss
from .edges import edge_loss
from .fourier import fourier_loss
from .recursion import recursion_loss


@dataclass(frozen=True)
class StepTwoLoss:
    """Distillation + recursion + edge preservation, with weight 1 each by default, as published.

    A weight of 0 switches its term off; it is not computed then.

    Attributes:
        distillation: weight of |G - T|.
        recursion: weight of |G - R|.
        cross_fusion: weight of M |G - R|, the ablation's step between recursion and edges; not in the published total, where
            M acts on the edges only.
        edges: weight of M |SWT_high(G) - SWT_high(R)|.
        fourier: weight of the texture term, off by default: no public formula, and the ablation decides.
        published: absolute differences and the product F = G R / 2, for frames in [0, 1]; otherwise squared differences
            and the mean F = (G + R) / 2.
        normalised: M divided by its mean, not published: without it cross-fusion and edges are a thousandth of the other
            terms for frames in [0, 1] (`cross_fusion.motion_weight`).
    """

    distillation: float = 1.0
    recursion: float = 1.0
    cross_fusion: float = 0.0
    edges: float = 1.0
    fourier: float = 0.0
    published: bool = False
    normalised: bool = False

    def terms(self, student: Tensor, noisy: Tensor, teacher: Tensor, recursive: Tensor) -> dict[str, Tensor]:
        """The unweighted scalar terms that are switched on, by name, of G, x, T and R, [N, 1, H, W] in one unit."""
        squared = not self.published
        terms: dict[str, Tensor] = {}
        if self.distillation:
            terms["distillation"] = distillation_loss(student, teacher, squared)
        if self.recursion:
            terms["recursion"] = recursion_loss(student, recursive, squared)
        if self.cross_fusion or self.edges:
            motion = motion_weight(fuse(student, recursive, self.published), noisy, teacher, self.normalised)
        if self.cross_fusion:
            terms["cross_fusion"] = cross_fusion_loss(student, recursive, motion)
        if self.edges:
            terms["edges"] = edge_loss(student, recursive, motion)
        if self.fourier:
            terms["fourier"] = fourier_loss(student, recursive)
        return terms

    def total(self, terms: dict[str, Tensor]) -> Tensor:
        """The weighted sum of `terms`, a scalar."""
        return torch.stack([getattr(self, name) * value for name, value in terms.items()]).sum()
