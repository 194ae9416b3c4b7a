"""The fine-tuning job: a run in a folder, begun or resumed; what it finds lies in that folder (see `training.run_folder`)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from .kinds import Task

if TYPE_CHECKING:
    from .job import Job
    from .runner import Runner


def submit(runner: Runner, folder: Path, order: dict[str, Any] | None) -> Job:
    """Fine-tunes a model in the worker; the job's result is the verdict, as in verdict.json.

    Progress is seconds done of seconds in all. Cancelling pauses: the folder can be resumed.

    Args:
        folder: of the run, new or with nothing but sources in it; for None as order, the one to resume.
        order: "sources" (see `training.site_cines`), "name", "base", "minutes", "device" and "seed", or None.
    """
    return runner.run("finetune", {"folder": str(folder), "order": order}, {}, {}, lambda result, outputs: result)


def run(arguments: dict[str, Any], folder: Path, task: Task) -> dict[str, Any]:
    """In the worker."""
    from ..training.finetune import finetune

    task.started()
    return finetune(Path(arguments["folder"]), arguments["order"], progress=task.progress, cancelled=task.cancelled)
