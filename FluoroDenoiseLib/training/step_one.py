"""Step one: the teacher learns to predict a noisy frame from its noisy neighbours (arXiv 2411.00830)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import torch
from torch import Tensor, nn

from ..networks.msr2aunet import MSR2AUNet
from .losses.weighting import weighted_error
from .windows import window_indices

BETAS = (0.5, 0.999)  # of Adam, published


class TrainingDivergedError(Exception):
    """The loss or its gradient is no longer a number; the network still has the weights of the last good step."""


def blind_loss(network: nn.Module, windows: Tensor, weight: Tensor | None = None) -> Tensor:
    """Mean squared error of the blind prediction against the noisy centre of `windows` [N, frames, H, W].

    The network has not seen the centre, and its noise is independent of the neighbours', so the expectation is the error
    against the clean centre plus the noise variance, whatever the noise's correlation within the frame. Squared, so that the
    mean is learnt and not, as by the published absolute error, the median. `weight` as in `weighted_mean`.
    """
    centre = windows.shape[1] // 2
    return weighted_error(network(windows), windows[:, centre : centre + 1], squared=True, weight=weight)


def train_teacher(
    network: MSR2AUNet,
    batches: Iterable[Tensor],
    steps: int,
    rate: float = 2e-4,
    every: int = 100,
    report: Callable[[int, float], None] | None = None,
) -> list[float]:
    """Trains `network` in place and returns the loss of each step.

    Adam with the published betas; `rate` falls to nothing along a half cosine. With frames in noise standard deviations a
    perfect teacher reaches a loss of about 1.

    Args:
        batches: at least `steps` noisy windows [N, frames, H, W] (`NoisyWindows.batches`).
        rate: first learning rate; published 1e-4 to 2e-4.
        report: called with the step and the mean loss since the last call, each `every` steps and at the end; the place
            to save a checkpoint.

    Raises:
        TrainingDivergedError: the loss or a gradient is NaN or infinite; the weights are those of the last good step.
    """
    network.train()
    optimiser = torch.optim.Adam(network.parameters(), lr=rate, betas=BETAS)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    losses: list[float] = []
    for step, windows in zip(range(1, steps + 1), batches, strict=False):
        losses.append(_step(network, optimiser, windows, step))
        schedule.step()
        if report and (step % every == 0 or step == steps):
            report(step, float(np.mean(losses[-((step - 1) % every + 1) :])))
    return losses


def _step(network: nn.Module, optimiser: torch.optim.Optimizer, windows: Tensor, step: int) -> float:
    statistics = [buffer.clone() for buffer in network.buffers()]
    loss = blind_loss(network, windows)
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    steepness = nn.utils.clip_grad_norm_(network.parameters(), float("inf"))
    if not (torch.isfinite(loss) and torch.isfinite(steepness)):
        for buffer, before in zip(network.buffers(), statistics, strict=True):
            buffer.copy_(before)
        raise TrainingDivergedError(
            f"The loss became {loss.item()} at step {step}; the weights before it are kept. Look for NaN in the sequences, "
            "or lower the learning rate."
        )
    optimiser.step()
    return loss.item()


def blind_score(network: nn.Module, batches: Iterable[Tensor]) -> float:
    """Mean blind loss over noisy windows held out, for model selection: no clean frame needed. Lower is better."""
    network.eval()
    with torch.no_grad():
        return float(np.mean([blind_loss(network, windows).item() for windows in batches]))


def teach(network: MSR2AUNet, sequence: np.ndarray) -> np.ndarray:
    """The teacher's word on every frame: T [T, H, W] float32 from stabilised noisy frames [T, H, W].

    Raises:
        UnsuitableCine: too few frames.
    """
    network.eval()
    frames = torch.from_numpy(np.asarray(sequence, np.float32))
    with torch.no_grad():
        windows = (frames[window_indices(len(frames), t, network.frames)] for t in range(len(frames)))
        return np.stack([network(window[None])[0, 0].numpy() for window in windows])
