"""Watching a fine-tuning by the files in its folder: how far it is, its score and preview, and what came out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import qt
from slicer.i18n import tr as _

from .context import COLOURS
from .figures_widget import fill, prepare
from .finetune_files import WatchedFile
from .finetune_preview import FinetunePreview
from .finetune_scores import BASE, TUNED, keepFigures, rowsOf
from .progress import inWords
from .section import Section

INTERVAL_MS = 500
DOING = {
    "preparing": _("Reading and measuring the cines"),
    "training": _("Training"),
    "judging": _("Judging on what was held out"),
}


class FinetuneWatch(Section):
    """Looks twice a second while the run goes on.

    Args:
        ended: called when the verdict has come.

    Attributes:
        folder: the run that is watched, or None.
        state: what its run.json says; {} where there is none.
        verdict: what came out; None before the end.
    """

    def __init__(self, ui, context, ended: Callable[[], None]):
        super().__init__(ui, context)
        self._ended = ended
        self.folder: Path | None = None
        self.state: dict[str, Any] = {}
        self.verdict: dict[str, Any] | None = None
        self._isRunning = False
        self._preview = FinetunePreview(ui, context)
        self._timer = qt.QTimer()
        self._timer.interval = INTERVAL_MS
        self._timer.timeout.connect(self.look)
        prepare(ui.finetuneVerdictTable, (BASE, TUNED))

    def follow(self, folder: Path | None, isRunning: bool) -> None:
        """Watches a run from now on, or none; one that does not run is read once."""
        from FluoroDenoiseLib.training import run_folder

        if folder != self.folder:
            self.folder, self.state, self.verdict = folder, {}, None
            if folder is not None:
                self._run = WatchedFile(folder / run_folder.RUN, run_folder.read_json)
                self._end = WatchedFile(folder / run_folder.VERDICT, run_folder.read_json)
        self._preview.follow(folder, isRunning)
        self._isRunning = isRunning
        if isRunning:
            self._timer.start()
        else:
            self._timer.stop()
        self.look()

    def look(self) -> None:
        """Shows what the worker has written since."""
        if self.folder is not None:
            self.state = self._run.news() or self.state
            self._preview.offer(self.state.get("rows", ()))
            self._takeVerdict(self._end.news())
        self._preview.look()
        self._showProgress()
        self._showWords()
        self.ui.finetuneVerdictTable.visible = self.verdict is not None

    def leaveScene(self) -> None:
        """The scene takes the plot and the frames with it; the run goes on."""
        self._preview.leaveScene()

    def cleanup(self) -> None:
        """No timer looks any more."""
        self._timer.stop()
        self._preview.cleanup()

    def _takeVerdict(self, verdict: dict[str, Any] | None) -> None:
        if verdict is not None:
            self.verdict = verdict
            keepFigures(self.folder.name, verdict)
            fill(self.ui.finetuneVerdictTable, rowsOf(verdict))
            self._ended()

    def _showProgress(self) -> None:
        bar, total = self.ui.finetuneProgressBar, self.state.get("seconds_in_all", 0)
        bar.visible = self.folder is not None and self.verdict is None
        bar.maximum = round(total)  # 0 is Qt's way to say "busy, no idea how long"
        bar.value = round(self.state.get("seconds_done", 0))

    def _showWords(self) -> None:
        text, level = self._words()
        label = self.ui.finetuneStateLabel
        label.text, label.styleSheet, label.visible = text, COLOURS[level], bool(text)
        label.toolTip = "\n".join(self.state.get("left_out", ()))

    def _words(self) -> tuple[str, str]:
        from FluoroDenoiseLib.training import run_folder

        if self.folder is None:
            return "", "info"
        if self.verdict is not None:
            return self.verdict["sentence"], "info"
        if self._isRunning:
            doing = DOING.get(self.state.get("state"), _("Starting"))
            return doing + self._timeLeft() + _(". You can go on denoising meanwhile."), "info"
        if run_folder.is_worked_on(self.folder):
            return _("Another program works on it. Wait until it is done, or pause it there."), "info"
        if self.state.get("error"):
            return self.state["error"], "error"
        return _("Paused") + self._timeLeft() + ".", "info"

    def _timeLeft(self) -> str:
        left = self.state.get("seconds_left")
        return _(", {time} left").format(time=inWords(left)) if left else ""
