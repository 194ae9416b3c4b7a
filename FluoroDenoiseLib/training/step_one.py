"""Step one: the teacher learns to predict a noisy frame from its noisy neighbours (arXiv 2411.00830)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn

from ..networks.msr2aunet import MSR2AUNet
from .losses.difference import mean_difference
from .timed import PUBLISHED_BETAS, TimedTraining, run_network
from .windows import window_indices


def blind_loss(network: Callable[[Tensor], Tensor], windows: Tensor) -> Tensor:
    """Mean squared error of the blind prediction against the noisy centre of `windows` [N, frames, H, W].

    The network has not seen the centre, and its noise is independent of the neighbours', so the expectation is the error
    against the clean centre plus the noise variance, whatever the noise's correlation within the frame. Squared, so that the
    mean is learnt and not, as by the published absolute error, the median.
    """
    centre = windows.shape[1] // 2
    return mean_difference(network(windows), windows[:, centre : centre + 1], squared=True)


class TeacherTraining(TimedTraining):
    """MSR2AU-Net learns from windows of noisy frames, such as `NoisyWindows`.

    With frames in noise standard deviations a perfect teacher reaches a loss of 1.
    """

    betas = PUBLISHED_BETAS

    @property
    def channels(self) -> int:
        """Frames of a window."""
        return self.network.frames

    def loss(self, network: nn.Module, batch: Tensor) -> Tensor:
        """Blind loss."""
        return blind_loss(partial(run_network, network, precision=self.precision), batch)


def teach(network: MSR2AUNet, sequence: np.ndarray, precision: torch.dtype = torch.float32) -> np.ndarray:
    """The teacher's word on every frame: T [T, H, W] float32 from stabilised noisy frames [T, H, W].

    Raises:
        UnsuitableCine: too few frames.
    """
    network.eval()
    frames = torch.from_numpy(np.asarray(sequence, np.float32))
    with torch.no_grad():
        windows = (frames[window_indices(len(frames), t, network.frames)] for t in range(len(frames)))
        return np.stack([run_network(network, window[None], precision)[0, 0].numpy() for window in windows])
