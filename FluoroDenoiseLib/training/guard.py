"""The guard against forgetting: what a model is worth on images of another kind than the site's, before and after tuning."""

from __future__ import annotations

import numpy as np
import torch
from safetensors.torch import load_file
from torch import nn

from ..models.cards import BUNDLED
from .student import predict

VALIDATION = BUNDLED / "fluoroscopy" / "validation.safetensors"
MOST = 0.3  # decibel that a tuned model may lose
BATCH = 16
LEAST = 5e-3  # squared error that counts as none: 0.07 noise deviations; below it chance in the other exposures would decide


class Guard:
    """Simulated evidence and further exposures of the same frames, made by `Training.make_validation`; no model learnt from it.

    Attributes:
        planes: [N, 7, H, W], as the network sees them, of half of the crops without a future, as live.
        repeated: [N, 1, H, W], mean of other noisy exposures of the frame, in the same noise standard deviations.
        noise: [N] variance of the noise in that mean.
    """

    def __init__(self) -> None:
        crops = load_file(VALIDATION)
        self.planes, self.repeated = crops["planes"].float(), crops["repeated"].float()[:, None]
        self.noise = crops["noise"].numpy()

    def errors(self, network: nn.Module, device: torch.device, precision: torch.dtype) -> np.ndarray:
        """Mean squared error [N] of each crop, less what the noise of the other exposures, which nobody was shown, adds."""
        found = []
        with torch.no_grad():
            for planes, repeated in zip(self.planes.split(BATCH), self.repeated.split(BATCH), strict=True):
                denoised = predict(network, planes.to(device), precision)
                found.append(torch.square(denoised - repeated.to(device)).mean(dim=(1, 2, 3)).cpu())
        return np.maximum(torch.cat(found).numpy() - self.noise, LEAST)


def forgetting(base: np.ndarray, tuned: np.ndarray) -> float:
    """Mean loss of PSNR in decibel, from the squared errors [N] of base and tuned model; negative where it gained."""
    return float(np.mean(10 * np.log10(tuned / base)))
