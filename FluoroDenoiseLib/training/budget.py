"""The minutes of a run: what is spent over all resumed parts, what is left, and whether the user wants to pause."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from ..errors import Cancelled
from .run_folder import Run

WRITTEN_EVERY = 2.0  # seconds between two updates of run.json


class Budget:
    """Counts the seconds of a run and keeps run.json up to date.

    Args:
        run: what is under way.
        folder: of the run.
        progress: called with seconds done and seconds in all.
        cancelled: asked often; True pauses the run.
    """

    def __init__(
        self,
        run: Run,
        folder: Path,
        progress: Callable[[int, int], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> None:
        self._run, self._folder = run, folder
        self._progress, self._cancelled = progress, cancelled
        self._before, self._began, self._written = run.seconds_done, time.monotonic(), 0.0

    @property
    def seconds(self) -> float:
        """In all, as ordered."""
        return 60.0 * self._run.order["minutes"]

    @property
    def spent(self) -> float:
        """Seconds of all parts of the run so far."""
        return self._before + time.monotonic() - self._began

    def share(self) -> float:
        """Share of the ordered time that is spent; above 1 where it took longer."""
        return self.spent / self.seconds

    @property
    def paused(self) -> bool:
        """Whether the user wants to pause."""
        return self._cancelled is not None and self._cancelled()

    def go_on(self) -> None:
        """Says how far the run is on its way to the end that was told last; raises Cancelled where the user wants to pause."""
        self.tell(max((self._run.seconds_in_all or self.seconds) - self.spent, 0.0))
        if self.paused:
            raise Cancelled("The fine-tuning is paused; it can be resumed.")

    def tell(self, left: float) -> None:
        """Says that so many seconds are left."""
        run = self._run
        run.seconds_done, run.seconds_left, run.seconds_in_all = self.spent, left, self.spent + left
        if self._progress is not None:
            self._progress(int(run.seconds_done), max(int(run.seconds_in_all), 1))
        if time.monotonic() - self._written > WRITTEN_EVERY:
            self.write()

    def enter(self, state: str) -> None:
        """The run is in another state."""
        self._run.state = state
        self.write()

    def write(self) -> None:
        """Writes run.json now."""
        self._written = time.monotonic()
        self._run.seconds_done = self.spent
        self._run.write(self._folder)
