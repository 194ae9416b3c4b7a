"""How anatomy moves between frames: panning of the table, breathing, heart beat."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from .anatomy import HEART, ORGANS, WALL

# Share of each motion that each layer follows: the heart rides on the diaphragm, ribs lift a little, lungs are tugged.
_BREATHING_SHARE = {WALL: 0.08, ORGANS: 1.0, HEART: 0.5}
_BEAT_SHARE = {WALL: 0.0, ORGANS: 0.15, HEART: 1.0}


@dataclass(frozen=True)
class Panning:
    """The table moves to and fro at constant speed.

    Attributes:
        speed: pixels per second.
        direction: radians, 0 along the rows' axis (downwards).
        reach: pixels from the middle at which the table turns back.
    """

    speed: float = 0.0
    direction: float = 0.0
    reach: float = 50.0

    def offset(self, time: float) -> np.ndarray:
        """(row, column) pixels at a time in seconds: a triangle wave that starts in the middle."""
        travelled = (self.speed * time + self.reach) % (4.0 * self.reach)
        distance = self.reach - abs(travelled - 2.0 * self.reach)
        return distance * np.array([np.cos(self.direction), np.sin(self.direction)])


@dataclass(frozen=True)
class Breathing:
    """Organs slide along the body axis, more at the diaphragm than at the apex.

    Attributes:
        amplitude: pixels from end of expiration to end of inspiration.
        period: seconds per breath.
        phase: fraction of a period at time 0.
        sideways: share of the movement across the body axis.
        wavelength: pixels; length over which the movement fades along the body axis.
    """

    amplitude: float = 0.0
    period: float = 4.0
    phase: float = 0.0
    sideways: float = 0.15
    wavelength: float = 600.0

    def offset(self, points: np.ndarray, time: float) -> np.ndarray:
        """[N, 2] pixels for points [N, 2] from the middle of the image; cos^4 rests longer in expiration (Lujan 1999)."""
        level = self.amplitude * np.cos(np.pi * (time / self.period + self.phase)) ** 4
        fade = 0.75 + 0.25 * np.sin(2 * np.pi * points[:, :1] / self.wavelength)
        return level * fade * np.array([1.0, self.sideways])


@dataclass(frozen=True)
class Beat:
    """The heart contracts towards a point, turns and shifts, once per beat.

    Attributes:
        contraction: fraction by which distances to the centre shrink at the end of systole.
        twist: radians of turn at the end of systole.
        shift: (row, column) pixels at the end of systole.
        rate: beats per second.
        phase: fraction of a beat at time 0.
        centre: (row, column) pixels from the middle of the image.
        radius: pixels; the movement fades as a Gaussian with this sigma.
    """

    contraction: float = 0.0
    twist: float = 0.0
    shift: tuple[float, float] = (0.0, 0.0)
    rate: float = 1.2
    phase: float = 0.0
    centre: tuple[float, float] = (0.0, 0.0)
    radius: float = 150.0

    def level(self, time: float) -> float:
        """Systolic state 0..1: a third of the beat to contract, half to fill, a pause."""
        u = (time * self.rate + self.phase) % 1.0
        if u < 1 / 3:
            return 0.5 - 0.5 * np.cos(np.pi * u * 3)
        return 0.5 + 0.5 * np.cos(np.pi * min((u - 1 / 3) * 2, 1.0))

    def offset(self, points: np.ndarray, time: float) -> np.ndarray:
        """[N, 2] pixels for points [N, 2] from the middle of the image."""
        away = points - self.centre
        fade = np.exp(-0.5 * np.sum(away**2, axis=1, keepdims=True) / self.radius**2)
        turned = away[:, ::-1] * np.array([-self.twist, self.twist])
        return self.level(time) * fade * (np.asarray(self.shift) - self.contraction * away + turned)


@dataclass(frozen=True)
class Motion:
    """All movements of one shot; every time is in seconds, every length in detector pixels."""

    panning: Panning = field(default_factory=Panning)
    breathing: Breathing = field(default_factory=Breathing)
    beat: Beat = field(default_factory=Beat)

    def offset(self, points: np.ndarray, time: float, layer: int) -> np.ndarray:
        """Where the content seen at points [N, 2] (from the middle of the image) came from, as [N, 2] pixels to subtract."""
        breath = _BREATHING_SHARE[layer] * self.breathing.offset(points, time)
        return self.panning.offset(time) + breath + _BEAT_SHARE[layer] * self.beat.offset(points, time)

    def carried(self, points: np.ndarray, time: float, layer: int) -> np.ndarray:
        """Where points [N, 2] of the layer at rest are seen at a time: the inverse of `offset` by fixed-point iteration."""
        seen = points
        for _ in range(6):  # converges as contraction^n; 0.2^6 is below a thousandth of a pixel per pixel of movement
            seen = points + self.offset(seen, time, layer)
        return seen
