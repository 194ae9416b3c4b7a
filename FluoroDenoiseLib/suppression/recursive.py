"""Correlated noise suppression: motion-compensated recursive filtering with a gain for every pixel.

The published form, R_k = w x_k + (1 - w) R_(k-1) with one weight for all pixels (arXiv 2411.00830, step two), leaves
ghosts where motion is not compensated. Here the weight is the Kalman gain of each pixel (Kalman 1960, scalar form): the
state's own variance, enlarged where the new frame disagrees with it by more than noise, against the frame's noise variance.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..noise.brightness import match_brightness
from .motion import Guide, MotionEstimator, full_size, warp

PROCESS_NOISE = 0.01  # variance that a state loses to time, in units of one frame's noise variance
UNKNOWN = 100.0  # variance of a state that knows nothing
FINE, COARSE = 1.5, 2.5  # pixels, scales at which frame and state are compared
CHANCE_FINE, CHANCE_COARSE = 1.6, 6.0  # disagreement that noise alone is allowed, in units of what is expected


@dataclass(frozen=True)
class Prediction:
    """What the other frames say about a frame, in noise standard deviations of that frame.

    Attributes:
        mean: [H, W] the recursive state moved onto the frame.
        variance: [H, W] its variance, disagreement with the frame included.
        neighbour: [H, W] the neighbouring frame, moved onto the frame by the same motion.
    """

    mean: np.ndarray
    variance: np.ndarray
    neighbour: np.ndarray


class RecursiveFilter:
    """Motion-compensated recursive filter over stabilised frames, one direction in time.

    Args:
        coarse_gain: variance that unit noise keeps under the coarse Gaussian (from the noise covariance); about 0.013 for
            white noise, more for correlated noise.
    """

    def __init__(self, coarse_gain: float) -> None:
        self._coarse_gain = coarse_gain
        self._motion = MotionEstimator()
        self._mean: np.ndarray | None = None
        self._variance: np.ndarray | None = None
        self._frame: np.ndarray | None = None
        self._guide: Guide | None = None

    def predict(self, frame: np.ndarray, noise: float = 1.0, guide: Guide | None = None) -> Prediction | None:
        """What the frames so far say about `frame` [H, W] (noise: its standard deviation), None before the first."""
        if self._mean is None:
            return None
        guide = guide or self._motion.guide(frame)
        flow = self._motion.flow(guide, self._guide)
        mean, variance, neighbour = self._moved(flow, frame.shape)
        mean, neighbour = match_brightness(frame, mean, neighbour)
        expected = variance + PROCESS_NOISE
        return Prediction(mean, expected + self._disagreement(frame - mean, expected + noise**2), neighbour)

    def update(self, frame: np.ndarray, noise: float = 1.0) -> Prediction | None:
        """Predicts `frame` [H, W], then takes it into the state; returns the prediction, which does not contain it."""
        guide = self._motion.guide(frame)
        prediction = self.predict(frame, noise, guide)
        if prediction is None:
            self._mean, self._variance = frame.copy(), np.full(frame.shape, noise**2, np.float32)
        else:
            gain = prediction.variance / (prediction.variance + noise**2)
            self._mean = prediction.mean + gain * (frame - prediction.mean)
            self._variance = gain * noise**2
        self._frame, self._guide = frame, guide
        return prediction

    def _moved(self, flow: np.ndarray | None, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        if flow is None:
            return self._mean, self._variance, self._frame
        flow = full_size(flow, shape)
        return warp(self._mean, flow), warp(self._variance, flow, outside=UNKNOWN), warp(self._frame, flow)

    def _disagreement(self, innovation: np.ndarray, expected: np.ndarray) -> np.ndarray:
        """Variance by which frame and state differ beyond `expected`, from fine energy and from coarse offsets."""
        fine = cv2.GaussianBlur(innovation * innovation, (0, 0), FINE)
        coarse = cv2.GaussianBlur(innovation, (0, 0), COARSE)
        coarse *= coarse
        excess = np.maximum(fine - CHANCE_FINE * expected, 0)
        return excess + np.maximum(coarse - CHANCE_COARSE * self._coarse_gain * expected, 0)
