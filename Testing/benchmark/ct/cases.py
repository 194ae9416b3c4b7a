"""CT slices at a quarter of the dose: stacks of two CTs that no training ever saw, and a water phantom with discs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np

from FluoroDenoiseLib.simulation import Scan, SimulatedCT, quiet_reference, settle, simulate_ct

USUAL_NOISE = 15.0
"""HU in the middle of the body at the full dose, which an automatic exposure control aims at."""
TRIAL = Scan(quanta=3e5, electronic=5.0, views=480, cutoff=0.85)
THICKNESS = 5.0
"""Millimetres; thinner slices of a CT are averaged to this, since each has too much noise of its own."""
ROUNDS = 2
STACK = 5
"""Slices of a stack, the middle one is scored: the others are what BM4D and FluoroDenoise see of its surroundings."""
NEAR = 8.0
"""Pixels over which the true noise is averaged."""
PLACES = (0.35, 0.65)
"""Where along a CT the scored slices lie."""


@dataclass(frozen=True, eq=False)
class SliceTask:
    """A stack at a quarter of the dose with the truth about its noise, which peers are told.

    Attributes:
        made: noisy and noise-free stack.
        noise: [H, W] true standard deviation from place to place, HU.
    """

    made: SimulatedCT
    noise: np.ndarray

    @property
    def frames(self) -> np.ndarray:
        """[T, H, W] noisy, HU."""
        return self.made.noisy.frames.astype(np.float64)

    @property
    def middle(self) -> int:
        """The slice that is scored."""
        return len(self.made.noisy) // 2

    @cached_property
    def truth(self) -> np.ndarray:
        """[H, W] the scored slice without noise."""
        return self.made.clean.frames[self.middle]

    def spectrum(self, levelled: bool) -> np.ndarray:
        """[H, W] true noise power spectrum, mean |FFT|^2 over the slices; levelled: of the noise over its deviation."""
        error = (self.frames - self.made.clean.frames) / (self.noise if levelled else 1.0)
        return np.mean([np.abs(np.fft.fft2(one - one.mean())) ** 2 for one in error], axis=0)


def references(path: Path) -> dict[float, tuple[np.ndarray, tuple[float, float, float]]]:
    """Stacks [T, H, W] of a CT by place (`PLACES`), and their millimetres between voxels; averaged and settled first."""
    reference, spacing = _settled(path)
    firsts = {place: int(place * len(reference)) - STACK // 2 for place in PLACES}
    return {place: (reference[first : first + STACK], spacing) for place, first in firsts.items()}


def _settled(path: Path) -> tuple[np.ndarray, tuple[float, float, float]]:
    _, (thickness, *_) = quiet_reference(path, 2, 1)
    reference, spacing = quiet_reference(path, 2, max(1, round(THICKNESS / thickness)))
    return settle(reference), spacing


def quarter_dose(reference: np.ndarray, spacing: tuple[float, float, float]) -> Scan:
    """The scan with a quarter of the quanta that give the usual noise in the middle of the body."""
    full = TRIAL
    for _ in range(ROUNDS):  # behind thick patients read-out noise counts too, so the noise is not just one over the root
        full = replace(full, quanta=full.quanta * (_noise_in_the_middle(reference, spacing, full) / USUAL_NOISE) ** 2)
    return replace(full, quanta=full.quanta / 4)


def _noise_in_the_middle(reference: np.ndarray, spacing: tuple[float, float, float], dose: Scan) -> float:
    made = simulate_ct(reference[:1], spacing, dose, 0)
    middle = tuple(slice(3 * n // 8, 5 * n // 8) for n in reference.shape[1:])
    return float((made.noisy.frames - made.clean.frames)[0][middle].std())


def scan(reference: np.ndarray, spacing: tuple[float, float, float], dose: Scan, seed: int) -> SliceTask:
    """A noisy stack and its true noise from place to place, which neighbouring slices share."""
    made = simulate_ct(reference, spacing, dose, seed)
    error = made.noisy.frames - made.clean.frames
    return SliceTask(made, np.sqrt(cv2.GaussianBlur((error**2).mean(0), (0, 0), NEAR)))
