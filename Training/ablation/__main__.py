"""Trains and scores what the method is made of, each row for the same time: `python -m Training.ablation [--rows ours ...]`.

Reads runs/sequences (python -m Training.make_sequences); writes runs/ablation/results.json and table.md. Stop it at any
moment: a row goes on from its checkpoint (a minute old at most). Rows of another budget, seed, size of scenes, code, set of
sequences or of CTs are made anew, in folders of their own; the former ones stay in the file. The table shows one budget of the
present code: with several seeds, means and their intervals.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from ..options import count, minutes, number, side
from ..plainly import plainly
from ..volumes import ROOT, volumes_to_learn_from
from .clean import refuse_others
from .fingerprint import fingerprint
from .place import SETS, Place
from .results import Results
from .rows import Row, rows
from .scoring import tasks


def main(arguments: list[str] | None = None) -> None:
    """Every chosen row that is not finished: train, score, write down."""
    options = _parser().parse_args(arguments)
    cts = volumes_to_learn_from(options.ct, options.runs / "ct")
    made_from = fingerprint(options.runs / "sequences", cts)
    place = Place(options.runs, options.minutes, options.every, options.seed, made_from=made_from)
    results = Results(place, options.side, rows(cts))
    missing = [row for row in results.rows if row.name in (options.rows or [row.name]) and not results.has(row)]
    _refuse_early(place, cts, missing)
    cines = tasks(cts, options.side) if missing else []
    for k, row in enumerate(missing, 1):
        print(f"{k} of {len(missing)}: {row.label} ({options.minutes:g} min)", flush=True)
        results.put(row, row.train(place), cines)
    print(results.table())


def _refuse_early(place: Place, cts: list[Path], missing: list[Row]) -> None:
    """What the rows would tell after hours: that there are no sequences, or that these cannot be made again."""
    for part in SETS if missing else ():
        place.sequences(part)
    if any(row.against_clean and not place.row(row.against_clean).exists() for row in missing):
        refuse_others(place, cts)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m Training.ablation",
        description="Train and score what the method is made of, each row for the same time.",
    )
    parser.add_argument("--minutes", type=minutes, default=20, help="computing time that each network is trained for (20)")
    parser.add_argument("--rows", nargs="*", choices=[row.name for row in rows([])], help="rows to make (all)")
    parser.add_argument("--every", type=count, default=Place.every, help="each EVERY-th training sequence is used (5)")
    parser.add_argument("--seed", type=number, default=0, help="of weights, crops, recorruptions; each has rows of its own (0)")
    parser.add_argument("--side", type=side, default=256, help="pixels, side of the scenes that are scored (256)")
    parser.add_argument("--ct", type=Path, nargs="*", help="CTs of the training sequences instead of the standard ones")
    parser.add_argument("--runs", type=Path, default=ROOT / "runs", help="folder of sequences, checkpoints and results (runs)")
    return parser


if __name__ == "__main__":
    with plainly():
        main()
