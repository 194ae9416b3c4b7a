"""Edges of a nearly noise-free image, against the noise that was in it."""

from __future__ import annotations

import cv2
import numpy as np

SCALE = 1.0  # pixels, Gaussian scale at which slopes are taken
STEEP = 0.7  # noise standard deviations per pixel: the slope at which an edge is half certain


def certain_edges(image: np.ndarray) -> np.ndarray:
    """Certainty [H, W], 0 to 1, of edges in a denoised image [H, W] in standard deviations of the noise that it had."""
    smooth = cv2.GaussianBlur(image, (0, 0), SCALE)
    down, right = (cv2.Sobel(smooth, cv2.CV_32F, dx, 1 - dx, scale=1 / 8) for dx in (0, 1))
    steepness = down * down + right * right
    return steepness / (steepness + np.float32(STEEP**2))
