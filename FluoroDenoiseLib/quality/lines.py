"""Lines in noise: wires and catheters that are too faint for a single pixel to show."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

ACROSS, ALONG = 1.2, 5.0
"""Standard deviations in pixels of the filter across and along a line: a guide wire, straight over some 15 pixels."""
ORIENTATIONS = 8
LEVELS = 8
"""Grey levels with a noise scale of their own."""


@lru_cache(maxsize=1)
def _kernels() -> list[np.ndarray]:
    """One line filter per orientation: second Gaussian derivative across, Gaussian along; zero mean, unit energy."""
    reach = int(2.5 * ALONG)
    rows, columns = np.mgrid[-reach : reach + 1, -reach : reach + 1].astype(np.float32)
    return [_kernel(rows, columns, np.pi * k / ORIENTATIONS) for k in range(ORIENTATIONS)]


def _kernel(rows: np.ndarray, columns: np.ndarray, angle: float) -> np.ndarray:
    along = (columns * np.cos(angle) + rows * np.sin(angle)) / ALONG
    across = (rows * np.cos(angle) - columns * np.sin(angle)) / ACROSS
    kernel = (1 - across**2) * np.exp(-(across**2 + along**2) / 2)
    kernel -= kernel.mean()
    return (kernel / np.sqrt((kernel**2).sum())).astype(np.float32)


def response(image: np.ndarray) -> np.ndarray:
    """[H, W] strongest absolute response of [H, W] over all orientations, in the noise units of white noise."""
    import cv2

    image = image.astype(np.float32)
    best = np.zeros_like(image)
    for kernel in _kernels():
        np.maximum(best, np.abs(cv2.filter2D(image, cv2.CV_32F, kernel, borderType=cv2.BORDER_REFLECT)), out=best)
    return best


def standing_out(image: np.ndarray, guide: np.ndarray, field: np.ndarray, times: float) -> np.ndarray:
    """[H, W] boolean: inside `field`, response above `times` the median response of pixels of the same grey level in `guide`.

    Noise depends on the grey level, so every level has its own median; at least half of all pixels' median, because a dark
    level may hold nothing but structure.
    """
    strength = response(image)
    cuts = np.quantile(guide[field], np.linspace(0, 1, LEVELS + 1)[1:-1])
    level = np.digitize(guide, cuts)
    overall = float(np.median(strength[field]))
    medians = [_median(strength[field & (level == k)], overall) for k in range(LEVELS)]
    return field & (strength > times * np.maximum(np.maximum(medians, overall / 2), 1e-6)[level])


def _median(values: np.ndarray, otherwise: float) -> float:
    return float(np.median(values)) if values.size else otherwise
