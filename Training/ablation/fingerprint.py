"""What a figure of the ablation hangs on besides its budget, as a hash: the code, the sequences, the CTs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from ..volumes import ROOT

LENGTH = 12  # letters of the hash
ROOMS = "models networks noise quality simulation suppression training/losses"
LOOP = "batches checkpoints drawn_noise example_files examples processes sequences step_one step_two student timed windows"
CODE = {
    "FluoroDenoiseLib": (
        "*.py",
        *(f"{room}/*.py" for room in ROOMS.split()),
        *(f"training/{name}.py" for name in LOOP.split()),
    ),
    "Training": ("ablation/*.py", "make_model.py", "make_sequences.py", "recipes.py", "report.py"),
    "Testing/benchmark": ("measures.py", "scenes.py", "task.py"),
}
"""All that prepares, trains, denoises and scores, by folder; not the fine-tuning of users, nor what reads or shows files."""


def fingerprint(sequences: Path, cts: list[Path]) -> str:
    """Of the code, all noisy sequences in a folder of sets, one repaired or replaced being another, and the CTs' names."""
    digest, noisy = hashlib.sha256(), sorted(sequences.rglob("[!.]*.npz"))
    for path in [*sources(), *noisy]:
        digest.update(path.read_bytes())
    names = [str(path.relative_to(sequences)) for path in noisy]
    digest.update("\n".join([*names, *(path.name for path in cts)]).encode())
    return digest.hexdigest()[:LENGTH]


def sources() -> Iterator[Path]:
    """The files of `CODE`, in a fixed order."""
    for folder, patterns in CODE.items():
        for pattern in patterns:
            yield from sorted((ROOT / folder).glob(pattern))
