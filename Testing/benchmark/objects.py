"""Wires as a detector sees them, blurred, and perhaps in some of the frames only.

What became of them beyond `quality.challenge.score`: the width of their edges, their haze, and how sure a ghost is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import ndtr

from FluoroDenoiseLib import Cine
from FluoroDenoiseLib.quality import Wire
from FluoroDenoiseLib.quality.challenge import Planted, apart, scored_frames
from FluoroDenoiseLib.quality.field import field_of_view
from FluoroDenoiseLib.simulation import Beam, Detector

BLUR = float(np.hypot(Beam().blur, Detector().blur))
"""Pixels: what the benchmark's scenes do to an edge before and after the quanta are counted (Gaussian sigma)."""
STEP = 0.25
"""Pixels between the samples of an edge's profile."""
AROUND = 4.0
"""Pixels beside a wire that its profile takes in."""
FEWEST = 10
"""Pixels that a sample of a profile needs; one frame of 256 x 256 has 60 inside its field."""
SIGMAS = (0.25, 4.0)
"""Pixels: the sharpest and the broadest Gaussian that is tried on an edge."""
LEAST = 0.1
"""Share of the planted amplitude below which there is no edge to measure."""
BANDS = 8
"""Parts of the image, one above the other, whose spread tells how sure a ghost is."""


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
        return self.covered(self.across(shape) - position, self.spread).astype(np.float32)

    def position(self, t: int, count: int) -> float:
        return super().position(t, count) if self.first <= t <= self.last else math.inf

    @property
    def peak(self) -> float:
        """Share of its contrast that is left on its axis."""
        return float(self.covered(np.zeros(1), self.spread)[0])

    @property
    def spread(self) -> float:
        """Gaussian sigma in pixels of its edges: the blur, and the pixel's own width as one more."""
        return math.hypot(self.blur, 1 / math.sqrt(12))

    def covered(self, distance: np.ndarray, sigma: float) -> np.ndarray:
        """Share of pixels at a distance from the axis: the wire's box under a Gaussian."""
        return ndtr((self.width / 2 - distance) / sigma) - ndtr((-self.width / 2 - distance) / sigma)


@dataclass(frozen=True)
class Edge:
    """What became of a wire's edges.

    Attributes:
        wider: fraction by which the distance from 90% to 10% of the wire's peak has grown; negative where edges are sharper.
        haze: what lies evenly over the wire and `AROUND` it, as a share of the peak that a wire of the fitted amplitude has as
            planted; negative: an undershoot.
    """

    wider: float
    haze: float


@dataclass(frozen=True)
class Shape:
    """amplitude x (a wire's box under a Gaussian of sigma pixels) + offset."""

    amplitude: float
    offset: float
    sigma: float


def edge_widening(planted: Planted, output_with: Cine, output_without: Cine) -> Edge | None:
    """How wide a wire's edges are in the output, against those planted; None where the wire is lost.

    Least squares of amplitude x (the wire's box under a Gaussian) + offset, to the profile averaged along the wire and over all
    frames. A Gaussian broader than the ideal's is the ideal blurred once more, a narrower one is the ideal sharpened. The
    offset is free, as in `quality.edges.width`, so that haze is not read as width. The noise of the cine cancels in the
    difference of the outputs.

    Args:
        planted: a cine with a `SeenWire`.
        output_with, output_without: what the denoiser made of `planted.cine` and `planted.without`.
    """
    profiles = _mean_profiles(planted, output_with, output_without)
    if profiles is None:
        return None
    distances, ideal, seen = profiles
    given, found = (fitted(planted.wire, distances, profile) for profile in (ideal, seen))
    if found.amplitude / given.amplitude < LEAST:
        return None
    wider = ninety_to_ten(planted.wire, found.sigma) / ninety_to_ten(planted.wire, given.sigma) - 1
    return Edge(wider, found.offset / (found.amplitude * planted.wire.peak))


def _mean_profiles(planted: Planted, output_with: Cine, output_without: Cine) -> np.ndarray | None:
    """Mean distance from the wire's axis, ideal and seen change [3, K] in bins of `STEP`, inside the field as `score` has it.

    The pixels of a bin lie unevenly in it, so their mean distance tells where it is.
    """
    wire, count, field = planted.wire, len(planted.cine), field_of_view(planted.without)
    reach = wire.width / 2 + AROUND
    bins = int(2 * reach / STEP)
    total, weight = np.zeros((3, bins)), np.zeros(bins)
    for t in (t for t in scored_frames(count) if not math.isinf(wire.position(t, count))):
        distance = wire.across(field.shape) - wire.position(t, count)
        place = np.floor(distance / STEP + bins / 2).astype(int)
        near = field & (place >= 0) & (place < bins)
        change = output_with.frames[t] - output_without.frames[t].astype(np.float32)
        total += [np.bincount(place[near], image[near], bins) for image in (distance, planted.ideal(t, t), change)]
        weight += np.bincount(place[near], minlength=bins)
    return total / weight if weight.min() >= FEWEST else None


def fitted(wire: SeenWire, distances: np.ndarray, profile: np.ndarray) -> Shape:
    """The shape that is nearest to a profile [K] at distances [K] in pixels from the wire's axis."""
    sigma = minimize_scalar(lambda tried: _nearest(wire, distances, profile, tried)[1], bounds=SIGMAS, method="bounded").x
    (amplitude, offset), _ = _nearest(wire, distances, profile, sigma)
    return Shape(float(amplitude), float(offset), float(sigma))


def _nearest(wire: SeenWire, distances: np.ndarray, profile: np.ndarray, sigma: float) -> tuple[np.ndarray, float]:
    """Amplitude and offset [2] that come nearest to a profile [K] at one sigma, and the squared distance that is left."""
    basis = np.stack([wire.covered(distances, sigma), np.ones(len(profile))], 1)
    best = np.linalg.lstsq(basis, profile, rcond=None)[0]
    return best, float(np.sum((profile - basis @ best) ** 2))


def ninety_to_ten(wire: SeenWire, sigma: float) -> float:
    """Pixels from 90% to 10% of the peak of a wire's box under a Gaussian."""
    outwards = np.linspace(0, wire.width / 2 + 4 * sigma, 2001)
    height = wire.covered(outwards, sigma) / wire.covered(np.zeros(1), sigma)
    near, far = np.interp([0.9, 0.1], height[::-1], outwards[::-1])
    return float(far - near)


def ghost_error(planted: Planted, output_with: Cine, output_without: Cine, lag: int) -> float:
    """Standard error of the ghost at one lag, as a share of the planted, from the spread over `BANDS` of the image.

    Frames would tell less: they share their errors, and an object of one frame has one frame for each lag. All frames of a band
    are one sample, and the ghost is the ratio of two sums over them (Cochran, Sampling Techniques, chapter 6).
    """
    field, count = field_of_view(planted.without), len(planted.cine)
    products = np.zeros((2, len(field)))
    for t in scored_frames(count):
        if 0 <= t - lag < count and apart(planted.wire, t, t - lag, count):
            ideal = np.where(field, planted.ideal(t, t - lag), 0)
            came_out = output_with.frames[t].astype(np.float32) - output_without.frames[t]
            products += (came_out * ideal).sum(1), (ideal**2).sum(1)
    ghosts, wires = (np.array([band.sum() for band in np.array_split(rows, BANDS)]) for rows in products)
    rest = ghosts - ghosts.sum() / wires.sum() * wires
    return float(np.sqrt(BANDS / (BANDS - 1) * np.sum(rest**2)) / wires.sum())
