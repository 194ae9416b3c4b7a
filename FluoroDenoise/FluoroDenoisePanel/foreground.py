"""The run that the user asked for and waits for: at most one; it shows how far it is and can be cancelled."""

from __future__ import annotations

from collections.abc import Callable, Generator

from slicer.i18n import tr as _

from .progress import RunProgress
from .stepwise import StepwiseRun


class Foreground:
    """Owned by the context; the sections' buttons follow it."""

    def __init__(self, ui, context):
        self._context = context
        self._progress = RunProgress(ui.progressBar, ui.progressLabel)
        self._run: StepwiseRun | None = None
        self._target = None
        self.cancellable = False

    @property
    def active(self) -> bool:
        """Is a run under way?"""
        return self._run is not None

    def show(self, done: int, total: int) -> None:
        """Shows that `done` of `total` frames are ready."""
        self._progress.show(done, total)

    def begin(self, steps: Generator, doing: str, ended: Callable, target=None, cancellable: bool = True) -> None:
        """Starts a run.

        Args:
            steps: see `StepwiseRun`.
            doing: what is said until frames are done.
            ended: called with the result and None, or with None and the error, when everything is in its place again.
            target: the node that the run will write to; the run stops where that leaves the scene.
        """
        self._context.stopBackground()
        self._context.show("")
        self._target, self.cancellable = target, cancellable
        self._progress.start(doing)

        def end(result, error):
            self._end()
            ended(result, error)

        self._run = StepwiseRun(steps, end)
        self._context.refresh()

    def cancel(self) -> None:
        """Asks the run to stop."""
        self._run.cancel()
        self.cancellable = False
        self._progress.start(_("Cancelling..."))
        self._context.refresh()

    def leaveScene(self) -> None:
        """Ends the run at once where what it would write to has vanished."""
        from FluoroDenoiseLib.mrml.links import is_present

        if self.active and self._target is not None and not is_present(self._target):
            self.giveUp()
            self._context.show(_("The run was stopped: its cine has left the scene. Nothing was written."))

    def giveUp(self) -> None:
        """Ends the run at once; nodes stay as they were."""
        if self.active:
            self._run.stop()
            self._end()

    def _end(self) -> None:
        self._run = self._target = None
        self._progress.end()
        self._context.refresh()
