"""What a neighbouring slice says about a slice: its values, as far as the two are alike."""

from __future__ import annotations

import cv2
import numpy as np

from .prediction import Prediction

WINDOW = 9  # pixels over which likeness is judged


def predict_from_slice(slice_: np.ndarray, noise: np.ndarray, other: np.ndarray, other_noise: np.ndarray) -> Prediction:
    """Takes a neighbour as a prediction whose variance is its noise and what the anatomy differs by in the surroundings.

    Slices of 5 mm have little in common, those of 1 mm most; nothing is moved, as anatomy does not move between slices but
    begins and ends.

    Args:
        slice_, other: [H, W] the slice and its neighbour, stabilised.
        noise, other_noise: [H, W] standard deviations of their noise.
    """
    disagreement = cv2.blur(np.square(other - slice_) - np.square(noise), (WINDOW, WINDOW))
    return Prediction(other, np.maximum(disagreement, np.square(other_noise)), other, np.zeros_like(slice_))
