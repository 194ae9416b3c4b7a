"""Time left as a run tells it to its user, held against the time that it took."""

from __future__ import annotations

import time

LAST = 60.0
"""Seconds before the end in which no share of the time left is judged."""


class Clock:
    """What a run says of its time left, to be held against what it took."""

    def __init__(self) -> None:
        self._told: list[tuple[float, int]] = []

    def told(self, done: int, in_all: int) -> None:
        """Takes what is shown to the user, in seconds."""
        self._told.append((time.monotonic(), in_all - done))

    def worst(self) -> float:
        """Largest error of the time left, as a share of what was really left; now is the end."""
        end = time.monotonic()
        return max((abs(left / (end - when) - 1) for when, left in self._told if end - when > LAST), default=0.0)
