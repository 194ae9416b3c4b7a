"""Stabilised frames of a cine: in noise standard deviations, freed of recursion, pattern and stripes."""

from __future__ import annotations

import numpy as np

from .cine import Cine
from .memory import LARGE
from .noise.analysis import NoiseAnalysis, white_frame
from .suppression.large_scale import LargeScale
from .suppression.piloted import PilotedFilter
from .suppression.recursive import RecursiveFilter

# Frames predicted from the future at a time, and how many further ones are looked at; fewer of large frames, for memory's sake.
CHUNK, AHEAD = 8, 6
CHUNK_OF_LARGE, AHEAD_OF_LARGE = 4, 3


def stabilised_frame(cine: Cine, t: int, analysis: NoiseAnalysis, ordinary: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Frame t in noise standard deviations, recursion, pattern and stripes taken out, and its `noise_of`, both [H, W].

    Args:
        ordinary: True for a frame that the analysis did not see; its noise is taken as usual, its recursion as steady.
    """
    white = white_frame(cine.frames, t, analysis.recursion, ordinary)
    stabilised = analysis.stripes.remove(analysis.stabiliser.forward(white) - analysis.pattern, analysis.passive)
    return stabilised, noise_of(t, analysis, ordinary)


def noise_of(t: int, analysis: NoiseAnalysis, ordinary: bool = False) -> np.ndarray:
    """Standard deviation [H, W] of the noise of frame t after stabilisation: 1 where the law holds."""
    if analysis.slice_noise is not None:
        return analysis.slice_noise[t]
    return np.float32(1.0 if ordinary else analysis.relative_noise[t]) * analysis.fit.scale_map


def filter_for(analysis: NoiseAnalysis) -> RecursiveFilter:
    """A recursive filter tuned to a noise."""
    return RecursiveFilter(analysis.covariance)


def large_scale_for(analysis: NoiseAnalysis) -> LargeScale:
    """What settles brightness at large scale behind a noise."""
    return LargeScale(analysis.covariance, analysis.stripes)


class StabilisedFrames:
    """Stabilised frames of a cine, made when asked for and the latest few kept.

    Args:
        cine: the frames.
        analysis: of their noise.
    """

    def __init__(self, cine: Cine, analysis: NoiseAnalysis) -> None:
        self.cine, self.analysis = cine, analysis
        self._kept: dict[int, np.ndarray] = {}
        large = analysis.passive.size > LARGE
        self.chunk, self.ahead = (CHUNK_OF_LARGE, AHEAD_OF_LARGE) if large else (CHUNK, AHEAD)

    @property
    def window(self) -> int:
        """How many frames are kept."""
        return self.chunk + self.ahead

    def __len__(self) -> int:
        return len(self.cine)

    def __getitem__(self, t: int) -> tuple[np.ndarray, np.ndarray]:
        """Frame t and the standard deviation of its noise, both [H, W]."""
        if t not in self._kept:
            self._kept[t] = stabilised_frame(self.cine, t, self.analysis)[0]
            for old in [k for k in self._kept if k <= t - self.window]:
                del self._kept[old]
        return self._kept[t], noise_of(t, self.analysis)

    def recursive_filter(self) -> RecursiveFilter:
        """A filter tuned to this cine's noise."""
        return filter_for(self.analysis)

    def piloted_filter(self) -> PilotedFilter:
        """A filter tuned to this cine's noise that reads motion and gains from pilots."""
        return PilotedFilter(self.analysis.covariance, ~self.analysis.passive)
