"""Chooses each peer's settings on scenes of the training CTs: `python -m Testing.benchmark.tune`.

Writes Testing/benchmark/tuned.json: for each dose and peer the settings with the best mean PSNR that a climb through its grid
finds, all that the benchmark reads. BM3D and BM4D are tuned likewise ("linear or stabilised, the better kept"), where their
packages are. A test watches that no best setting lies at the edge of its grid. What stands in the file already is kept, so
remove what is to be tuned again.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from FluoroDenoiseLib.quality.with_reference import psnr
from FluoroDenoiseLib.simulation import load_volume
from Testing.benchmark.measures import RIM
from Testing.benchmark.peers import PEERS, Peer
from Testing.benchmark.rows import write_text
from Testing.benchmark.scenes import READ, build, expose, tuning_cases
from Testing.benchmark.task import Task
from Training.volumes import ROOT, training_volumes

TUNED = Path(__file__).with_name("tuned.json")
DOSES = (30.0, 12.0)
SIDE = 192
SEED = 77


Settings = dict[str, Any]


def climb(
    grid: Mapping[str, tuple[Any, ...]], score: Callable[[Settings], float], starts: Sequence[Settings] = ()
) -> tuple[Settings, float]:
    """Settings from which no change of a single one along its axis leads to a higher score, and that score.

    Numbers move to their neighbours, of names all are tried. The best of the climbs from all starts; without any, from the
    middle and from both quarters of the numbers, and the first of names.
    """
    known: dict[tuple[Any, ...], float] = {}

    def of(settings: Settings) -> float:
        key = tuple(settings.values())
        known[key] = known[key] if key in known else score(settings)
        return known[key]

    tops = [_top(grid, of, start) for start in starts or [_start(grid, quarter) for quarter in (2, 1, 3)]]
    best = max(tops, key=of)
    return best, of(best)


def _start(grid: Mapping[str, tuple[Any, ...]], quarter: int) -> Settings:
    return {name: values[0 if isinstance(values[0], str) else quarter * len(values) // 4] for name, values in grid.items()}


def _top(grid: Mapping[str, tuple[Any, ...]], of: Callable[[Settings], float], at: Settings) -> Settings:
    """Where a climb from some settings ends."""
    settled = False
    while not settled:
        before = at
        for name, values in grid.items():
            at = _along(at, name, values, of)
        settled = at == before
    return at


def _along(at: Settings, name: str, values: tuple[Any, ...], of: Callable[[Settings], float]) -> Settings:
    """The best settings that are reached by changing one of them."""
    if isinstance(values[0], str):
        return max((at | {name: value} for value in values), key=of)
    for step in (1, -1):
        while (near := _next(at, name, values, step)) is not None and of(near) > of(at):
            at = near
    return at


def _next(settings: Settings, name: str, values: tuple[Any, ...], step: int) -> Settings | None:
    """The same with a setting's neighbour in its grid, None at its end."""
    k = values.index(settings[name]) + step
    return settings | {name: values[k]} if 0 <= k < len(values) else None


def best(peer: Peer, tasks: list[Task], elsewhere: list[Settings]) -> Settings:
    """Settings with the highest mean PSNR over the tasks, and that PSNR; slow peers start from what is best at another dose."""
    starts = (elsewhere or [_start(peer.grid, 2)])[:1] if peer.needs else ()
    settings, score = climb(peer.grid, partial(_mean_score, peer, tasks), starts)
    return {"settings": settings, "psnr": round(score, 2)}


def _mean_score(peer: Peer, tasks: list[Task], settings: Settings) -> float:
    return float(np.mean([_score(peer, task, settings) for task in tasks]))


def _score(peer: Peer, task: Task, settings: Settings) -> float:
    inner = (slice(RIM, -RIM),) * 2
    result = task.signal(peer.run(task, READ, **settings))
    return psnr(result[inner], task.signal(task.made.clean.frames[READ])[inner])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ct", type=Path, default=ROOT / "runs" / "ct", help="folder of the fetched training CT")
    options = parser.parse_args()
    tuned = json.loads(TUNED.read_text()) if TUNED.is_file() else {}
    cases = tuning_cases(training_volumes(options.ct))
    volumes = {ct: load_volume(ct) for ct in {case.ct for case in cases}}
    scenes = [build(volumes[case.ct], case, SIDE) for case in cases]
    for dose in DOSES:
        tasks = [Task(expose(scene, dose, SEED + k)) for k, scene in enumerate(scenes)]
        for peer in PEERS:
            _tune(tuned, dose, peer, tasks)


def _tune(tuned: dict[str, Any], dose: float, peer: Peer, tasks: list[Task]) -> None:
    """Tunes one peer unless the file has it already, and writes the file at once."""
    known = tuned.setdefault(f"{dose:g}", {})
    if not peer.grid or peer.name in known or (peer.needs and find_spec(peer.needs) is None):
        return
    began = time.monotonic()
    elsewhere = [entries[peer.name]["settings"] for entries in tuned.values() if peer.name in entries]
    known[peer.name] = best(peer, tasks, elsewhere)
    write_text(TUNED, json.dumps(tuned, indent=1) + "\n")
    print(f"{dose:g} quanta  {peer.name:20s} {known[peer.name]}  {time.monotonic() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main()
