from __future__ import annotations

import numpy as np
import pytest

from FluoroDenoiseLib.simulation import Motion, Scene, Shot, Volume
from FluoroDenoiseLib.simulation.anatomy import LAYERS, WATER_PER_MM
from FluoroDenoiseLib.simulation.scene import FINE, MARGIN


@pytest.fixture(scope="session")
def body() -> Volume:
    """A water cylinder of 90 mm radius along the body axis, with a spine, and a dense ball to the patient's left and head."""
    spacing = (2.0, 2.0, 2.0)
    z, y, x = np.meshgrid(*[np.arange(n) * 2.0 - (n - 1) for n in (80, 110, 110)], indexing="ij")
    attenuation = np.where(np.hypot(y, x) < 90, WATER_PER_MM, 0.0)
    spine = np.hypot(y - 60, x) < 15
    ball = np.sqrt((z - 40) ** 2 + y**2 + (x - 50) ** 2) < 20
    attenuation += spine * WATER_PER_MM + ball * 0.5 * WATER_PER_MM
    return Volume(attenuation.astype(np.float32), spine.astype(np.float32), spacing, "body")


@pytest.fixture
def shot_of():
    """Makes a shot whose organs, [H, W] line integrals or one number, fill the image; the other layers are empty."""

    def make(shape, organs=0.0, motion=None, devices=()):
        layers = np.zeros((LAYERS, *(FINE * (n + 2 * MARGIN) for n in shape)), np.float32)
        layers[1] = organs
        return Shot(layers, motion or Motion(), tuple(devices))

    return make


@pytest.fixture
def scene_of(shot_of):
    """Makes a scene of one shot, 15 frames a second."""

    def make(shape=(96, 96), count=8, **what):
        return Scene((shot_of(shape, **what),), (0,), count, 1 / 15, 0.3)

    return make


@pytest.fixture
def wedge() -> np.ndarray:
    """Line integrals for a shot of 96x96 whose transmission rises eightfold from left to right."""
    width = FINE * (96 + 2 * MARGIN)
    return np.broadcast_to(np.linspace(3.0 + np.log(8.0), 3.0, width, dtype=np.float32), (width, width))
