"""Simulated sequences for training: noisy frames alone; and a few for validation, with their noise-free frames, for reporting.

    python -m Training.make_sequences [--train 540] [--validation 16] [--ct CT.nii.gz ...]

Writes runs/sequences/train/NNNN.npz (frames, frame_time, intensity) and runs/sequences/validation/NNNN.npz (also clean).
Nothing in train/ tells the noise-free image. Sequences that exist are kept, so an interrupted run goes on.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from FluoroDenoiseLib.files import check_writable, write_whole
from FluoroDenoiseLib.simulation import (
    FILLING,
    KINDS,
    Scene,
    Settings,
    Simulated,
    Volume,
    load_volume,
    random_scene,
    random_settings,
    simulate,
)

from .options import number
from .plainly import plainly
from .volumes import ROOT, volumes_to_learn_from

SHAPE, FRAMES = (256, 256), 24
# Seeds of the two sets are apart for ever: views, settings and noise all follow from them.
FIRST_SEED = {"train": 0, "validation": 1_000_000}
CUT_SHARE = 0.1
# The first training sequences have the doses met at run time; the others more. Training adds noise to what it shows the network
# (FluoroDenoiseLib/training/examples.py), up to that of a tenth of the dose: without them it would never see a good exposure,
# and real cines in record mode, which have the noise of some 400 quanta per pixel, would lose the sharpness of their edges.
FIRST_OF_HIGH_DOSE = 220
LOW_DOSE, HIGH_DOSE = (5.0, 200.0), (50.0, 5000.0)  # quanta per pixel
# A network that has seen too few slow boluses takes a tenth of a vessel of 10 pixels and 30% away.
FIRST_OF_FILLING, FILLING_DOSE = 420, (10.0, 1000.0)


def main(arguments: list[str] | None = None) -> None:
    """Makes what is missing of both sets."""
    options = _parser().parse_args(arguments)
    be_modest()
    check_writable(options.out)
    volumes = [load_volume(path) for path in volumes_to_learn_from(options.ct, options.out.parent / "ct")]
    for name, count in (("train", options.train), ("validation", options.validation)):
        make_set(volumes, options.out / name, name, count)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Make simulated sequences for training and validation.")
    parser.add_argument("--train", type=number, default=540, help="training sequences (540)")
    parser.add_argument("--validation", type=number, default=16, help="validation sequences (16)")
    parser.add_argument("--out", type=Path, default=ROOT / "runs" / "sequences", help="folder (runs/sequences)")
    parser.add_argument("--ct", type=Path, nargs="*", help="CT volumes instead of the standard ones")
    return parser


def be_modest() -> None:
    """One thread: the machine has other work."""
    import cv2
    import torch

    torch.set_num_threads(1)
    cv2.setNumThreads(1)


def make_set(volumes: list[Volume], folder: Path, name: str, count: int) -> None:
    """Writes sequences 0..count-1 of a set, as far as they are missing."""

    def make(index: int) -> dict[str, Any]:
        made, _ = sequence_of(volumes, name, index)
        return _noisy_only(made) if name == "train" else _with_truth(made)

    make_missing(folder, count, make)


def make_missing(folder: Path, count: int, make: Callable[[int], dict[str, Any]]) -> None:
    """Writes NNNN.npz with the arrays that `make` gives for 0..count-1, whole or not at all; says how long the rest will take.

    Raises:
        OutputNotWritable: the disk refused one.
    """
    check_writable(folder)
    missing = [k for k in range(count) if not (folder / f"{k:04d}.npz").exists()]
    if count and not missing:
        print(f"All {count} exist in {folder}; delete them to make others.", flush=True)
    began = time.monotonic()
    for done, index in enumerate(missing, 1):
        arrays = make(index)
        write_whole(folder / f"{index:04d}.npz", lambda file, arrays=arrays: np.savez(file, **arrays))
        print(f"{folder.name} {index:04d}  {done}/{len(missing)}  {time_left(began, done, len(missing))}", flush=True)


def time_left(began: float, done: int, count: int) -> str:
    """How long the rest of `count` alike will take; `began` by time.monotonic()."""
    return f"{(time.monotonic() - began) / done * (count - done) / 60:.1f} min left"


def sequence_of(volumes: list[Volume], name: str, index: int) -> tuple[Simulated, str]:
    """Sequence `index` of the set "train" or "validation", always the same, and its kind."""
    seed = FIRST_SEED[name] + index
    if name == "train" and index >= FIRST_OF_FILLING:
        return make_sequence(volumes, seed, FILLING_DOSE, FILLING)
    return make_sequence(volumes, seed, HIGH_DOSE if name == "train" and index >= FIRST_OF_HIGH_DOSE else LOW_DOSE)


def make_sequence(
    volumes: list[Volume], seed: int, dose: tuple[float, float], kind: str | None = None
) -> tuple[Simulated, str]:
    """One sequence, all of it from the seed and the range of quanta per pixel, and its kind (by the seed, unless given)."""
    scene, settings, kind = scene_of(volumes, seed, dose, kind)
    return simulate(scene, settings, seed), kind


def scene_of(
    volumes: list[Volume], seed: int, dose: tuple[float, float], kind: str | None = None
) -> tuple[Scene, Settings, str]:
    """What a sequence is an exposure of, and by which system; its kind."""
    rng = np.random.default_rng(seed)
    kind = kind or KINDS[seed % len(KINDS)]
    scene = random_scene(rng, volumes, kind, SHAPE, FRAMES, cut=rng.random() < CUT_SHARE)
    return scene, random_settings(rng, SHAPE, FRAMES, dose), kind


def _noisy_only(made: Simulated) -> dict[str, Any]:
    return {name: getattr(made.noisy, name) for name in ("frames", "frame_time", "intensity")}


def _with_truth(made: Simulated) -> dict[str, Any]:
    return _noisy_only(made) | {"clean": made.clean.frames}


if __name__ == "__main__":
    with plainly():
        main()
