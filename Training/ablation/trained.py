"""What a row of the table is once it is trained: something that denoises a cine, and what that costs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from FluoroDenoiseLib.blend import blend
from FluoroDenoiseLib.cine import Cine
from FluoroDenoiseLib.networks.streaming import multiply_adds_per_pixel
from FluoroDenoiseLib.noise import analyse
from FluoroDenoiseLib.stabilised import StabilisedFrames
from FluoroDenoiseLib.training.timed import TimedTraining

Estimate = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Denoised frames from stabilised ones and the standard deviation of their noise, all [T, H, W] float32."""


@dataclass(frozen=True)
class Trained:
    """A row's method.

    Attributes:
        denoise: noisy cine to denoised cine, told nothing else.
        macs: multiply-adds of its networks for each pixel of a frame.
        parameters: of its networks.
        steps: that were trained.
    """

    denoise: Callable[[Cine], Cine]
    macs: float
    parameters: int
    steps: int

    @classmethod
    def by(cls, training: TimedTraining, denoise: Callable[[Cine], Cine], passes: float = 1) -> Trained:
        """The averaged network of a training, of which `passes` passes make a frame."""
        network = training.averaged.module
        macs = passes * multiply_adds_per_pixel(network, training.channels)
        return cls(denoise, macs, sum(parameter.numel() for parameter in network.parameters()), training.step)


def estimated(estimate: Estimate) -> Callable[[Cine], Cine]:
    """A denoiser of cines from one of stabilised frames: noise law, stabilisation, inverse and last step are the product's."""

    def denoise(cine: Cine) -> Cine:
        analysis = analyse(cine)
        frames = StabilisedFrames(cine, analysis)
        noisy, noise = (np.stack(part).astype(np.float32) for part in zip(*(frames[t] for t in range(len(cine))), strict=True))
        clean = analysis.stabiliser.inverse(estimate(noisy, noise))
        return cine.with_frames(
            np.stack([blend(cine, t, clean[t], analysis.fit.trust, analysis.passive) for t in range(len(cine))])
        )

    return denoise
