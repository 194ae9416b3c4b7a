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
from ..noise.covariance import NoiseCovariance, gaussian_kernel
from .lines import LineDetector
from .motion import Guide, MotionEstimator, full_size, warp

PROCESS_NOISE = 0.01  # variance that a state loses to time, in units of one frame's noise variance
# Where something has just moved, something will move again: a wire that is here now will be gone in the next frame.
MEMORY, LARGEST_DOUBT = 0.5, 30.0  # share of a frame's doubt that is kept in the next, and its limit (variance)
UNKNOWN = 100.0  # variance of a state that knows nothing
FINE, COARSE = 1.5, 2.5  # pixels, scales at which frame and state are compared
CHANCE_FINE, CHANCE_COARSE = 1.9, 8.0  # disagreement that noise alone is allowed, in units of what is expected
ALERT_FINE, ALERT_COARSE, ALERT_LINE = 15.0, 1.0, 40.0  # variance added for each unit of disagreement beyond chance


@dataclass(frozen=True)
class Prediction:
    """What the other frames say about a frame, in noise standard deviations of that frame.

    Attributes:
        mean: [H, W] the recursive state moved onto the frame.
        variance: [H, W] its variance, disagreement with the frame included.
        neighbour: [H, W] the neighbouring frame, moved onto the frame by the same motion.
        line: [H, W] certainty, 0 to 1, that a line of the frame or of the state is not in the other.
    """

    mean: np.ndarray
    variance: np.ndarray
    neighbour: np.ndarray
    line: np.ndarray


class RecursiveFilter:
    """Motion-compensated recursive filter over stabilised frames, one direction in time.

    Args:
        covariance: spatial covariance of unit noise, which says how much of it smoothing leaves.
    """

    def __init__(self, covariance: NoiseCovariance) -> None:
        self._coarse_gain = covariance.smoothed_variance(gaussian_kernel(COARSE))
        self._lines = LineDetector(covariance)
        self._motion = MotionEstimator()
        self._mean: np.ndarray | None = None
        self._variance: np.ndarray | None = None
        self._doubt: np.ndarray | None = None
        self._frame: np.ndarray | None = None
        self._guide: Guide | None = None

    def predict(self, frame: np.ndarray, noise: float | np.ndarray = 1.0) -> Prediction | None:
        """What the frames so far say about `frame` [H, W] (noise: its standard deviation), None before the first."""
        return None if self._mean is None else self._predict(frame, noise, self._motion.guide(frame))[0]

    def update(self, frame: np.ndarray, noise: float | np.ndarray = 1.0) -> Prediction | None:
        """Predicts `frame` [H, W], then takes it into the state; returns the prediction, which does not contain it."""
        prediction = None
        if self._mean is None:
            self._mean, self._variance = frame.copy(), np.full(frame.shape, noise**2, np.float32)
            self._doubt = np.zeros(frame.shape, np.float32)
        else:
            prediction, doubt = self._predict(frame, noise, self._motion.guide(frame))
            gain = prediction.variance / (prediction.variance + noise**2)
            self._mean = prediction.mean + gain * (frame - prediction.mean)
            self._variance = gain * noise**2
            self._doubt = MEMORY * np.minimum(doubt, LARGEST_DOUBT)
        # Motion is that from the state, which has less noise than the last frame and is what will be moved.
        self._frame, self._guide = frame, self._motion.guide(self._mean)
        return prediction

    def _predict(self, frame: np.ndarray, noise: float | np.ndarray, guide: Guide) -> tuple[Prediction, np.ndarray]:
        """The prediction, and its doubt [H, W]: the variance that comes from disagreement, now and in the frames before."""
        mean, variance, doubt, neighbour = self._moved(self._motion.flow(guide, self._guide), frame.shape)
        expected = variance + PROCESS_NOISE
        noisier = float(np.median(np.broadcast_to(noise**2, frame.shape)[::8, ::8]) / np.median(expected[::8, ::8]))
        mean, neighbour = match_brightness(frame, mean, neighbour, noisier=noisier)
        innovation, innovation_variance = frame - mean, expected + noise**2
        line = self._lines.excess(innovation, innovation_variance)
        doubt = doubt + self._disagreement(innovation, innovation_variance) + ALERT_LINE * innovation_variance * line
        return Prediction(mean, expected + doubt, neighbour, line / (1 + line)), doubt

    def _moved(self, flow: np.ndarray | None, shape: tuple[int, int]) -> tuple[np.ndarray, ...]:
        """Mean, variance and doubt of the state and the last frame, moved by a flow."""
        if flow is None:
            return self._mean, self._variance, self._doubt, self._frame
        flow = full_size(flow, shape)
        variance, doubt = warp(self._variance, flow, outside=UNKNOWN), warp(self._doubt, flow, outside=0.0)
        return warp(self._mean, flow), variance, doubt, warp(self._frame, flow)

    def _disagreement(self, innovation: np.ndarray, expected: np.ndarray) -> np.ndarray:
        """Variance to add where frame and state differ by more than noise, in fine energy or in coarse offset.

        It grows with the significance of the disagreement and not only with its size: smoothing spreads a thin wire, so its
        energy in the window says too little about the error at its centre, and what is left of that error is a ghost.
        """
        fine = cv2.GaussianBlur(innovation * innovation, (0, 0), FINE)
        coarse = cv2.GaussianBlur(innovation, (0, 0), COARSE)
        excess = ALERT_FINE * np.maximum(fine - CHANCE_FINE * expected, 0)
        return excess + ALERT_COARSE * np.maximum(coarse * coarse / self._coarse_gain - CHANCE_COARSE * expected, 0)
