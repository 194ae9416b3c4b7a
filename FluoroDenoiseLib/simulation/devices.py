"""Things that are not the patient: wires, catheters, stents, tools, discs, line pairs; where they are, and their shadow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from .drawing import draw_disc, draw_tube, spline
from .motion import Motion


class Device(Protocol):
    """Anything that adds to the line integrals of a frame."""

    def attenuation(self, shape: tuple[int, int], frame: int, time: float, motion: Motion) -> np.ndarray:
        """[H, W] dimensionless line integral at a frame, whose time is in seconds since the shot began."""


@dataclass(frozen=True)
class Path:
    """How a device moves, rigidly with its control points swaying, and when it is there.

    Attributes:
        velocity: (row, column) pixels per frame; the device turns back `reach` pixels from its start.
        reach: pixels.
        sway: pixels by which control points swing across.
        sway_period: frames.
        frames: frames in which the device is there, or None for all of them (one frame, or from a frame on: objects entering).
        layer: anatomical layer that carries it, or None where it moves on its own.
    """

    velocity: tuple[float, float] = (0.0, 0.0)
    reach: float = 1e9
    sway: float = 0.0
    sway_period: float = 12.0
    frames: range | None = None
    layer: int | None = None

    def present(self, frame: int) -> bool:
        """Whether the device is in the frame."""
        return self.frames is None or frame in self.frames

    def place(self, points: np.ndarray, shape: tuple[int, int], frame: int, time: float, motion: Motion) -> np.ndarray:
        """Points [N, 2] at rest (row, column pixels) as they are seen at a frame."""
        speed = float(np.hypot(*self.velocity))
        travelled = (speed * frame + self.reach) % (4.0 * self.reach)
        shift = np.asarray(self.velocity) / max(speed, 1e-9) * (self.reach - abs(travelled - 2.0 * self.reach))
        swing = self.sway * np.sin(2 * np.pi * frame / self.sway_period + np.arange(len(points)))
        moved = points + shift + swing[:, None] * np.array([0.7, 0.7])
        if self.layer is None:
            return moved
        middle = (np.asarray(shape) - 1) / 2
        return motion.carried(moved - middle, time, self.layer) + middle


@dataclass(frozen=True)
class Wire:
    """A guide wire or catheter: a round absorber along a curve.

    Attributes:
        points: [N, 2] control points (row, column) in pixels.
        width: outer diameter in pixels (0.5-3 for wires, up to 8 for catheters).
        contrast: share of the light that is missing behind the thickest part of the wall, 0..1, before any blur.
        bore: inner diameter as a share of the outer one: 0 for a solid wire, 0.6-0.8 for a catheter.
        path: how it moves.
    """

    points: np.ndarray
    width: float
    contrast: float
    bore: float = 0.0
    path: Path = Path()

    def attenuation(self, shape: tuple[int, int], frame: int, time: float, motion: Motion) -> np.ndarray:
        if not self.path.present(frame):
            return np.zeros(shape, np.float32)
        axis = spline(self.path.place(self.points, shape, frame, time, motion), max(1.0, self.width / 3))
        length = draw_tube(shape, axis, self.width / 2)
        if self.bore:
            length = length - draw_tube(shape, axis, self.width * self.bore / 2)
        return length * (-np.log1p(-self.contrast) / self._thickest())

    def _thickest(self) -> float:
        """Longest path through the wall in pixels."""
        outer, inner = self.width / 2, self.width * self.bore / 2
        return 2.0 * float(np.sqrt(outer**2 - inner**2))


@dataclass(frozen=True)
class Mesh:
    """A stent or a tool: several thin wires that move as one.

    Attributes:
        strands: polylines [N, 2] (row, column) in pixels.
        width: strand diameter in pixels.
        contrast: share of the light missing behind the middle of one strand, 0..1.
        path: how it moves.
    """

    strands: tuple[np.ndarray, ...]
    width: float
    contrast: float
    path: Path = Path()

    def attenuation(self, shape: tuple[int, int], frame: int, time: float, motion: Motion) -> np.ndarray:
        image = np.zeros(shape, np.float32)
        if not self.path.present(frame):
            return image
        for strand in self.strands:
            image += draw_tube(shape, self.path.place(strand, shape, frame, time, motion), self.width / 2)
        return image * (-np.log1p(-self.contrast) / self.width)


@dataclass(frozen=True)
class Disc:
    """A flat round absorber: a marker, a calcification, a low-contrast detail.

    Attributes:
        centre: (row, column) in pixels.
        radius: pixels.
        contrast: share of the light that is missing behind it, 0..1.
        path: how it moves.
    """

    centre: tuple[float, float]
    radius: float
    contrast: float
    path: Path = Path()

    def attenuation(self, shape: tuple[int, int], frame: int, time: float, motion: Motion) -> np.ndarray:
        if not self.path.present(frame):
            return np.zeros(shape, np.float32)
        centre = self.path.place(np.array([self.centre]), shape, frame, time, motion)[0]
        return draw_disc(shape, centre, self.radius) * np.float32(-np.log1p(-self.contrast))


def stent(
    centre: np.ndarray, angle: float, length: float, diameter: float, rings: int = 8, crowns: int = 5
) -> tuple[np.ndarray, ...]:
    """Zig-zag rings of a stent, front and back struts projected on each other; lengths in pixels, angle in radians."""
    turn = np.linspace(0.0, 2 * np.pi, 12 * crowns + 1)
    zigzag = np.abs((turn * crowns / np.pi) % 2.0 - 1.0) - 0.5
    along, across = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
    places = (np.arange(rings) - (rings - 1) / 2) * length / rings
    rings_at = [place + zigzag * 0.8 * length / rings for place in places]
    return tuple(centre + a[:, None] * along + (diameter / 2 * np.cos(turn))[:, None] * across for a in rings_at)


def line_pairs(centre: np.ndarray, angle: float, period: float, length: float, count: int = 5) -> tuple[np.ndarray, ...]:
    """Parallel bars, `period` pixels apart; draw them with a width of half a period."""
    along, across = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
    steps = np.linspace(-length / 2, length / 2, max(2, int(length)))[:, None] * along
    return tuple(centre + (k - (count - 1) / 2) * period * across + steps for k in range(count))


def forceps(centre: np.ndarray, angle: float, length: float, opening: float) -> tuple[np.ndarray, ...]:
    """A shaft and two jaws that open by an angle in radians; length in pixels."""
    shaft = _ray(centre, angle + np.pi, length * 0.65)
    return shaft, *(_ray(centre, angle + side * opening / 2, length * 0.35) for side in (-1, 1))


def _ray(start: np.ndarray, angle: float, length: float) -> np.ndarray:
    """Points a pixel apart from a start along an angle."""
    return start + np.arange(0.0, max(length, 2.0))[:, None] * np.array([np.cos(angle), np.sin(angle)])
