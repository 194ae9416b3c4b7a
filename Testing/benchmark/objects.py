"""Wires as a detector sees them, blurred, and perhaps in some of the frames only; and the width of a wire's edges."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from FluoroDenoiseLib import Cine
from FluoroDenoiseLib.quality import Wire
from FluoroDenoiseLib.quality.challenge import Planted, scored_frames
from FluoroDenoiseLib.simulation import Beam, Detector

BLUR = float(np.hypot(Beam().blur, Detector().blur))
"""Pixels: what the benchmark's scenes do to an edge before and after the quanta are counted (Gaussian sigma)."""
STEP = 0.25
"""Pixels between the samples of an edge's profile."""
AROUND = 4.0
"""Pixels beside a wire that its profile takes in."""
FEWEST = 50
"""Pixels that a sample of a profile needs; one frame of 256 x 256 has 67."""


@dataclass(frozen=True)
class SeenWire(Wire):
    """A wire behind the blur of focal spot and detector, which no edge in a simulated scene escapes.

    Attributes:
        blur: sigma in pixels.
        first, last: frames from which on and to which it is there, both included.
    """

    blur: float = BLUR
    first: int = 0
    last: int = 2**31

    def profile(self, shape: tuple[int, int], position: float) -> np.ndarray:
        return self._covered(self.across(shape) - position).astype(np.float32)

    def position(self, t: int, count: int) -> float:
        return super().position(t, count) if self.first <= t <= self.last else math.inf

    @property
    def peak(self) -> float:
        """Share of its contrast that is left on its axis."""
        return float(self._covered(np.zeros(1))[0])

    def _covered(self, distance: np.ndarray) -> np.ndarray:
        """Share of pixels at a distance from the axis: a box under a Gaussian, the pixel's own width as one more blur."""
        sigma = math.hypot(self.blur, 1 / math.sqrt(12))
        return ndtr((self.width / 2 - distance) / sigma) - ndtr((-self.width / 2 - distance) / sigma)


def edge_widening(planted: Planted, output_with: Cine, output_without: Cine) -> float | None:
    """How much wider, as a fraction, a wire's edges are in the output than as planted; None where they cannot be seen.

    An edge's width is the distance from 90% to 10% of the profile's peak, mean of both sides, in the profile averaged along the
    wire and over all frames. The noise of the cine cancels in the difference of the outputs.
    """
    ideal, seen = (_mean_profile(planted, images) for images in (None, (output_with, output_without)))
    return None if ideal is None or seen is None or not _width(seen) else _width(seen) / _width(ideal) - 1


def _mean_profile(planted: Planted, outputs: tuple[Cine, Cine] | None) -> np.ndarray | None:
    """Mean change [K] at distances -reach to reach from the wire's axis; of the ideal where no outputs are given."""
    wire, count = planted.wire, len(planted.cine)
    reach = wire.width / 2 + AROUND
    total, weight = np.zeros((2, int(2 * reach / STEP)))
    for t in (t for t in scored_frames(count) if not math.isinf(wire.position(t, count))):
        change = planted.ideal(t, t) if outputs is None else outputs[0].frames[t] - outputs[1].frames[t].astype(np.float32)
        place = np.floor((wire.across(change.shape) - wire.position(t, count) + reach) / STEP).astype(int)
        near = (place >= 0) & (place < len(total))
        total += np.bincount(place[near], change[near], len(total))
        weight += np.bincount(place[near], minlength=len(total))
    return total / weight if weight.min() >= FEWEST else None


def _width(profile: np.ndarray) -> float | None:
    """Pixels from 90% to 10% of the peak of a profile [K] sampled every STEP, mean of both sides; None without a clear peak."""
    height = profile * np.sign(profile[np.argmax(np.abs(profile))])
    peak = int(np.argmax(height))
    falls = [_crossing(side, 0.1 * height[peak]) for side in (height[peak:], height[peak::-1])]
    shoulders = [_crossing(side, 0.9 * height[peak]) for side in (height[peak:], height[peak::-1])]
    if None in falls:
        return None
    return STEP * (sum(falls) - sum(shoulders)) / 2


def _crossing(values: np.ndarray, level: float) -> float | None:
    """Where falling values [K] first go below a level, between samples; None where they never do."""
    below = np.flatnonzero(values < level)
    if len(below) == 0 or below[0] == 0:
        return None
    k = int(below[0])
    return k - 1 + float((values[k - 1] - level) / (values[k - 1] - values[k]))
