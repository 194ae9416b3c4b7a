"""Which fine-tuning the section is about: a new one, or one that was begun before, perhaps before Slicer was closed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from slicer.i18n import tr as _


class FinetuneChoice:
    """The selector of runs.

    Args:
        selector: a QComboBox.
        changed: called when the user has chosen.
    """

    def __init__(self, selector, changed: Callable[[], None]):
        self._selector = selector
        self._offered: dict[str, str] = {}
        selector.connect("activated(int)", lambda index: changed())

    @property
    def chosen(self) -> Path | None:
        """The folder of the run, None for a new one."""
        folder = self._selector.itemData(self._selector.currentIndex)
        return Path(folder) if folder else None

    def offer(self, chosen: Path | None) -> None:
        """Offers what lies on disk now, and shows which is chosen."""
        from FluoroDenoiseLib.training.run_folder import found_runs

        folders = {*found_runs(), *([chosen] if chosen else [])}  # one that has only just begun says nothing on disk yet
        offered = {"": _("a new one")} | {str(folder): inWords(folder) for folder in sorted(folders)}
        if offered != self._offered:
            self._offered = offered
            self._selector.clear()
            for folder, words in offered.items():
                self._selector.addItem(words, folder)
        self._selector.currentIndex = max(0, self._selector.findData(str(chosen or "")))


def inWords(folder: Path) -> str:
    """A run's name, and how it stands."""
    from FluoroDenoiseLib.training.run_folder import DONE, FAILED, RUN, read_json

    state = (read_json(folder / RUN) or {}).get("state")
    words = {DONE: _("finished"), FAILED: _("failed")}.get(state, _("begun"))
    return f"{folder.name} ({words})"
