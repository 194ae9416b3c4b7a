"""Where a denoised file came from: a small JSON file beside it, without anything about the patient.

It names files, never their folders, and holds no UIDs: hashes tell whether a file is the one meant.
"""

from __future__ import annotations

import hashlib
import json
import platform
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timezone
from importlib import import_module
from pathlib import Path
from typing import Any

from .cine import Cine
from .errors import OutputNotWritable
from .files import write_whole

FORMAT = 1
LIBRARIES = {"numpy": "numpy", "torch": "torch", "opencv": "cv2", "pydicom": "pydicom"}
PARAMETERS = ("mode", "strength", "region", "device")


def describe_origin(result: Cine, outputs: Sequence[Path]) -> dict[str, Any]:
    """Everything needed to tell how a denoised cine was made, and to make it again; JSON-ready.

    Args:
        result: the denoised cine; its `sources` and `record` are used.
        outputs: the files it was written to.
    """
    return {
        "format": FORMAT,
        "date": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "purpose": "research use only",
        "software": result.record.get("software"),
        "inputs": [name_and_hash(path) for path in result.sources],
        "outputs": [name_and_hash(path) for path in outputs],
        "model": {"name": result.record.get("model"), "sha256": result.record.get("model_sha256")},
        "parameters": {name: result.record[name] for name in PARAMETERS if name in result.record},
        "cine": {
            "frames": len(result),
            "rows": result.shape[1],
            "columns": result.shape[2],
            "type": result.frames.dtype.name,
            "intensity": result.intensity,
            "traits": sorted(result.traits),
        },
        "noise": result.record.get("noise"),
        "versions": versions(),
    }


def write_origin(origin: dict[str, Any], path: Path, overwrite: bool = False) -> None:
    """Writes such a description, whole or not at all.

    Raises:
        OutputNotWritable: the file exists and may not be overwritten, or the disk refused it.
    """
    text = json.dumps(origin, indent=2, default=lambda number: number.item()) + "\n"
    write_whole(path, lambda stream: stream.write(text.encode()), overwrite)


def write_with_origin(result: Cine, target: Path, original: Cine, overwrite: bool = False) -> list[Path]:
    """Writes a denoised cine as `dicom.write_result` does, and the description of its origin beside it; both or neither.

    Raises:
        OutputNotWritable, SourceMismatch: as `dicom.write_result`.
    """
    from .dicom import write_result

    new = not target.exists()
    with _former_file(target, overwrite) as former:
        outputs = write_result(result, target, original, overwrite)
        try:
            write_origin(describe_origin(result, outputs), origin_path(target), overwrite)
        except BaseException:
            if former is not None:
                former.replace(target)  # over what was written: nothing has to be removed for it
            else:
                for path in outputs:
                    path.unlink()
                if new and target.is_dir():
                    target.rmdir()
            raise
    return outputs


@contextmanager
def _former_file(target: Path, overwrite: bool) -> Iterator[Path | None]:
    """A second, hidden name of the file that a result replaces, as long as it may have to come back."""
    if not (overwrite and target.is_file()):
        yield None
        return
    former = target.with_name(f".former-{secrets.token_hex(6)}-{target.name}")
    try:
        _give_name(target, former)
        yield former
    finally:
        with suppress(OSError):  # Windows keeps a file that somebody has open, under each of its names
            former.unlink(missing_ok=True)


def _give_name(path: Path, other: Path) -> None:
    """A second name where the disk knows such, else a copy."""
    try:
        other.hardlink_to(path)
    except OSError:
        try:
            shutil.copy2(path, other)
        except OSError as error:
            raise OutputNotWritable(f"{path.name} cannot be replaced ({error.strerror}). Choose another name.") from error


def origin_path(output: Path) -> Path:
    """Where the description of an output (a file, or a folder of slices) stands: beside it."""
    return output.with_name(f"{output.name}.provenance.json")


def is_output(path: Path) -> bool:
    """Whether a file is one that FluoroDenoise wrote, unchanged since: the description beside it knows its hash."""
    try:
        written = json.loads(origin_path(path).read_text(encoding="utf-8"))["outputs"]
        return name_and_hash(path)["sha256"] in {one["sha256"] for one in written}
    except (OSError, ValueError, KeyError, TypeError):
        return False


def name_and_hash(path: Path) -> dict[str, str]:
    """A file's name without its folder, and its SHA-256."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return {"file": path.name, "sha256": digest.hexdigest()}


def versions() -> dict[str, str]:
    """Versions of Python and of the libraries that the pixels went through."""
    return {
        "python": platform.python_version(),
        **{name: import_module(module).__version__ for name, module in LIBRARIES.items()},
    }
