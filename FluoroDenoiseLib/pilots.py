"""Pilots: frames denoised from the past alone, from which a second pass reads what moved."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .engine import Engine
from .networks.evidence import stack_planes
from .stabilised import StabilisedFrames
from .suppression.prediction import Prediction


class Pilots:
    """Pilots of a cine's stabilised frames, made in order and the latest few kept.

    Args:
        frames: of the cine.
        engine: that makes them.
        made: called after each one with its number and what the past says about its frame; it may raise.
    """

    def __init__(
        self,
        frames: StabilisedFrames,
        engine: Engine,
        made: Callable[[int, Prediction | None], None] = lambda t, past: None,
    ) -> None:
        self._frames, self._engine, self._made = frames, engine, made
        self._past = frames.recursive_filter()
        self._kept: dict[int, np.ndarray] = {}
        self._count = 0

    def __getitem__(self, t: int) -> np.ndarray:
        """The pilot [H, W] of frame t, in noise standard deviations."""
        self.reach(t)
        return self._kept[t]

    def reach(self, t: int) -> None:
        """Makes those up to frame t, as far as there are frames."""
        for k in range(self._count, min(t + 1, len(self._frames))):
            frame, noise = self._frames[k]
            past = self._past.update(frame, noise)
            self._kept[k] = self._engine.denoise(stack_planes(frame, noise, past)) * noise
            self._kept.pop(k - self._frames.window, None)
            self._count = k + 1
            self._made(k, past)
