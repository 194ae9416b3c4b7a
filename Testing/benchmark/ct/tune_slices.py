"""Chooses the settings of BM3D and BM4D on slices of the training CTs: `python -m Testing.benchmark.ct.tune_slices`.

Writes Testing/benchmark/ct/tuned.json: for each peer the settings with the best mean PSNR that a climb through its grid finds.
Takes an hour; what stands in the file already is kept, so remove what is to be tuned again.
"""

from __future__ import annotations

import argparse
import json
import time
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from FluoroDenoiseLib.quality.with_reference import psnr
from Testing.benchmark.measures import RIM
from Testing.benchmark.rows import write_text
from Testing.benchmark.tune import climb
from Training.volumes import ROOT, training_volumes

from .cases import PLACES, SliceTask, quarter_dose, references, scan
from .slice_methods import GRIDS, PEERS, TUNED, Method

SEED = 77
START = {"profile": "np", "strength": 1.0}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ct", type=Path, default=ROOT / "runs" / "ct", help="folder of the fetched training CT")
    options = parser.parse_args()
    stacks = [references(path)[PLACES[0]] for path in training_volumes(options.ct)]  # one of each CT: a stack takes minutes
    tasks = [scan(reference, spacing, quarter_dose(reference, spacing), SEED) for reference, spacing in stacks]
    tuned: dict[str, Any] = json.loads(TUNED.read_text()) if TUNED.is_file() else {}
    for name, peer in PEERS.items():
        if name in tuned:
            continue
        began = time.monotonic()
        settings, score = climb(GRIDS[peer.func.__name__], partial(_mean_score, peer, tasks), [START])
        tuned[name] = {"settings": settings, "psnr": round(score, 2)}
        print(f"{name:20s} {tuned[name]}  {time.monotonic() - began:.0f} s", flush=True)
        write_text(TUNED, json.dumps(tuned, indent=1) + "\n")


def _mean_score(peer: Method, tasks: list[SliceTask], settings: dict[str, Any]) -> float:
    return float(np.mean([_score(peer(task, **settings), task.truth) for task in tasks]))


def _score(image: np.ndarray, truth: np.ndarray) -> float:
    inner = (slice(RIM, -RIM),) * 2
    return psnr(image[inner].astype(np.float64), truth[inner].astype(np.float64))


if __name__ == "__main__":
    main()
