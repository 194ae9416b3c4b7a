"""Simulated CT slices for training: two noisy parts of one scan; and a few for validation, with clean slices, for reporting.

    python -m Training.make_slices [--train 192] [--validation 4] [--ct CT.nii.gz ...]

Writes runs/slices/train/NNNN.npz (frames, others, spacing) and runs/slices/validation/NNNN.npz (also clean). Nothing in train/
tells the noise-free slices. Stacks that exist are kept, so an interrupted run goes on.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from FluoroDenoiseLib.errors import UnsuitableCine
from FluoroDenoiseLib.files import check_writable
from FluoroDenoiseLib.simulation import Scan, quiet_reference, settle, simulate_ct, simulate_thinned
from FluoroDenoiseLib.simulation.anatomy import read_hounsfield

from .make_sequences import be_modest, make_missing
from .options import number
from .plainly import plainly
from .volumes import ROOT, volumes_to_learn_from

SLICES = 8  # of a stack
FIRST_SEED = {"train": 0, "validation": 1_000_000}
THINNEST = 2.0  # millimetres; thinner slices of a CT are averaged, since each has too much noise of its own
THICKER = (1, 2)  # of these slices are averaged into one
SHOWN = (6e3, 2e5)  # quanta per ray behind nothing, of the part that is shown
SHARE = (0.2, 0.5)  # of the dose that is shown; the more is left for the target, the less noise it has
SIDES = (224, 384)  # pixels
MARKS = 24  # discs that stand for lesions, for each stack

Stack = tuple[np.ndarray, tuple[float, float, float]]
"""[Z, Y, X] Hounsfield units, millimetres between voxels."""


def main(arguments: list[str] | None = None) -> None:
    """Makes what is missing of both sets."""
    options = _parser().parse_args(arguments)
    be_modest()
    check_writable(options.out)
    stacks = [_settled(path) for path in volumes_to_learn_from(options.ct, ROOT / "runs" / "ct")]
    for name, count, contents in (("train", options.train, noisy_pair), ("validation", options.validation, with_truth)):
        make_missing(options.out / name, count, lambda k, first=FIRST_SEED[name], make=contents: make(stacks, first + k))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Make simulated CT slices for training and validation.")
    parser.add_argument("--train", type=number, default=192, help="training stacks (192)")
    parser.add_argument("--validation", type=number, default=4, help="validation stacks (4)")
    parser.add_argument("--out", type=Path, default=ROOT / "runs" / "slices", help="folder (runs/slices)")
    parser.add_argument("--ct", type=Path, nargs="*", help="CT volumes instead of the standard ones")
    return parser


def _settled(path: Path) -> Stack:
    thickness = read_hounsfield(path).GetSpacing()[2]
    reference, spacing = quiet_reference(path, 2, int(np.ceil(THINNEST / thickness)))
    if len(reference) < SLICES * max(THICKER):
        raise UnsuitableCine(
            f"Found {len(reference)} slices of {spacing[0]:g} mm in {path.name}; expected {SLICES * max(THICKER)} or more. "
            "Give a CT that reaches farther."
        )
    return settle(reference), spacing


def noisy_pair(stacks: list[Stack], seed: int) -> dict[str, Any]:
    """One stack's noisy parts, all of it from the seed."""
    rng = np.random.default_rng(seed)
    slices, spacing = random_patient(stacks, rng)
    scan, share = random_scan(rng)
    shown, other = simulate_thinned(slices, spacing, scan, share, seed)
    return {"frames": shown.frames, "others": other.frames, "spacing": spacing}


def with_truth(stacks: list[Stack], seed: int) -> dict[str, Any]:
    """The same with the noise-free slices."""
    rng = np.random.default_rng(seed)
    slices, spacing = random_patient(stacks, rng)
    clean = simulate_ct(slices, spacing, random_scan(rng)[0], seed).clean.frames
    return noisy_pair(stacks, seed) | {"clean": clean}


def random_scan(rng: np.random.Generator) -> tuple[Scan, float]:
    """Dose, read-out noise and kernel of a scan, and the share of it that is shown."""
    shown, share = np.exp(rng.uniform(*np.log(SHOWN))), rng.uniform(*SHARE)
    return Scan(shown / share, rng.uniform(2, 15), int(rng.choice((360, 480))), rng.uniform(0.5, 1.0)), share


def random_patient(stacks: list[Stack], rng: np.random.Generator) -> Stack:
    """Some slices of a CT, turned, enlarged and with lesions that it never had."""
    volume, spacing = stacks[rng.integers(len(stacks))]
    together = int(rng.choice(THICKER))
    first = rng.integers(len(volume) - SLICES * together + 1)
    side, turn = int(rng.integers(SIDES[0] // 8, SIDES[1] // 8 + 1)) * 8, rng.uniform(0, 360)
    averaged = volume[first : first + SLICES * together].reshape(SLICES, together, *volume.shape[1:]).mean(1)
    slices = [_placed(slice_, side, turn) for slice_ in averaged]
    pixel = spacing[2] * max(volume.shape[1:]) / side
    return add_lesions(np.stack(slices), rng), (together * spacing[0], pixel, pixel)


def _placed(slice_: np.ndarray, side: int, turn: float) -> np.ndarray:
    """A slice turned about its middle on a square of side x side pixels, air around it."""
    rows, columns = slice_.shape
    matrix = cv2.getRotationMatrix2D(((columns - 1) / 2, (rows - 1) / 2), turn, side / max(rows, columns))
    matrix[:, 2] += np.array([side - columns, side - rows]) / 2
    return cv2.warpAffine(slice_, matrix, (side, side), flags=cv2.INTER_CUBIC, borderValue=-1000.0)


def add_lesions(slices: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Discs of 1 to 12 pixels radius and 5 to 80 HU, brighter or darker, over a few slices, wherever there is tissue."""
    slices = slices.copy()
    rows, columns = np.indices(slices.shape[1:], np.float32)
    for _ in range(MARKS):
        z, (y, x) = rng.integers(len(slices)), rng.uniform(0, slices.shape[1], 2)
        radius, height = np.exp(rng.uniform(np.log((1, 5)), np.log((12, 80))))
        disc = rng.choice((-1, 1)) * height * np.clip(radius + 0.5 - np.hypot(rows - y, columns - x), 0, 1)
        extent = slice(max(0, z - rng.integers(3)), z + 1 + rng.integers(3))
        slices[extent] += np.where(slices[extent] > -300, disc, 0)
    return slices


if __name__ == "__main__":
    with plainly():
        main()
