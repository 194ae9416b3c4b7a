"""The noise of a stream's frames against what was measured of its first ones: the dose may change later."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from .robust import winsorised_variance
from .samples import fine_rows

NEW = 0.3  # share of the latest frame in what is known of the noise
ORDINARY = 1.3  # times that the variance may differ from the usual one without being another


class FollowedNoise:
    """Follows the noise from frame to frame.

    Args:
        frames: stabilised frames [H, W] that the noise was measured on, in their order.
    """

    def __init__(self, frames: Sequence[np.ndarray]) -> None:
        rows = [_fine(frame) for frame in frames]
        changes = [winsorised_variance(later - earlier, rounds=4) for earlier, later in pairwise(rows)]
        self._usual = float(np.median(changes)) if changes else 0.0
        self._last, self._change = rows[-1], self._usual

    def update(self, frame: np.ndarray) -> float:
        """Standard deviation of the noise of the next stabilised frame [H, W] against the usual one, 1 where it is ordinary."""
        rows = _fine(frame)
        change = winsorised_variance(rows - self._last, rounds=4)
        self._last = rows
        if not self._usual > 0:
            return 1.0
        self._change += NEW * (change - self._change)
        ratio = self._change / self._usual
        return 1.0 if 1 / ORDINARY < ratio < ORDINARY else float(np.sqrt(ratio))


def _fine(frame: np.ndarray) -> np.ndarray:
    return fine_rows(frame)[::2]  # as many as tell enough: a stream has no time
