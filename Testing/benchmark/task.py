"""What a peer is given: the noisy cine, and the truth about its noise that no real user would have."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from FluoroDenoiseLib.noise.law import NoiseLaw
from FluoroDenoiseLib.noise.stabilise import Stabiliser
from FluoroDenoiseLib.simulation import Simulated

BINS = 24


@dataclass(frozen=True, eq=False)
class Task:
    """A simulated cine with its true noise law and noise power spectra, measured on noisy - clean.

    Peers are told the truth where the product must estimate: what they lack is then not for want of knowledge.
    """

    made: Simulated

    @property
    def frames(self) -> np.ndarray:
        """[T, H, W] noisy, as stored."""
        return self.made.noisy.frames

    @cached_property
    def law(self) -> NoiseLaw:
        """True standard deviation against the true value, stored units."""
        clean, error = self.made.clean.frames.ravel(), self._error.ravel()
        groups = np.array_split(np.argsort(clean, kind="stable"), BINS)
        return NoiseLaw(*(np.array([f(a[g]) for g in groups]) for f, a in ((np.mean, clean), (np.std, error))))

    @cached_property
    def stabiliser(self) -> Stabiliser:
        """The product's own stabilisation and unbiased inverse, with the true law."""
        return Stabiliser(self.law, float(self.frames.min()), float(self.frames.max()))

    @cached_property
    def stabilised(self) -> np.ndarray:
        """[T, H, W] float32: noise of standard deviation 1 everywhere."""
        return self.stabiliser.forward(self.frames)

    @cached_property
    def spectrum(self) -> np.ndarray:
        """[H, W] true noise power spectrum in stored units, mean |FFT|^2 over all frames."""
        return _power(self._error)

    @cached_property
    def stabilised_spectrum(self) -> np.ndarray:
        """[H, W] the same of the stabilised frames."""
        return _power(self.stabilised - self.stabiliser.forward(self.made.clean.frames))

    @cached_property
    def _error(self) -> np.ndarray:
        return self.frames.astype(np.float32) - self.made.clean.frames

    def signal(self, image: np.ndarray) -> np.ndarray:
        """Stored units (any shape) to detected signal, relative to the full range: the pedestal is no signal."""
        vendor = self.made.settings.vendor
        return (image / np.float32(vendor.top) - vendor.pedestal) / (1 - vendor.pedestal)


def _power(noise: np.ndarray) -> np.ndarray:
    return np.mean([np.abs(np.fft.fft2(frame - frame.mean())) ** 2 for frame in noise], axis=0)
