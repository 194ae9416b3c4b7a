"""Trains and scores what the method is made of, each row for the same time: `python -m Training.ablation [--rows ours ...]`.

Reads runs/sequences (python -m Training.make_sequences); writes runs/ablation/results.json and table.md. Stop it at any
moment: a row goes on from its checkpoint (a minute old at most), finished rows are kept until another budget is asked for.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from FluoroDenoiseLib.files import write_whole
from Testing.benchmark.task import Task

from ..plainly import plainly
from ..volumes import ROOT, training_volumes
from .place import Place
from .rows import Row, rows
from .scoring import score, tasks
from .table import markdown
from .trained import Trained


def main(arguments: list[str] | None = None) -> None:
    """Every chosen row that is not finished: train, score, write down."""
    options = _parser().parse_args(arguments)
    cts = options.ct or training_volumes(options.runs / "ct")
    place = Place(options.runs, options.minutes, options.every, options.seed)
    results = Results(place, rows(cts))
    missing = [row for row in results.rows if row.name in (options.rows or [row.name]) and not results.has(row)]
    cines = tasks(cts, options.side) if missing else []
    for row in missing:
        print(f"{row.label} ({options.minutes:g} min)", flush=True)
        results.put(row, row.train(place), cines)
    print(results.table())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m Training.ablation",
        description="Train and score what the method is made of, each row for the same time.",
    )
    parser.add_argument("--minutes", type=float, default=20, help="computing time that each network is trained for (20)")
    parser.add_argument("--rows", nargs="*", choices=[row.name for row in rows([])], help="rows to make (all)")
    parser.add_argument("--every", type=int, default=Place.every, help="each EVERY-th training sequence is used (5)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--side", type=int, default=256, help="pixels, side of the scenes that are scored (256)")
    parser.add_argument("--ct", type=Path, nargs="*", help="CTs of the training sequences instead of the standard ones")
    parser.add_argument("--runs", type=Path, default=ROOT / "runs", help="folder of sequences, checkpoints and results (runs)")
    return parser


class Results:
    """What is known so far, on disk after each row."""

    def __init__(self, place: Place, every_row: list[Row]) -> None:
        self.rows, self._place = every_row, place
        self._path = place.folder / "results.json"
        self._known: dict[str, Any] = json.loads(self._path.read_text()) if self._path.is_file() else {}

    def has(self, row: Row) -> bool:
        """Whether a row is finished with this budget."""
        return row.name in self._known and self._budget().items() <= self._known[row.name].items()

    def put(self, row: Row, trained: Trained, cines: list[Task]) -> None:
        """Scores a row and writes it down."""
        cost = {"macs": trained.macs, "parameters": trained.parameters, "steps": trained.steps}
        self._known[row.name] = {"label": row.label, **self._budget(), **cost, "figures": score(trained.denoise, cines)}
        self._place.folder.mkdir(parents=True, exist_ok=True)
        _write(self._path, json.dumps(self._known, indent=1) + "\n")
        _write(self._path.with_name("table.md"), self.table())

    def table(self) -> str:
        """The rows so far, in the table's order."""
        return markdown([self._known[row.name] for row in self.rows if row.name in self._known])

    def _budget(self) -> dict[str, float]:
        return {"minutes": self._place.minutes, "every": self._place.every, "seed": self._place.seed}


def _write(path: Path, text: str) -> None:
    write_whole(path, lambda stream: stream.write(text.encode()), overwrite=True)


if __name__ == "__main__":
    with plainly():
        main()
