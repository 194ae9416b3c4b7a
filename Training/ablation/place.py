"""Where the ablation works, and what all of its rows share: the noisy sequences, the time, the seed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from FluoroDenoiseLib.errors import UnreadableInput, UnsuitableCine
from FluoroDenoiseLib.files import write_whole
from FluoroDenoiseLib.noise import analyse
from FluoroDenoiseLib.training.example_files import missing
from FluoroDenoiseLib.training.examples import refuse_unusable
from FluoroDenoiseLib.training.sequences import NoisySequences
from FluoroDenoiseLib.training.timed import Schedule, TimedTraining

from .notes import read_note

SETS = ("train", "validation")


@dataclass(frozen=True)
class Place:
    """Folder, data and budget, the same for every row.

    Attributes:
        runs: folder that holds `sequences` and takes `ablation`.
        minutes: computing time that each network is trained for, waiting for other work of the machine not counted.
        every: each `every`-th training sequence is used, by all rows alike; without a divisor in common with the number of
            kinds of scenes, which take turns, or some kinds are never seen.
        seed: of weights, crops and recorruptions.
        rate: highest learning rate.
        made_from: hash of code and data (`fingerprint`): what other code prepared and trained, and which sequences were left
            out before one of them was replaced, lies in other folders.
    """

    runs: Path
    minutes: float
    every: int = 5
    seed: int = 0
    rate: float = 1e-3
    made_from: str = ""

    @property
    def folder(self) -> Path:
        """Of the results."""
        return self.runs / "ablation"

    @property
    def data(self) -> Path:
        """Folder of what is prepared from these sequences."""
        return self.folder / self.made_from / f"every-{self.every}-seed-{self.seed}"

    def row(self, name: str) -> Path:
        """Folder of a row's checkpoint and log: a training for another time is another training."""
        return self.data / f"{self.minutes:g}-minutes" / name

    def sequences(self, name: str) -> NoisySequences:
        """The noisy cines of "train" or "validation" that can be learnt from, the same ones for all rows."""
        return NoisySequences(self.runs / "sequences" / name, self.every, self._left_out(name))

    def _left_out(self, name: str) -> dict[str, str]:
        """Names and reasons of those that cannot be learnt from; looked for once, and told."""
        path = self.data / f"left-out-{name}.json"
        if not path.is_file():
            self.data.mkdir(parents=True, exist_ok=True)
            left_out = _unusable(NoisySequences(self.runs / "sequences" / name, self.every))
            for one, reason in left_out.items():
                print(f"Left out of {name}: {one}: {reason}", flush=True)
            write_whole(path, lambda file: file.write(json.dumps(left_out, indent=1).encode()), overwrite=True)
        return read_note(path, "the sequences are looked at anew")

    def schedule(self, batch: int, side: int) -> Schedule:
        """The same time and learning rate for all; batch and side as a network's cost allows."""
        return Schedule(self.minutes, batch, side, self.rate, seed=self.seed, computing=True)


def _unusable(sequences: NoisySequences) -> dict[str, str]:
    """Names of those that are damaged or that nothing can be learnt from, and why."""
    found = {}
    for k in range(len(sequences)):
        try:
            refuse_unusable(cine := sequences[k], analyse(cine))
        except (UnreadableInput, UnsuitableCine) as error:
            found[sequences.name(k)] = str(error)
    return found


def prepared(sequences: NoisySequences, folder: Path, make: Callable[[int], np.ndarray]) -> list[np.ndarray]:
    """What `make` makes of each sequence, by its index, as memory-mapped files NNNN.npy; those that exist are kept."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{sequences.name(k)}.npy" for k in range(len(sequences))]
    for k in missing(paths):
        write_whole(paths[k], partial(np.save, arr=make(k), allow_pickle=False))
    return [np.load(path, mmap_mode="r", allow_pickle=False) for path in paths]


def say(now: TimedTraining, figures: dict[str, float]) -> None:
    """One line of progress."""
    print("  " + "  ".join(f"{key} {value:.4g}" for key, value in figures.items()), flush=True)
