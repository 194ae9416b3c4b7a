"""Motion-compensated recursive filtering whose motion and gains are read from pilots: frames that were denoised before.

What moved, and by how much a state is wrong about a frame, drowns in the noise of single frames: a test of raw frames must
either ignore faint changes or give the alarm where nothing changed. A pilot has a tenth of the noise, so that the state's bias
is measured rather than guessed. Only decisions come from pilots; what is averaged are the raw frames. (Pilot estimates as of
Dabov et al., "Image denoising by sparse 3-D transform-domain collaborative filtering", IEEE TIP 16, 2007.)
"""

from __future__ import annotations

import cv2
import numpy as np

from ..noise.brightness import match_brightness
from ..noise.covariance import NoiseCovariance
from .lines import LineDetector, certainty
from .motion import Guide, MotionEstimator, warp
from .prediction import Prediction
from .recursive import ALERT_LINE
from .state import State, after, gain

WIDTH = 1.0  # pixels, scale at which pilot and state are compared
WEIGHT = 4.0  # of the squared bias in the variance: a pilot holds but a part of what is new
CHANCE = 15.0  # squared difference that pilots reach by themselves, in units of its usual size: their errors are uneven
NOISIEST = 0.05  # variance above which the usual difference of pilots is no error of theirs, but a change of the whole image
MEDIAN = 0.455  # of the square of a standard normal variable


class PilotedFilter:
    """Motion-compensated recursive filter over stabilised frames and their pilots, one direction in time.

    The pilots run through the filter with the same motion and gains as the frames; what their state differs by from the pilot
    of the present frame is the bias of the frames' state. Lines are looked for in the frames themselves as well, since a pilot
    may have lost a thin one.

    Args:
        covariance: spatial covariance of unit noise.
        active: [H, W] where the image is.
    """

    def __init__(self, covariance: NoiseCovariance, active: np.ndarray) -> None:
        self._lines = LineDetector(covariance)
        self._motion = MotionEstimator()
        self._active = active[::4, ::4]
        self._state: State | None = None
        self._pilot: np.ndarray | None = None
        self._guide: Guide | None = None

    def update(self, frame: np.ndarray, noise: float | np.ndarray, pilot: np.ndarray) -> Prediction | None:
        """Predicts `frame` [H, W], then takes it into the state.

        Args:
            noise: its standard deviation.
            pilot: [H, W] the frame denoised.

        Returns:
            The prediction, which does not contain the frame; None for the first.
        """
        prediction = None
        if self._state is None:
            self._state, self._pilot = State.after_first(frame, noise), pilot
        else:
            prediction, expected = self._predict(frame, noise, pilot)
            self._state = after(prediction, frame, noise)
            self._pilot = expected + gain(prediction, noise) * (pilot - expected)
        self._guide = self._motion.guide(self._pilot)
        return prediction

    def _predict(self, frame: np.ndarray, noise: float | np.ndarray, pilot: np.ndarray) -> tuple[Prediction, np.ndarray]:
        """The prediction, and the pilot [H, W] that the pilots so far would have here."""
        places = self._motion.places(self._motion.guide(pilot), self._guide, frame.shape)
        (expected,) = match_brightness(pilot, self._pilot if places is None else warp(self._pilot, places))
        state = self._state.moved(places).expecting(frame, noise)
        line = self._lines.excess(frame - state.mean, state.variance + noise**2)
        variance = state.variance + self._squared_bias((pilot - expected) / noise) * noise**2
        variance = variance + ALERT_LINE * (variance + noise**2) * line
        return Prediction(state.mean, variance, state.frame, certainty(line)), expected

    def _squared_bias(self, difference: np.ndarray) -> np.ndarray:
        """Of the state [H, W], from what pilot and state differ by, both in standard deviations of the frame's noise."""
        squares = difference * difference
        usual = float(np.median(squares[::4, ::4][self._active])) / MEDIAN if self._active.any() else 0.0
        return WEIGHT * np.maximum(cv2.GaussianBlur(squares, (0, 0), WIDTH) - CHANCE * min(usual, NOISIEST), 0)
