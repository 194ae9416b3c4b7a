"""Step one: the teacher learns to predict a noisy frame from its noisy neighbours (arXiv 2411.00830)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import torch
from torch import Tensor, nn

from ..networks.msr2aunet import MSR2AUNet
from .losses.weighting import weighted_error
from .optimise import optimise
from .windows import window_indices


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
    """Trains the teacher in place and returns the loss of each step; see `optimise` for steps, rate, report and errors.

    With frames in noise standard deviations a perfect teacher reaches a loss of 1.

    Args:
        batches: noisy windows [N, frames, H, W], for example `NoisyWindows.batches`.
        rate: published 1e-4 to 2e-4.
    """
    return optimise(network, lambda windows: blind_loss(network, windows), batches, steps, rate, every, report)


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
