"""The data table of a fine-tuning: which cines it learns from, and why others cannot teach."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import qt
from slicer.i18n import tr as _

from .finetune_sources import Source

CINE, FRAMES, NOISE, USABLE = range(4)
NAME_WIDTH = 120
"""Pixels; the user can drag it. The reason why a cine cannot teach takes what is left."""
USED = {"noise": None, "usable": True}
"""Of a cine that a run was begun with: its folder says no more."""


@dataclass(frozen=True)
class Entry:
    """A line of the table: one cine, and what the survey found.

    Attributes:
        facts: a row of `FluoroDenoiseLib.jobs.survey_job`; None while the worker looks at it.
    """

    source: Source
    facts: dict[str, Any] | None = None

    @property
    def usable(self) -> bool:
        """Can it teach?"""
        return bool(self.facts and self.facts["usable"])


class FinetuneData:
    """The lines, and the table widget that shows them."""

    def __init__(self, table):
        self.entries: list[Entry] = []
        self._table = table
        self._ofRun: list[Entry] | None = None
        table.setHorizontalHeaderLabels([_("Cine"), _("Frames"), _("Noise"), _("Usable")])
        header = table.horizontalHeader()
        header.setSectionResizeMode(qt.QHeaderView.ResizeToContents)
        header.setSectionResizeMode(CINE, qt.QHeaderView.Interactive)
        header.resizeSection(CINE, NAME_WIDTH)
        header.setSectionResizeMode(USABLE, qt.QHeaderView.Stretch)
        table.verticalHeader().visible = False

    @property
    def usable(self) -> list[Entry]:
        """Those that can teach."""
        return [entry for entry in self.entries if entry.usable]

    def expect(self, sources: Sequence[Source]) -> list[Source]:
        """Takes in sources that the worker will look at; returns those that are new."""
        known = {entry.source for entry in self.entries}
        new = [source for source in dict.fromkeys(sources) if source not in known]
        self._set([*self.entries, *(Entry(source) for source in new)])
        return new

    def take(self, sources: Sequence[Source], rows: Sequence[dict[str, Any]]) -> None:
        """Puts what the worker found in place of what was expected: for a folder, a line for each of its cines."""
        found = [Entry(self._sourceOf(sources[row["source"]], row), row) for row in rows]
        kept = [entry for entry in self.entries if entry.facts is not None]
        known = {entry.source for entry in kept}
        self._set([*kept, *(entry for entry in found if entry.source not in known)])

    def forgetExpected(self) -> None:
        """The worker will not look: the survey was given up, or failed."""
        self._set([entry for entry in self.entries if entry.facts is not None])

    def forgetVanished(self) -> None:
        """Takes away the nodes that have left the scene."""
        if not all(entry.source.isPresent for entry in self.entries):
            self._set([entry for entry in self.entries if entry.source.isPresent])

    def removeSelected(self) -> None:
        """Takes the selected lines away, or all where none is selected."""
        chosen = {index.row() for index in self._table.selectionModel().selectedRows()}
        self._set([entry for row, entry in enumerate(self.entries) if chosen and row not in chosen])

    def showRun(self, rows: Sequence[dict[str, Any]] | None) -> None:
        """Shows the cines of a run that was begun, in place of the list; None: the list again."""
        self._show(None if rows is None else [Entry(Source(row["label"]), USED | row) for row in rows])

    def showUsed(self) -> None:
        """Shows those that a run begins with, numbered as the run will call them."""
        self._show(self.usable)

    def _show(self, ofRun: list[Entry] | None) -> None:
        self._ofRun = ofRun
        self._table.verticalHeader().visible = ofRun is not None
        self._draw()

    @staticmethod
    def _sourceOf(source: Source, row: dict[str, Any]) -> Source:
        return source if source.node is not None else Source(row["label"], tuple(row.get("files", source.files)))

    def _set(self, entries: list[Entry]) -> None:
        self.entries = entries
        self._draw()

    def _draw(self) -> None:
        shown = self.entries if self._ofRun is None else self._ofRun
        self._table.rowCount = len(shown)
        for row, entry in enumerate(shown):
            for column, text in enumerate(textsOf(entry)):
                item = qt.QTableWidgetItem(text)
                item.setToolTip(text)
                self._table.setItem(row, column, item)
        self._table.resizeRowsToContents()


def textsOf(entry: Entry) -> tuple[str, str, str, str]:
    """The four cells of a line."""
    facts = entry.facts
    if facts is None:
        return entry.source.name, "", "", _("looking...")
    name = entry.source.name if entry.source.node is not None else facts["label"]
    noise = "" if facts["noise"] is None else f"{facts['noise']:.3g}"
    return name, str(facts["frames"] or ""), noise, _("yes") if facts["usable"] else facts["why_not"]
