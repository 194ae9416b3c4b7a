"""State of a recursive filter: an estimate of the image and its variance, for every pixel (Kalman 1960, scalar form)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..noise.brightness import match_brightness
from .motion import warp
from .prediction import Prediction

PROCESS_NOISE = 0.01  # variance that a state loses to time, in units of the noise variance of an ordinary frame
UNKNOWN = 100.0  # variance of a state that knows nothing


@dataclass(frozen=True)
class State:
    """What is known after a frame, stabilised.

    Attributes:
        mean: [H, W] the estimate.
        variance: [H, W] of it.
        frame: [H, W] the last frame.
    """

    mean: np.ndarray
    variance: np.ndarray
    frame: np.ndarray

    @classmethod
    def after_first(cls, frame: np.ndarray, noise: float | np.ndarray) -> State:
        """Of a first frame [H, W], whose noise has the deviation `noise`."""
        return cls(frame, np.full(frame.shape, noise**2, np.float32), frame)

    def moved(self, places: np.ndarray | None) -> State:
        """The same taken from `places` [H, W, 2], None for no motion; nothing is known of what comes in from outside."""
        if places is None:
            return self
        return State(warp(self.mean, places), warp(self.variance, places, outside=UNKNOWN), warp(self.frame, places))

    def expecting(self, frame: np.ndarray, noise: float | np.ndarray) -> State:
        """The same at the time and at the brightness of the next frame [H, W]."""
        variance = self.variance + PROCESS_NOISE
        noisier = float(np.median(np.broadcast_to(noise**2, frame.shape)[::8, ::8]) / np.median(variance[::8, ::8]))
        mean, neighbour = match_brightness(frame, self.mean, self.frame, noisier=noisier)
        return State(mean, variance, neighbour)


def gain(prediction: Prediction, noise: float | np.ndarray) -> np.ndarray:
    """Kalman gain [H, W] of a frame whose noise has the deviation `noise`."""
    return prediction.variance / (prediction.variance + noise**2)


def after(prediction: Prediction, frame: np.ndarray, noise: float | np.ndarray) -> State:
    """The state once the predicted frame [H, W] is taken into it."""
    weight = gain(prediction, noise)
    return State(prediction.mean + weight * (frame - prediction.mean), weight * noise**2, frame)
