"""How far a run is: frames done, and the time that is left."""

from __future__ import annotations

import time

from slicer.i18n import tr as _


class RunProgress:
    """Shows a run in a progress bar and a line below it.

    Args:
        bar: a QProgressBar.
        label: a QLabel.
    """

    def __init__(self, bar, label):
        self._bar, self._label = bar, label
        self._shown = None
        self._firstFrameAt = None

    def start(self, text: str) -> None:
        """Shows an idle bar with a text, until frames are done."""
        self._firstFrameAt = self._shown = None
        self._bar.maximum = 0  # Qt's way to say "busy, no idea how long"
        self._label.text = text
        self._bar.visible = self._label.visible = True

    def show(self, done: int, total: int) -> None:
        """Shows that `done` of `total` frames are ready; none where another cine begins."""
        if not done:
            self._firstFrameAt = self._shown = None
        if not done or (done, total) == self._shown:
            return
        self._shown = done, total
        self._firstFrameAt = self._firstFrameAt or (time.monotonic(), done)
        self._bar.maximum, self._bar.value = total, done
        self._label.text = _("Frame {done} of {total}").format(done=done, total=total) + self._timeLeft(done, total)

    def end(self) -> None:
        """Hides them."""
        self._bar.visible = self._label.visible = False

    def _timeLeft(self, done: int, total: int) -> str:
        """The pace counts from the first frame on: before it, models are loaded and the noise is analysed."""
        begun, first = self._firstFrameAt
        if done in (first, total):
            return ""
        seconds = (time.monotonic() - begun) / (done - first) * (total - done)
        return _(", {time} left").format(time=inWords(seconds))


def inWords(seconds: float) -> str:
    """A rough time, as a person would say it."""
    if seconds < 60:
        return _("{count} s").format(count=max(1, round(seconds)))
    return _("{count} min").format(count=round(seconds / 60))
