"""The published optimisation, the same for both steps: Adam over batches until the steps are done or a number breaks."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import torch
from torch import Tensor, nn

BETAS = (0.5, 0.999)  # of Adam, published


class TrainingDivergedError(Exception):
    """The loss or its gradient is no longer a number; the network still has the weights of the last good step."""


def optimise(
    network: nn.Module,
    loss: Callable[[Tensor], Tensor],
    batches: Iterable[Tensor],
    steps: int,
    rate: float,
    every: int = 100,
    report: Callable[[int, float], None] | None = None,
) -> list[float]:
    """Trains `network` in place and returns the loss of each step.

    Adam with the published betas; the learning rate falls from `rate` to nothing along a half cosine.

    Args:
        loss: of one batch, a scalar; calls the network.
        batches: at least `steps` of them.
        report: called with the step and the mean loss since the last call, each `every` steps and at the end; the place
            to save a checkpoint.

    Raises:
        TrainingDivergedError: the loss or a gradient is NaN or infinite.
    """
    network.train()
    optimiser = torch.optim.Adam(network.parameters(), lr=rate, betas=BETAS)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    losses: list[float] = []
    for step, batch in zip(range(1, steps + 1), batches, strict=False):
        losses.append(_one_step(network, loss, optimiser, batch, step))
        schedule.step()
        if report and (step % every == 0 or step == steps):
            report(step, float(np.mean(losses[-((step - 1) % every + 1) :])))
    return losses


def _one_step(
    network: nn.Module, loss: Callable[[Tensor], Tensor], optimiser: torch.optim.Optimizer, batch: Tensor, step: int
) -> float:
    statistics = [buffer.clone() for buffer in network.buffers()]
    value = loss(batch)
    optimiser.zero_grad(set_to_none=True)
    value.backward()
    steepness = nn.utils.clip_grad_norm_(network.parameters(), float("inf"))  # measured, not clipped
    if not (torch.isfinite(value) and torch.isfinite(steepness)):
        _put_back(network, statistics)
        raise TrainingDivergedError(
            f"The loss became {value.item()} at step {step}; the weights before it are kept. Look for NaN in the sequences, "
            "or lower the learning rate."
        )
    optimiser.step()
    return value.item()


def _put_back(network: nn.Module, statistics: list[Tensor]) -> None:
    """Batch normalisation has already met the bad batch; its statistics forget it."""
    for buffer, before in zip(network.buffers(), statistics, strict=True):
        buffer.copy_(before)
