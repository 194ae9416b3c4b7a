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


class Guard:
    """Simulated evidence with clean frames, made by `Training.make_validation`, that no model has learnt from.

    Attributes:
        planes: [N, 7, H, W], as the network sees them.
        clean: [N, 1, H, W], in the same noise standard deviations.
    """

    def __init__(self) -> None:
        crops = load_file(VALIDATION)
        self.planes, self.clean = crops["planes"].float(), crops["clean"].float()[:, None]

    def errors(self, network: nn.Module, device: torch.device, precision: torch.dtype) -> np.ndarray:
        """Mean squared error [N] of each crop."""
        found = []
        with torch.no_grad():
            for planes, clean in zip(self.planes.split(BATCH), self.clean.split(BATCH), strict=True):
                denoised = predict(network, planes.to(device), precision)
                found.append(torch.square(denoised - clean.to(device)).mean(dim=(1, 2, 3)).cpu())
        return torch.cat(found).numpy()


def forgetting(base: np.ndarray, tuned: np.ndarray) -> float:
    """Mean loss of PSNR in decibel, from the squared errors [N] of base and tuned model; negative where it gained."""
    return float(np.mean(10 * np.log10(tuned / base)))
