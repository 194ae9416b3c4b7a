"""Correlated noise suppression: motion-compensated recursive filtering with a gain for every pixel.

The published form, R_k = w x_k + (1 - w) R_(k-1) with one weight for all pixels (arXiv 2411.00830, step two), leaves
ghosts where motion is not compensated. Here the weight is the Kalman gain of each pixel (Kalman 1960, scalar form): the
state's own variance, enlarged where the new frame disagrees with it by more than noise, against the frame's noise variance.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..noise.covariance import NoiseCovariance, gaussian_kernel
from .lines import LineDetector, certainty
from .motion import Guide, MotionEstimator, warp
from .prediction import Prediction
from .state import State, after

# Where something has just moved, something will move again: a wire that is here now will be gone in the next frame.
MEMORY, LARGEST_DOUBT = 0.5, 30.0  # share of a frame's doubt that is kept in the next, and its limit (variance)
FINE, COARSE = 1.5, 2.5  # pixels, scales at which frame and state are compared
CHANCE_FINE, CHANCE_COARSE = 1.9, 8.0  # disagreement that noise alone is allowed, in units of what is expected
ALERT_FINE, ALERT_COARSE, ALERT_LINE = 15.0, 1.0, 40.0  # variance added for each unit of disagreement beyond chance


class RecursiveFilter:
    """Motion-compensated recursive filter over stabilised frames, one direction in time.

    Args:
        covariance: spatial covariance of unit noise, which says how much of it smoothing leaves.
    """

    def __init__(self, covariance: NoiseCovariance) -> None:
        self._coarse_gain = covariance.smoothed_variance(gaussian_kernel(COARSE))
        self._lines = LineDetector(covariance)
        self._motion = MotionEstimator()
        self._state: State | None = None
        self._doubt: np.ndarray | None = None
        self._guide: Guide | None = None

    def predict(self, frame: np.ndarray, noise: float | np.ndarray = 1.0) -> Prediction | None:
        """What the frames so far say about `frame` [H, W] (noise: its standard deviation), None before the first."""
        return None if self._state is None else self._predict(frame, noise)[0]

    def update(self, frame: np.ndarray, noise: float | np.ndarray = 1.0) -> Prediction | None:
        """Predicts `frame` [H, W], then takes it into the state; returns the prediction, which does not contain it."""
        prediction = None
        if self._state is None:
            self._state, self._doubt = State.after_first(frame, noise), np.zeros(frame.shape, np.float32)
        else:
            prediction, doubt = self._predict(frame, noise)
            self._state, self._doubt = after(prediction, frame, noise), MEMORY * np.minimum(doubt, LARGEST_DOUBT)
        # Motion is that from the state, which has less noise than the last frame and is what will be moved.
        self._guide = self._motion.guide(self._state.mean)
        return prediction

    def _predict(self, frame: np.ndarray, noise: float | np.ndarray) -> tuple[Prediction, np.ndarray]:
        """The prediction, and its doubt [H, W]: the variance that comes from disagreement, now and in the frames before."""
        places = self._motion.places(self._motion.guide(frame), self._guide, frame.shape)
        doubt = self._doubt if places is None else warp(self._doubt, places, outside=0.0)
        state = self._state.moved(places).expecting(frame, noise)
        innovation, expected = frame - state.mean, state.variance + noise**2
        line = self._lines.excess(innovation, expected)
        doubt = doubt + self._disagreement(innovation, expected) + ALERT_LINE * expected * line
        return Prediction(state.mean, state.variance + doubt, state.frame, certainty(line)), doubt

    def _disagreement(self, innovation: np.ndarray, expected: np.ndarray) -> np.ndarray:
        """Variance to add where frame and state differ by more than noise, in fine energy or in coarse offset.

        It grows with the significance of the disagreement and not only with its size: smoothing spreads a thin wire, so its
        energy in the window says too little about the error at its centre, and what is left of that error is a ghost.
        """
        fine = cv2.GaussianBlur(innovation * innovation, (0, 0), FINE)
        coarse = cv2.GaussianBlur(innovation, (0, 0), COARSE)
        excess = ALERT_FINE * np.maximum(fine - CHANCE_FINE * expected, 0)
        return excess + ALERT_COARSE * np.maximum(coarse * coarse / self._coarse_gain - CHANCE_COARSE * expected, 0)
