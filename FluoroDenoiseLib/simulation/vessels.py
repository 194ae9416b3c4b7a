"""A branching arterial tree that an injected bolus of contrast agent fills and leaves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .anatomy import HEART
from .devices import Path
from .drawing import draw_tube, spline
from .motion import Motion

THINNEST = 0.4  # pixels; thinner vessels are not drawn


@dataclass(frozen=True)
class Bolus:
    """Contrast agent arriving at the root of the tree.

    Attributes:
        arrival: seconds from the first frame of the shot until agent enters the root.
        injection: seconds of injection.
        speed: pixels per second at which the front runs along the vessels.
        mixing: seconds over which the front rises and the tail falls.
    """

    arrival: float = 0.3
    injection: float = 1.5
    speed: float = 400.0
    mixing: float = 0.15

    def concentration(self, distance: np.ndarray, time: float) -> np.ndarray:
        """0..1 at distances (pixels) from the root: a logistic front and tail, both spreading on their way."""
        since = time - self.arrival - distance / self.speed
        spread = self.mixing * (1.0 + distance / 400.0)
        return _rise(since / spread) - _rise((since - self.injection) / (2.0 * spread))


def _rise(u: np.ndarray) -> np.ndarray:
    return 0.5 * (1.0 + np.tanh(np.clip(2.0 * u, -20.0, 20.0)))


@dataclass(frozen=True)
class Branch:
    """One vessel: control points [N, 2] (row, column), radius at both ends, distance of its start from the root; in pixels."""

    points: np.ndarray
    radii: tuple[float, float]
    distance: float


@dataclass(frozen=True)
class Tree:
    """Vessels filled by a bolus.

    Attributes:
        branches: the vessels.
        contrast: share of the light missing behind the middle of the widest vessel when full, 0..1; others by their width.
        bolus: when the agent is where.
        path: what carries it, by default the heart.
    """

    branches: tuple[Branch, ...]
    contrast: float
    bolus: Bolus
    path: Path = Path(layer=HEART)

    def attenuation(self, shape: tuple[int, int], frame: int, time: float, motion: Motion) -> np.ndarray:
        """[H, W] line integral of the contrast agent at a frame, as `devices.Device` has it."""
        image = np.zeros(shape, np.float32)
        for branch in self.branches:
            np.maximum(image, self._branch(branch, shape, frame, time, motion), out=image)
        widest = max(branch.radii[0] for branch in self.branches)
        return image * (-np.log1p(-self.contrast) / (2.0 * widest))

    def _branch(self, branch: Branch, shape: tuple[int, int], frame: int, time: float, motion: Motion) -> np.ndarray:
        axis = spline(self.path.place(branch.points, shape, frame, time, motion), max(1.0, branch.radii[1]))
        share = np.linspace(0.0, 1.0, len(axis))
        length = float(np.sum(np.linalg.norm(np.diff(branch.points, axis=0), axis=1)))
        agent = self.bolus.concentration(branch.distance + share * length, time)
        if agent.max() < 1e-3:
            return np.zeros(shape, np.float32)
        return draw_tube(shape, axis, branch.radii[0] + share * (branch.radii[1] - branch.radii[0]), agent)


def grow_tree(
    rng: np.random.Generator, root: np.ndarray, heading: float, length: float, radius: float, generations: int = 3
) -> tuple[Branch, ...]:
    """A random tree in the plane.

    Args:
        rng: source of randomness.
        root: (row, column) pixels of the ostium.
        heading: radians of the first branch, 0 downwards.
        length: pixels of the first branch.
        radius: pixels at the root; daughters follow Murray's law r0^3 = r1^3 + r2^3 (Murray 1926), no thinner than 0.4.
        generations: how often vessels divide.

    Returns:
        The branches, the root first.
    """
    branches: list[Branch] = []
    _grow(rng, branches, np.asarray(root, float), heading, length, radius, 0.0, generations)
    return tuple(branches)


def _grow(
    rng: np.random.Generator,
    branches: list[Branch],
    start: np.ndarray,
    heading: float,
    length: float,
    radius: float,
    distance: float,
    generations: int,
) -> None:
    turns = heading + np.cumsum(rng.normal(0.0, 0.28, 6))
    points = np.vstack([start, start + np.cumsum(np.stack([np.cos(turns), np.sin(turns)], 1) * length / 6, 0)])
    branches.append(Branch(points, (radius, max(0.85 * radius, THINNEST)), distance))
    if generations == 0 or radius <= THINNEST:
        return
    for node, share, side in _forks(rng):
        daughter = max(0.95 * radius * share ** (1 / 3), THINNEST)
        angle = turns[node - 1] + side * rng.uniform(0.25, 0.8) * (1.3 - share)
        reached = distance + length * node / 6
        _grow(rng, branches, points[node], angle, length * rng.uniform(0.6, 0.9), daughter, reached, generations - 1)


def _forks(rng: np.random.Generator) -> list[tuple[int, float, int]]:
    """Where (control point), with what share of the flow, and to which side: a fork at the end, a side branch before it."""
    larger, side = rng.uniform(0.6, 0.8), int(rng.choice([-1, 1]))
    return [(6, larger, side), (6, 1.0 - larger, -side), (int(rng.integers(2, 5)), 0.2, side)]
