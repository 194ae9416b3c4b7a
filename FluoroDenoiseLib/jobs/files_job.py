"""The files job: a DICOM series denoised from its files into derived ones, without a scene."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .denoise_job import how_to_load, load_for
from .kinds import Task

if TYPE_CHECKING:
    from .job import Job
    from .runner import Runner


def submit(runner: Runner, files: Sequence[Path], folder: Path, model: str, mode: str, device: str, strength: float) -> Job:
    """Denoises every cine among the files of a series.

    The job's result is the list of files written, and a sentence for each cine that could not be denoised and each file that is
    none. It fails where nothing could be denoised.

    Args:
        folder: an existing folder that takes the derived files; one cine after the other is in memory.
        model, mode, device, strength: as for `Runner.denoise`; the usual model is that of each cine.
    """
    arguments = {
        "files": [str(file) for file in files],
        "target": str(folder),
        "load": how_to_load(model, mode, device),
        "strength": strength,
    }
    return runner.run("files", arguments, {}, {}, lambda found, _: ([Path(file) for file in found["written"]], found["failed"]))


def run(arguments: dict[str, Any], folder: Path, task: Task) -> dict[str, Any]:
    """In the worker; progress counts the frames of the cine at hand."""
    from ..dicom import survey_files, write_derived
    from ..errors import SourceMismatch, UnreadableInput, UnsuitableCine

    task.started()
    what = survey_files([Path(file) for file in arguments["files"]])
    if not what.found:
        raise UnreadableInput(next(iter(what.skipped.values()), "The series holds no files. Import it again."))
    written, errors = [], []
    for number, found in enumerate(what.found, 1):
        try:
            cine = found.read()
            denoiser = load_for(cine, **arguments["load"])
            result = denoiser.denoise(cine, arguments["strength"], progress=task.progress, cancel=task.cancelled)
            name = f"{number:03d}.dcm" if len(found.files) == 1 else f"{number:03d}"
            written += write_derived(result, Path(arguments["target"]) / name, cine)
        except (SourceMismatch, UnreadableInput, UnsuitableCine) as error:  # of this cine; others may be sound
            errors.append(error)
    if not written:
        raise errors[0]
    return {"written": [str(file) for file in written], "failed": [*what.skipped.values(), *map(str, errors)]}
