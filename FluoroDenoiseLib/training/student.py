"""The streaming student learns by recorruption, from noisy sequences alone."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..networks.evidence import PLANES, evidence_channels, fuse
from ..networks.streaming import IMAGES
from .batches import CHANNELS, FUTURE_VARIANCE, PAST_VARIANCE, UNSUPPORTED, Examples, without_a_side
from .timed import TimedTraining, run_network

EXTRA_WEIGHT = 8.0  # of pixels that no other frame supports


def predict(network: nn.Module, planes: Tensor, precision: torch.dtype = torch.float32) -> Tensor:
    """Denoised frames [N, 1, H, W] from planes [N, 7, H, W], as the engine makes them at run time."""
    fused, local_mean = fuse(planes), getattr(network, "module", network).local_mean  # several processes wrap the network
    return fused + run_network(network, evidence_channels(planes, fused, local_mean), precision)


def loss(
    network: nn.Module, batch: Tensor, precision: torch.dtype = torch.float32, extra_weight: float = EXTRA_WEIGHT
) -> Tensor:
    """Recorruption loss of a batch of examples [N, 8, H, W] or pairs [N, 16, H, W] (see `examples.make_examples`).

    A plain mean of weighted squares, so that the mean over the parts of a batch is the loss of the whole. Pixels whose target
    is NaN count as met.

    Args:
        extra_weight: of pixels that no other frame supports: wires that move are few pixels.
    """
    examples = _singly(batch)
    squares = _squares(network, examples, precision, unknown=0.0)
    return (squares * _weight(examples[:, :PLANES], extra_weight) if extra_weight else squares).mean()


def losses(network: nn.Module, batch: Tensor, precision: torch.dtype = torch.float32) -> Tensor:
    """Mean square of each example or pair of a batch, [N]; of pairs without the part that the noise drawn for them adds.

    The targets of a pair are y - n / a and y + n / a: half of their difference is that noise, and no network changes it.
    Pixels whose target is NaN do not count; an example without any other has NaN.
    """
    examples, targets = _singly(batch), batch[:, PLANES::CHANNELS]
    drawn = torch.square(targets - targets.mean(dim=1, keepdim=True)).flatten(0, 1)[:, None]
    found = _squares(network, examples, precision) - drawn
    return found.unflatten(0, (len(batch), -1)).nanmean(dim=(1, 2, 3, 4))


def _singly(batch: Tensor) -> Tensor:
    """Pairs [N, 16, H, W] as examples [2 N, 8, H, W]; examples as they are."""
    return batch.unflatten(1, (-1, CHANNELS)).flatten(0, 1)


def _squares(network: nn.Module, batch: Tensor, precision: torch.dtype, unknown: float = torch.nan) -> Tensor:
    """Squares [N, 1, H, W]; `unknown` where the target is NaN (put in before squaring, for the gradient's sake)."""
    planes, target = batch[:, :PLANES], batch[:, PLANES:]
    error = torch.where(target.isnan(), unknown, predict(network, planes, precision) - target)
    return torch.square(error)


def _weight(planes: Tensor, extra: float) -> Tensor:
    """Weight [N, 1, H, W] of each pixel, 1 or, around what no other frame supports, up to 1 + `extra`.

    A single pixel's support depends on its own noise, which a weight may not; the mean over 11 x 11 pixels hardly does.
    """
    support = torch.minimum(planes[:, PAST_VARIANCE, None], planes[:, FUTURE_VARIANCE, None])
    alone = ((support > UNSUPPORTED) & torch.isfinite(support)).to(planes.dtype)
    return 1 + extra * F.avg_pool2d(alone, 11, stride=1, padding=5)


class StudentTraining(TimedTraining):
    """The streaming network learns from `Examples`."""

    channels = IMAGES
    extra_weight = EXTRA_WEIGHT

    def loss(self, network: nn.Module, batch: Tensor) -> Tensor:
        """Recorruption loss."""
        return loss(network, batch, self.precision, self.extra_weight)

    def draw(self, source: Examples, rng: np.random.Generator) -> Tensor:
        """A batch in which some examples have no future and a few no past."""
        return without_a_side(super().draw(source, rng), rng)
