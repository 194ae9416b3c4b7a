"""One call from a scene to a noisy cine and its noise-free twin, and the settings that training draws from."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from ..cine import Cine
from .detector import Beam, Detector, expose, open_field, read_out
from .scene import Scene
from .vendor import Vendor, process, quantise, zoomed


@dataclass(frozen=True)
class Settings:
    """Every effect between the scene and the file; see the three parts for parameters, ranges and units."""

    beam: Beam = field(default_factory=Beam)
    detector: Detector = field(default_factory=Detector)
    vendor: Vendor = field(default_factory=Vendor)


@dataclass(frozen=True, eq=False)
class Simulated:
    """A cine and the truth about it.

    Attributes:
        noisy: what the system stores, uint8 or uint16.
        clean: float32 in the same stored units: the same chain, with blur, lag, recursion, curves and gain, but without
            quantum, electronic, row and column noise, fixed pattern, rounding and lossy coding. Where the chain is linear it is
            the expected value of `noisy`.
        quanta: [T, H, W] float32, mean quanta counted in each pixel.
        settings: what was asked.
        seed: of the noise.
    """

    noisy: Cine
    clean: Cine
    quanta: np.ndarray
    settings: Settings
    seed: int


def simulate(scene: Scene, settings: Settings, seed: int) -> Simulated:
    """Makes a cine; the same scene, settings and seed make the same cine.

    Args:
        scene: what is in front of the tube.
        settings: beam, detector and vendor chain.
        seed: of the noise, 0 or more.
    """
    beam, vendor = settings.beam, settings.vendor
    quanta = expose(scene.line_integrals(), beam)
    clean = process(read_out(quanta, settings.detector, None), vendor, beam.quanta)
    noisy = process(read_out(quanta, settings.detector, np.random.default_rng(seed)), vendor, beam.quanta)
    frames = _cine(scene, settings, quantise(noisy, vendor))
    return Simulated(frames, frames.with_frames(clean), quanta, settings, seed)


def _cine(scene: Scene, settings: Settings, frames: np.ndarray) -> Cine:
    vendor, border = settings.vendor, settings.beam.border
    marks = {
        "shutter": any(border),
        "edge enhanced": vendor.edge > 0,
        "vendor LUT": vendor.display,
        "lossy": vendor.jpeg is not None,
    }
    return Cine(
        frames,
        frame_time=scene.frame_time,
        intensity=vendor.stored_intensity,
        valid_range=(0, vendor.top),
        modality="XA",
        pixel_spacing=(scene.pixel / vendor.zoom,) * 2,
        covered=_covered(scene.shape, settings) if any(border) else None,
        traits=frozenset(name for name, present in marks.items() if present),
        name="simulated",
    )


def _covered(shape: tuple[int, int], settings: Settings) -> np.ndarray:
    """[H, W] True under the blades, as they lie in the stored image."""
    mask = open_field(shape, settings.beam.border).astype(np.float32)
    return zoomed(mask, settings.vendor.zoom) < 0.5


def random_settings(
    rng: np.random.Generator, shape: tuple[int, int], count: int, quanta: tuple[float, float] = (5.0, 200.0), plain: float = 0.7
) -> Settings:
    """Settings as training meets them.

    Args:
        rng: source of randomness.
        shape: rows and columns.
        count: frames.
        quanta: range of quanta per pixel, drawn log-uniformly.
        plain: share of the sequences that are LIN, LOG or SQRT without recursion, enhancement or display curve.
    """
    beam = Beam(
        quanta=float(np.exp(rng.uniform(*np.log(quanta)))),
        scatter=rng.uniform(0.3, 1.0),
        scatter_width=rng.uniform(0.08, 0.2),
        blur=rng.uniform(0.2, 0.6),
        border=_random_border(rng, shape),
        output=1.0 + 0.01 * rng.standard_normal(count) if rng.random() < 0.3 else None,
    )
    detector = random_detector(rng)
    vendor = _plain_vendor(rng, count) if rng.random() < plain else _processed_vendor(rng, count)
    # Systems set their zero so that read-out noise stays above it.
    pedestal = float(np.clip(3.0 * detector.electronic / (beam.quanta * vendor.brightest), 0.03, 0.2))
    return Settings(beam, detector, replace(vendor, pedestal=pedestal))


def random_detector(rng: np.random.Generator) -> Detector:
    """A panel within the published ranges."""
    return Detector(
        blur=rng.uniform(0.3, 0.9),
        electronic=rng.uniform(1.0, 3.0),
        row_noise=rng.uniform(0.0, 0.4),
        column_noise=rng.uniform(0.0, 0.2),
        fixed_offset=rng.uniform(0.0, 0.4),
        fixed_gain=rng.uniform(0.0, 0.008),
        lag=rng.uniform(0.02, 0.06) if rng.random() < 0.8 else 0.0,
    )


def _random_border(rng: np.random.Generator, shape: tuple[int, int]) -> tuple[int, int, int, int]:
    if rng.random() < 0.85:
        return (0, 0, 0, 0)
    return tuple(int(rng.uniform(0, 0.12) * n) for n in (shape[0], shape[0], shape[1], shape[1]))


def _plain_vendor(rng: np.random.Generator, count: int) -> Vendor:
    return Vendor(
        intensity=str(rng.choice(["LIN", "LOG", "SQRT"], p=[0.45, 0.4, 0.15])),
        bits=int(rng.choice([10, 12, 14])),
        brightest=rng.uniform(3.0, 6.0),
        drift=1.0 + 0.03 * np.sin(np.linspace(0, rng.uniform(1, 6), count) + rng.uniform(0, 6)) if rng.random() < 0.4 else None,
    )


def _processed_vendor(rng: np.random.Generator, count: int) -> Vendor:
    display = rng.random() < 0.5
    return Vendor(
        intensity=str(rng.choice(["LIN", "LOG", "SQRT"], p=[0.2, 0.6, 0.2])),
        bits=8 if display else int(rng.choice([8, 10, 12])),
        brightest=rng.uniform(3.0, 6.0),
        recursion=rng.uniform(0.3, 0.7) if rng.random() < 0.5 else 0.0,
        smoothing=rng.uniform(0.4, 0.7) if rng.random() < 0.3 else 0.0,
        edge=rng.uniform(0.2, 1.0) if rng.random() < 0.5 else 0.0,
        zoom=rng.uniform(1.1, 1.5) if rng.random() < 0.2 else 1.0,
        display=display,
    )
