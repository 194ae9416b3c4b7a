"""Chooses each peer's settings on scenes of the training CTs: `python -m Testing.benchmark.tune`.

Writes Testing/benchmark/tuned.json: for each dose and peer the settings of its grid with the best mean PSNR, all that the
benchmark reads. BM3D and BM4D are tuned likewise ("linear or stabilised, the better kept"), where their packages are.
"""

from __future__ import annotations

import argparse
import itertools
import json
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from FluoroDenoiseLib.quality.with_reference import psnr
from FluoroDenoiseLib.simulation import load_volume
from Testing.benchmark.measures import RIM
from Testing.benchmark.peers import PEERS, Peer
from Testing.benchmark.scenes import READ, build, expose, tuning_cases
from Testing.benchmark.task import Task
from Training.volumes import ROOT, training_volumes

TUNED = Path(__file__).with_name("tuned.json")
DOSES = (30.0, 12.0)
SIDE = 256
SEED = 77


def choices(peer: Peer) -> list[dict[str, Any]]:
    """Every combination of a peer's grid."""
    return [dict(zip(peer.grid, values, strict=True)) for values in itertools.product(*peer.grid.values())]


def best(peer: Peer, tasks: list[Task]) -> dict[str, Any]:
    """Settings with the highest mean PSNR over the tasks, and that PSNR."""
    scores = [float(np.mean([_score(peer, task, settings) for task in tasks])) for settings in choices(peer)]
    winner = int(np.argmax(scores))
    return {"settings": choices(peer)[winner], "psnr": round(scores[winner], 2)}


def _score(peer: Peer, task: Task, settings: dict[str, Any]) -> float:
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
    known[peer.name] = best(peer, tasks)
    TUNED.write_text(json.dumps(tuned, indent=1) + "\n")
    print(f"{dose:g} quanta  {peer.name:20s} {known[peer.name]}  {time.monotonic() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main()
