"""Uncorrelated noise suppression: the student learns what the blind teacher says (arXiv 2411.00830, step two)."""

from __future__ import annotations

from torch import Tensor

from .difference import mean_difference


def distillation_loss(student: Tensor, teacher: Tensor, squared: bool = True) -> Tensor:
    """Mean of |G - T| (published) or (G - T)^2 (default).

    The squared form is preferred: its minimiser is the mean of what the teacher says for one appearance of the frame, and
    the mean of low-count data is the signal; |.| learns their median, a bias wherever the distribution is skewed. The
    same holds for the teacher's own training.

    Args:
        student: G, [N, 1, H, W], in the teacher's units.
        teacher: T, [N, 1, H, W], predicted blind to the frames that the student sees; no gradient flows into it.
        squared: False for the published form.
    """
    return mean_difference(student, teacher.detach(), squared)
