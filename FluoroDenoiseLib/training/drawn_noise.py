"""Noise drawn like a cine's own: grain of its covariance and shape, stripes and fixed pattern, to recorrupt its frames with."""

from __future__ import annotations

import math

import numpy as np

from ..noise import NoiseAnalysis
from ..noise.covariance import surroundings
from ..noise.fixed_pattern import MIN_FRAMES, fixed_pattern_left
from ..noise.shape import GAUSSIAN, NoiseShape, noise_shape
from ..stabilised import StabilisedFrames
from .losses.recorruption import recorrupt

STRENGTHS = (1.0, 3.0)  # of the recorruption; a cine's dose is divided by 1 + strength^2
MISJUDGED = 0.04  # relative error of the noise level, drawn for each of many cines: at run time it is an estimate too
ENOUGH = 32  # frames to tell a fixed pattern and the noise's shape from


class Recorruption:
    """Noise drawn for every frame of a cine.

    Args:
        frames: of the cine.
        rng: that draws.
        strengths: between which the recorruption's is drawn.
        pattern: as for `pattern_left`.
        misjudged: standard deviation of the relative error that is drawn for the cine's noise level.

    Attributes:
        unit: makes what is shown stabilised anew.
    """

    def __init__(
        self,
        frames: StabilisedFrames,
        rng: np.random.Generator,
        strengths: tuple[float, float] = STRENGTHS,
        pattern: float = 0.0,
        misjudged: float = MISJUDGED,
    ) -> None:
        self._frames = frames
        self._strength = math.exp(rng.uniform(*np.log(strengths)))
        self.unit = np.float32(math.sqrt(1 + self._strength**2) * math.exp(misjudged * rng.standard_normal()))
        fixed, shape = draw_pattern(frames, rng, pattern), shape_of(frames)
        drawn = (draw(*frames[t], frames.analysis, rng, shape, self._strength) for t in range(len(frames)))
        self._noise = [(odd + fixed, even) for odd, even in drawn]

    def applied(self, sign: int = 1) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Every frame [H, W] as it is shown, and as a target, in `unit`, with the noise or (-1) its negative, skewed alike."""
        pairs = [recorrupt(self._frames[t][0], sign * odd + even, self._strength) for t, (odd, even) in enumerate(self._noise)]
        return [shown / self.unit for shown, _ in pairs], [target / self.unit for _, target in pairs]


def draw(
    frame: np.ndarray,
    scale: np.ndarray,
    analysis: NoiseAnalysis,
    rng: np.random.Generator,
    shape: NoiseShape = GAUSSIAN,
    strength: float = 1.0,
) -> tuple[np.ndarray, np.ndarray]:
    """Noise like that of a stabilised frame whose noise is `scale` [H, W], with all that is left of its stripes.

    What is not drawn would be in the target as it is in what is shown, and the network would learn to keep it.

    Args:
        shape: of the cine's noise.
        strength: of the recorruption.

    Returns:
        Odd and even part [H, W]: even + odd is such noise, and even - odd as well.
    """
    level = surroundings(frame)
    deviation = np.sqrt(analysis.covariance.variance_at(level))
    odd, even = shape.bend(analysis.covariance.sample(frame, rng) / deviation, level, strength)
    size = np.where(analysis.passive, 0, deviation * scale)
    stripes = np.where(analysis.passive, 0, analysis.stripes.sample_left(frame.shape, rng))
    return (odd * size + stripes).astype(np.float32), (even * size).astype(np.float32)


def shape_of(frames: StabilisedFrames) -> NoiseShape:
    """Shape of a cine's noise; Gaussian where its frames share noise, or are no frames of one scene."""
    analysis = frames.analysis
    if not (analysis.temporal and analysis.recursion.independent):
        return GAUSSIAN
    return noise_shape(_first_frames(frames), ~analysis.passive)


def pattern_left(frames: StabilisedFrames, known: float = 0.0) -> float:
    """Standard deviation of the fixed pattern that is left in a cine's frames, in those of a frame's noise.

    Args:
        known: that of the whole cine, for a part that is too short to tell.
    """
    analysis = frames.analysis
    if not analysis.temporal:
        return 0.0
    if len(frames) < MIN_FRAMES:
        return known
    return fixed_pattern_left(_first_frames(frames), ~analysis.passive)


def _first_frames(frames: StabilisedFrames) -> list[np.ndarray]:
    """As many as are enough to measure on, in units of the local noise."""
    return [frames[t][0] / frames.analysis.fit.scale_map for t in range(min(len(frames), ENOUGH))]


def draw_pattern(frames: StabilisedFrames, rng: np.random.Generator, known: float = 0.0) -> np.ndarray:
    """A fixed pattern [H, W] like the one that is left in a cine's frames, the same in all of them.

    It is noise that frame, neighbours and target share. Without another drawn for it, a network learns to keep it as detail.
    """
    analysis, left = frames.analysis, pattern_left(frames, known)
    white = rng.standard_normal(analysis.passive.shape) if left else 0.0
    return np.where(analysis.passive, 0, left * analysis.fit.scale_map * white).astype(np.float32)
