"""Long work in short steps: a generator that pauses after each, so that a window's timer can spread the work over time.

Whoever does not mind waiting runs it to its end with `finish`.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeVar

T = TypeVar("T")
Steps = Generator[None, None, T]
"""Yields after every few milliseconds of work; returns what came out."""


def finish(steps: Steps[T]) -> T:
    """Runs all steps and gives what came out."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value
