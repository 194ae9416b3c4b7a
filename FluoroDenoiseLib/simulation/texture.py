"""Detail finer than a CT's voxel, which a detector sees: trabeculae, tissue texture, small vessels of the lung."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .anatomy import LAYERS, ORGANS, WALL
from .drawing import draw_tube, spline


@dataclass(frozen=True)
class Texture:
    """How much detail to add.

    Attributes:
        trabecular: standard deviation as a share of the bone's line integral (0.02-0.1).
        tissue: standard deviation of each layer's line integral where it is as thick as on average (0.003-0.02).
        vessels: how many small vessels cross the organs (0-150).
    """

    trabecular: float = 0.05
    tissue: float = 0.008
    vessels: int = 60


def add_texture(layers: np.ndarray, texture: Texture, pixel: float, rng: np.random.Generator) -> np.ndarray:
    """Layers [3, H, W] of line integrals with detail that moves with them; `pixel` is theirs in millimetres at the detector."""
    shape = layers.shape[1:]
    textured = layers.copy()
    textured[WALL] *= 1.0 + texture.trabecular * band_noise(shape, rng, 0.3 / pixel, 1.5 / pixel)
    for layer in range(LAYERS):
        thickness = np.minimum(layers[layer] / max(float(layers[layer].mean()), 1e-6), 2.0)
        textured[layer] += texture.tissue * thickness * power_noise(shape, rng, 1.3)
    textured[ORGANS] += _small_vessels(shape, rng, pixel, texture.vessels)
    return np.maximum(textured, 0.0).astype(np.float32)


def _small_vessels(shape: tuple[int, int], rng: np.random.Generator, pixel: float, count: int) -> np.ndarray:
    """Line integrals of blood vessels 0.4-2 mm wide against air-filled lung."""
    image = np.zeros(shape, np.float32)
    for _ in range(count):
        radius = rng.uniform(0.2, 1.0) / pixel
        axis = wander(rng, rng.uniform([0, 0], shape), rng.uniform(8, 40) / pixel, bend=0.5)
        taper = np.linspace(1.0, 0.4, len(points := spline(axis, 2.0)))
        image += rng.uniform(0.012, 0.02) * pixel * draw_tube(shape, points, np.maximum(radius * taper, 0.3))
    return image


def wander(rng: np.random.Generator, start: np.ndarray, length: float, bend: float, count: int = 6) -> np.ndarray:
    """[count, 2] control points of a smooth random path; length in pixels, `bend` the turn per point in radians (sigma)."""
    turns = rng.uniform(0, 2 * np.pi) + np.cumsum(rng.normal(0, bend, count - 1))
    steps = np.stack([np.sin(turns), np.cos(turns)], 1) * length / (count - 1)
    return np.vstack([start, start + np.cumsum(steps, 0)])


def power_noise(shape: tuple[int, int], rng: np.random.Generator, slope: float) -> np.ndarray:
    """[H, W] float32 of unit variance whose amplitude spectrum falls as frequency^-slope (anatomical clutter, Burgess 2001)."""
    frequency = _frequencies(shape)
    frequency[0, 0] = np.inf
    return _shaped(shape, rng, np.maximum(frequency, 8.0 / max(shape)) ** -slope)


def band_noise(shape: tuple[int, int], rng: np.random.Generator, fine: float, coarse: float) -> np.ndarray:
    """[H, W] float32 of unit variance with structures between two wavelengths in pixels."""
    frequency = _frequencies(shape)
    return _shaped(shape, rng, np.exp(-((frequency * fine) ** 2)) - np.exp(-((frequency * coarse * 2) ** 2)))


def _frequencies(shape: tuple[int, int]) -> np.ndarray:
    return np.hypot(np.fft.fftfreq(shape[0])[:, None], np.fft.rfftfreq(shape[1])[None])


def _shaped(shape: tuple[int, int], rng: np.random.Generator, amplitude: np.ndarray) -> np.ndarray:
    spectrum = np.fft.rfft2(rng.standard_normal(shape)) * amplitude
    spectrum[0, 0] = 0.0
    image = np.fft.irfft2(spectrum, shape)
    return (image / image.std()).astype(np.float32)
