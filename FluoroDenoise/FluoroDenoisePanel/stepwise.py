"""Runs work in short steps from a timer, so that the application stays alive meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator

import qt

from FluoroDenoiseLib.errors import Cancelled

WAIT = "wait"
"""What a step yields when there is nothing to do until the next tick; None: there is more to do at once."""
SLICE_SECONDS = 0.01
INTERVAL_MS = 4


class StepwiseRun:
    """One run: a generator whose steps take a few milliseconds each, moved on at every tick of a timer.

    Args:
        steps: the work; it may go on for some steps after `Cancelled` was thrown into it, to put things back.
        ended: called once, with the result and None, or with None and the error.
    """

    def __init__(self, steps: Generator, ended: Callable):
        self._steps = steps
        self._ended = ended
        self._cancelling = False
        self._timer = qt.QTimer()
        self._timer.interval = INTERVAL_MS
        self._timer.timeout.connect(self._onTick)
        self._timer.start()

    def cancel(self) -> None:
        """Throws `Cancelled` into the work at the next tick; `ended` is called when it has put things back."""
        self._cancelling = True

    def stop(self) -> None:
        """Gives the work up at once; `ended` is not called."""
        self._timer.stop()
        self._steps.close()

    def _onTick(self) -> None:
        try:
            self._moveOn()
        except StopIteration as end:
            self._end(end.value, None)
        except Exception as error:
            self._end(None, error)

    def _moveOn(self) -> None:
        end = time.perf_counter() + SLICE_SECONDS
        while self._step() != WAIT and time.perf_counter() < end:
            pass

    def _step(self):
        if not self._cancelling:
            return next(self._steps)
        self._cancelling = False
        return self._steps.throw(Cancelled("Cancelled; nothing was changed."))

    def _end(self, result, error) -> None:
        self._timer.stop()
        self._ended(result, error)


def runToEnd(steps: Generator):
    """Runs such work while the caller waits, for scripts; events are processed meanwhile."""
    import slicer

    while True:
        try:
            waiting = next(steps) == WAIT
        except StopIteration as end:
            return end.value
        slicer.app.processEvents()
        time.sleep(INTERVAL_MS / 1000 if waiting else 0)
