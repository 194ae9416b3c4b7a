"""The look job: what can be said of a cine before it is denoised, and what this machine can compute on.

Both take libraries (OpenCV, pydicom, torch) that a window need not load.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..cine import Cine
from .denoise_job import arrays_of, describe, receive
from .kinds import Task

if TYPE_CHECKING:
    from .job import Job
    from .runner import Runner

LOOKED_AT = 16
"""Frames that are worth sending: enough to tell noise and a vendor's recursive filter."""


def submit(runner: Runner, cine: Cine, frames: int, headers: Sequence[Path] = (), files: Sequence[Path] = ()) -> Job:
    """Sends the first frames of a cine to the worker.

    Args:
        cine: its first `LOOKED_AT` frames.
        frames: how many it has in all.
        headers: as for `Runner.denoise`.
        files: all that it came from; the first one's header names its system.

    The job's result is a dict: "intensity", "traits" and "frames_per_second" as for `Cine`; "warnings": sentences on what is
    odd; "refused": why it cannot be denoised, or None (where only some of its frames were sent, the others may be sound);
    "devices": those of this machine with their names, the preferred first; "system": its manufacturer, model and protocol
    (`dicom.system.system_of`).
    """
    arguments = {"cine": describe(cine), "frames": frames, "headers": [str(file) for file in headers]}
    arguments["files"] = [str(file) for file in files[:1]]
    return runner.run("look", arguments, arrays_of(cine), {}, lambda result, outputs: result)


def run(arguments: dict[str, Any], folder: Path, task: Task) -> dict[str, Any]:
    """In the worker."""
    from ..dicom.system import system_of

    cine = receive(arguments["cine"], folder, arguments["headers"], arguments["frames"])
    task.started()
    facts = {name: getattr(cine, name) for name in ("intensity", "frames_per_second")} | {"traits": sorted(cine.traits)}
    odd = _odd(cine, whole=len(cine) == arguments["frames"])
    systems = [system_of(Path(file)) for file in arguments["files"]]
    return {**facts, **odd, "devices": _devices(), "system": systems[0] if systems else {}}


def _odd(cine: Cine, whole: bool) -> dict[str, Any]:
    from ..errors import UnsuitableCine
    from ..models.noise_for import usual_noise

    try:
        return {"warnings": list(usual_noise(cine).warnings), "refused": None}
    except UnsuitableCine as error:
        if whole:
            return {"warnings": list(cine.warnings), "refused": str(error)}
        return {"warnings": [*cine.warnings, f"Of the first {len(cine)} alone: {error}"], "refused": None}


def _devices() -> dict[str, str]:
    from ..device import available_devices, in_words

    return {name: in_words(name) for name in available_devices()}
