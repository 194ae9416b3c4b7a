"""CT slices at a reduced dose: forward projection, quantum and read-out noise, filtered back-projection.

Parallel beams stand for a scanner's rebinned fan: noise is independent from ray to ray, so its spectrum after the ramp filter
and its streaks along long paths are those of a real slice; helical interpolation and bow-tie filters are left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..cine import Cine
from .anatomy import WATER_PER_MM

AIR, HIGHEST = -1024, 3071


@dataclass(frozen=True)
class Scan:
    """How slices are acquired and reconstructed.

    Attributes:
        quanta: quanta per ray and view before the patient (1e4-1e6); a quarter of them is a quarter of the dose.
        electronic: standard deviation of the read-out noise in quanta (5-30).
        views: projections over 180 degrees.
        cutoff: where the Hann window on the ramp filter ends, as a share of the detector's Nyquist frequency: 1 for a sharp
            kernel, 0.5 for a soft one.
    """

    quanta: float = 1e5
    electronic: float = 10.0
    views: int = 720
    cutoff: float = 1.0


@dataclass(frozen=True, eq=False)
class SimulatedCT:
    """Slices of one scan.

    Attributes:
        noisy: int16 Hounsfield units.
        clean: float32, the reconstruction of the same projections without noise.
        scan: what was asked.
        seed: of the noise.
    """

    noisy: Cine
    clean: Cine
    scan: Scan
    seed: int


def simulate_ct(hounsfield: np.ndarray, spacing: tuple[float, float, float], scan: Scan, seed: int) -> SimulatedCT:
    """Scans slices; the same input and seed give the same noise.

    Args:
        hounsfield: [Z, Y, X] Hounsfield units, square slices.
        spacing: millimetres between voxels along Z, Y and X.
        scan: dose, noise and kernel.
        seed: of the noise, 0 or more.
    """
    rng = np.random.default_rng(seed)
    pairs = [_scan_slice(slice_, spacing[2], scan, rng) for slice_ in hounsfield]
    noisy, clean = (np.stack(images) for images in zip(*pairs, strict=True))
    cine = as_cine(noisy, spacing)
    return SimulatedCT(cine, cine.with_frames(clean), scan, seed)


def as_cine(hounsfield: np.ndarray, spacing: tuple[float, float, float]) -> Cine:
    """Slices [Z, Y, X] as a scanner stores them, int16 Hounsfield units; millimetres between voxels along Z, Y and X."""
    return Cine(
        np.rint(np.clip(hounsfield, AIR, HIGHEST)).astype(np.int16),
        intensity="HU",
        valid_range=(AIR, HIGHEST),
        modality="CT",
        pixel_spacing=(spacing[1], spacing[2]),
        slice_spacing=spacing[0],
        window=(40.0, 400.0),
        traits=frozenset({"slices"}),
        name="simulated CT",
    )


def _scan_slice(hounsfield: np.ndarray, pixel: float, scan: Scan, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Noisy and noise-free reconstruction [Y, X] in Hounsfield units."""
    sinogram = line_integrals(hounsfield, pixel, scan.views)
    noisy = as_line_integrals(measured_quanta(sinogram, scan, rng), scan.quanta)
    return tuple(reconstruct(rays, pixel, len(hounsfield), scan.cutoff) for rays in (noisy, sinogram))


def line_integrals(hounsfield: np.ndarray, pixel: float, views: int) -> np.ndarray:
    """Projections [views, D] of a square slice in Hounsfield units; see `radon`."""
    attenuation = WATER_PER_MM * np.maximum(1.0 + hounsfield / 1000.0, 0.0)
    return radon(attenuation.astype(np.float32), pixel, views)


def reconstruct(sinogram: np.ndarray, pixel: float, size: int, cutoff: float) -> np.ndarray:
    """Slice [size, size] in Hounsfield units, float32, from line integrals [views, D]; see `back_project`."""
    return 1000.0 * (back_project(sinogram, pixel, size, cutoff) / np.float32(WATER_PER_MM) - 1.0)


def radon(attenuation: np.ndarray, pixel: float, views: int) -> np.ndarray:
    """Parallel projections of a square slice.

    Args:
        attenuation: [N, N] float32, per millimetre.
        pixel: millimetres.
        views: angles over 180 degrees.

    Returns:
        [views, D] line integrals, detector elements one pixel apart, D the slice's diagonal.
    """
    import cv2

    size = len(attenuation)
    wide = _diagonal(size)
    turned = (cv2.warpAffine(attenuation, _turn(angle, size, wide), (wide, wide)) for angle in _angles(views))
    return np.stack([image.sum(0) * pixel for image in turned])


def measured_quanta(sinogram: np.ndarray, scan: Scan, rng: np.random.Generator) -> np.ndarray:
    """What the detector reads behind line integrals (any shape): Poisson counts plus read-out noise, in quanta."""
    return rng.poisson(scan.quanta * np.exp(-sinogram)) + rng.normal(0.0, scan.electronic, sinogram.shape)


def as_line_integrals(counts: np.ndarray, quanta: float) -> np.ndarray:
    """Line integrals, float32, from counts (any shape); a ray that counts nothing is held at half a quantum."""
    return -np.log(np.maximum(counts, 0.5) / quanta).astype(np.float32)


def back_project(sinogram: np.ndarray, pixel: float, size: int, cutoff: float) -> np.ndarray:
    """Filtered back-projection (Kak & Slaney 1988, section 3.3) of [views, D] to [size, size] per millimetre."""
    import cv2

    filtered = _ramp_filtered(sinogram, pixel, cutoff)
    wide, image = sinogram.shape[1], np.zeros((size, size), np.float32)
    for angle, row in zip(_angles(len(sinogram)), filtered, strict=True):
        smeared = np.broadcast_to(row, (wide, wide))
        image += cv2.warpAffine(
            np.ascontiguousarray(smeared), _turn(angle, size, wide), (size, size), flags=cv2.WARP_INVERSE_MAP | cv2.INTER_LINEAR
        )
    return image * np.float32(np.pi / len(sinogram))


def _ramp_filtered(sinogram: np.ndarray, pixel: float, cutoff: float) -> np.ndarray:
    width = sinogram.shape[1]
    length = 2 ** int(np.ceil(np.log2(2 * width)))
    n = np.fft.fftfreq(length, 1.0 / length)
    ramp = np.zeros(length)
    ramp[0] = 1.0 / (4.0 * pixel**2)
    odd = n % 2 == 1
    ramp[odd] = -1.0 / (np.pi * n[odd] * pixel) ** 2
    frequency = np.fft.rfftfreq(length) / (0.5 * cutoff)
    window = np.where(frequency < 1.0, 0.5 + 0.5 * np.cos(np.pi * np.minimum(frequency, 1.0)), 0.0)
    response = np.fft.rfft(ramp).real * window * pixel
    return np.fft.irfft(np.fft.rfft(sinogram, length) * response, length)[:, :width].astype(np.float32)


def _angles(views: int) -> np.ndarray:
    return np.arange(views) * 180.0 / views


def _diagonal(size: int) -> int:
    return int(np.ceil(size * np.sqrt(2.0))) + 2


def _turn(degrees: float, size: int, wide: int) -> np.ndarray:
    """2x3 matrix that turns a slice about its middle into the middle of a wide image."""
    import cv2

    matrix = cv2.getRotationMatrix2D(((size - 1) / 2, (size - 1) / 2), float(degrees), 1.0)
    matrix[:, 2] += (wide - size) / 2
    return matrix
