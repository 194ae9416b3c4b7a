"""What the ablation has found so far, on disk after each row: one entry for each row, budget, seed and state of the code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from FluoroDenoiseLib.files import write_whole
from Testing.benchmark.task import Task

from .notes import read_note
from .place import Place
from .rows import Row
from .scoring import score
from .table import markdown
from .trained import Trained


class Results:
    """The results of a place and a side of the scored scenes; those of other budgets, seeds and code stay in the file.

    Args:
        place: folder, data and budget.
        side: of the scenes that are scored, pixels.
        every_row: in the table's order.
    """

    def __init__(self, place: Place, side: int, every_row: list[Row]) -> None:
        self.rows, self._place, self._side = every_row, place, side
        self._path = place.folder / "results.json"

    @property
    def _known(self) -> dict[str, dict[str, Any]]:
        """By key; read anew each time, since another run may have written meanwhile."""
        return read_note(self._path, "its rows are made anew")

    def has(self, row: Row) -> bool:
        """Whether a row is finished: with this budget, this seed and this code."""
        return self._key(row) in self._known

    def put(self, row: Row, trained: Trained, cines: list[Task]) -> None:
        """Scores a row and writes it down."""
        cost = {"macs": trained.macs, "parameters": trained.parameters, "steps": trained.steps}
        made = {"name": row.name, "label": row.label, **self._budget(), "seed": self._place.seed}
        entry = {**made, **cost, "figures": score(trained.denoise, cines)}
        self._place.folder.mkdir(parents=True, exist_ok=True)
        _write(self._path, json.dumps(self._known | {self._key(row): entry}, indent=1) + "\n")
        self.table()

    def table(self) -> str:
        """The rows of this budget and code so far, in the table's order, over all seeds; table.md holds the same."""
        table = markdown([seeds for row in self.rows if (seeds := self._seeds(row))])
        _write(self._path.with_name("table.md"), table)
        return table

    def _seeds(self, row: Row) -> list[dict[str, Any]]:
        wanted = {"name": row.name, **self._budget()}
        return [entry for entry in self._known.values() if wanted.items() <= entry.items()]

    def _budget(self) -> dict[str, Any]:
        """What rows of one table have in common."""
        place = self._place
        return {"minutes": place.minutes, "every": place.every, "side": self._side, "made_from": place.made_from}

    def _key(self, row: Row) -> str:
        parts = {"row": row.name, **self._budget(), "seed": self._place.seed}
        return ", ".join(f"{name} {value}" for name, value in parts.items())


def _write(path: Path, text: str) -> None:
    write_whole(path, lambda stream: stream.write(text.encode()), overwrite=True)
