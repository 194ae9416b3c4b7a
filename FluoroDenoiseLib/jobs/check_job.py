"""The check job: what denoising did to a cine, in figures, and where it removed structure, frame by frame."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..cine import Cine
from ..errors import Cancelled
from .denoise_job import arrays_of, describe, receive
from .kinds import Task
from .shared_arrays import attach

if TYPE_CHECKING:
    from ..quality.by_level import NoiseByLevel
    from .job import Arrays, Job
    from .runner import Runner


@dataclass(frozen=True)
class Check:
    """What a check found.

    Attributes:
        measures: as given by `quality.compare`.
        levels: grey levels, and the noise before and after at each, as lists (`quality.by_level.NoiseByLevel`).
        structure: [T, H, W] boolean, where structure was removed.
        frames: numbers of the frames in which some was.
    """

    measures: dict[str, Any]
    levels: dict[str, list[float]]
    structure: np.ndarray
    frames: list[int]


def submit(runner: Runner, before: Cine, after: Cine) -> Job:
    """Sends a cine and its denoised result to the worker; the job's result is a `Check`."""

    def finish(result: dict[str, Any], outputs: Arrays) -> Check:
        return Check(result["measures"], result["levels"], outputs["structure"], result["frames"])

    inputs = arrays_of(before) | {"after": after.frames}
    return runner.run("check", {"cine": describe(before)}, inputs, {"structure": (before.shape, np.dtype(bool))}, finish)


def run(arguments: dict[str, Any], folder: Path, task: Task) -> dict[str, Any]:
    """In the worker."""
    from ..quality.by_level import noise_by_level
    from ..quality.compare import chosen_frames, compare, structure_removed

    before = receive(arguments["cine"], folder, [])
    after, structure = before.with_frames(attach(folder, "after")), attach(folder, "structure", writable=True)
    task.started()
    measured = len(chosen_frames(len(before)))

    def report(done: int) -> None:
        if task.cancelled():
            raise Cancelled("The check was cancelled.")
        task.progress(done, measured + len(before))

    measures = compare(before, after, progress=lambda done, _: report(done))
    for t, marked in enumerate(structure_removed(before, after)):
        structure[t] = marked
        report(measured + t + 1)
    frames = [t for t, marked in enumerate(structure) if marked.any()]
    return {"measures": measures, "levels": _lists(noise_by_level(before, after)), "frames": frames}


def _lists(noise: NoiseByLevel) -> dict[str, list[float]]:
    return {name: [round(float(value), 4) for value in getattr(noise, name)] for name in ("levels", "before", "after")}
