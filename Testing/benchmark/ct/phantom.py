"""A water phantom at a quarter of the dose: texture of the noise that is left, and discs that are still seen or not."""

from __future__ import annotations

import numpy as np

from .cases import SliceTask, quarter_dose, scan
from .observer import SIDE

SIZE, SPACING = 256, (5.0, 1.4, 1.4)
SLICES = 3
"""Of a stack, whose middle one is looked at."""
WATER, RING, COUNT = 105, 62, 12
"""Pixels: radius of the cylinder and of the ring on which so many discs lie."""
DISCS = {1.0: 110.0, 2.0: 45.0, 3.5: 24.0, 6.0: 14.0}
"""Radius in pixels, to contrast in HU with which the noisy discs are just about seen."""
ROI = 64
"""Pixels of the squares in which the noise power spectrum is measured."""
DISTANCE = np.hypot(*np.mgrid[-SIZE // 2 : SIZE // 2, -SIZE // 2 : SIZE // 2])
Y, X = np.mgrid[:SIZE, :SIZE]
ANGLES = 2 * np.pi * np.arange(COUNT) / COUNT
CENTRES = [(round(SIZE / 2 + RING * np.sin(a)), round(SIZE / 2 + RING * np.cos(a))) for a in ANGLES]


def water() -> np.ndarray:
    """[T, H, W] HU: a cylinder of water in air."""
    return np.repeat(np.where(DISTANCE < WATER, 0.0, -1000.0).astype(np.float32)[None], SLICES, axis=0)


def with_discs(radius: float) -> np.ndarray:
    """The same with discs of one radius in the middle slice alone: lesions no thicker than a slice."""
    phantom = water()
    for row, column in CENTRES:
        phantom[SLICES // 2] += DISCS[radius] * np.clip(radius + 0.5 - np.hypot(Y - row, X - column), 0, 1)
    return phantom


def scans(phantom: np.ndarray, count: int, first_seed: int) -> list[SliceTask]:
    """Scans of a phantom, all with the dose that suits water alone."""
    dose = quarter_dose(water(), SPACING)
    return [scan(phantom, SPACING, dose, first_seed + k) for k in range(count)]


def regions(image: np.ndarray) -> np.ndarray:
    """[COUNT, SIDE, SIDE] around each disc's place, each less its own mean brightness."""
    half = SIDE // 2
    cut = np.stack([image[row - half : row + half, column - half : column + half] for row, column in CENTRES])
    return cut - image[DISTANCE < WATER - SIDE].mean()


def noise_power(images: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Frequencies (cycles per pixel) and radial noise power spectrum of images of the phantom without discs.

    Each image less the mean of all, so that what is not noise does not count (AAPM TG-233, section 4.3).
    """
    noise = np.stack(images) - np.mean(images, axis=0)
    middle = slice(SIZE // 2 - ROI // 2, SIZE // 2 + ROI // 2)
    power = np.mean(np.abs(np.fft.fft2(noise[:, middle, middle])) ** 2, axis=0)
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(ROI), np.fft.fftfreq(ROI), indexing="ij"))
    edges = np.arange(0.5, ROI // 2 + 1) / ROI
    bins = np.digitize(frequency.ravel(), edges)
    radial = np.array([power.ravel()[bins == k].mean() for k in range(1, len(edges))])
    return (edges[:-1] + edges[1:]) / 2, radial


def peak_frequency(frequency: np.ndarray, power: np.ndarray) -> float:
    """Where a radial spectrum has its maximum, after smoothing over five bins."""
    smooth = np.convolve(np.pad(power, 2, mode="edge"), np.array([1, 2, 3, 2, 1]) / 9, mode="valid")
    return float(frequency[np.argmax(smooth)])
