"""The save job: derived DICOM written by the worker, which can read and write DICOM without holding up a window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..cine import Cine
from .kinds import Task
from .shared_arrays import attach

if TYPE_CHECKING:
    from .job import Job
    from .runner import Runner


def submit(runner: Runner, frames: np.ndarray, original: np.ndarray, sources: Sequence[Path], record: dict, path: Path) -> Job:
    """Has denoised frames written as derived DICOM; the job's result is the list of files written.

    Args:
        frames: denoised, [T, H, W], as a node holds them: stored values, or real-world ones where those differ.
        original: the frames before, in the same values: the sources must still hold them.
        sources: the DICOM files that the frames came from.
        record: `Cine.record`, how the frames were made.
        path: a new file; for a series of single-frame files, a new or empty folder. A record of its origin goes beside it.
    """
    arguments = {"sources": [str(file) for file in sources], "record": record, "path": str(path)}
    arrays = {"frames": frames, "original": original}
    return runner.run("save", arguments, arrays, {}, lambda result, outputs: [Path(file) for file in result["files"]])


def run(arguments: dict[str, Any], folder: Path, task: Task) -> dict[str, Any]:
    """In the worker."""
    from ..dicom.assemble import assemble
    from ..dicom.elements import quiet
    from ..dicom.stack import Stack
    from ..provenance import write_with_origin

    frames, original = attach(folder, "frames"), attach(folder, "original")
    task.started()
    with quiet():
        source = assemble(Stack.open([Path(file) for file in arguments["sources"]]))
    result = _in_stored_values(source, original, frames, arguments["record"])
    return {"files": [str(file) for file in write_with_origin(result, Path(arguments["path"]), source)]}


def _in_stored_values(source: Cine, original: np.ndarray, frames: np.ndarray, record: dict[str, Any]) -> Cine:
    """The denoised cine in the values of its files, once these are known to hold the frames that were denoised."""
    from ..errors import SourceMismatch
    from ..units import in_real_world, in_units_of

    for known in (source, in_real_world(source)):
        if known.shape == original.shape and np.array_equal(known.frames, original):
            return in_units_of(replace(known, frames=frames, record=record), source)
    raise SourceMismatch(
        f"{source.sources[0].name} does not hold the frames that were denoised. Open the cine again, and denoise it again."
    )
