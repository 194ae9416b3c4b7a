"""The kinds of work that a worker can do, by name; each is imported only when it is asked for.

A kind is a function `run(arguments, folder, task) -> dict`: JSON-ready arguments and result, its arrays in `folder` (see
`shared_arrays`), and a `Task` to report progress to and to ask whether to stop.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from ..errors import WorkerFailed


class Task(Protocol):
    """The worker's side of a job."""

    def started(self) -> None:
        """Says that all arrays are mapped, so that their names may vanish."""

    def progress(self, done: int, total: int) -> None:
        """Reports how far it is."""

    def cancelled(self) -> bool:
        """Whether the user has asked to stop."""


Run = Callable[[dict[str, Any], Path, Task], dict[str, Any]]

KINDS = {
    "check": "FluoroDenoiseLib.jobs.check_job:run",
    "denoise": "FluoroDenoiseLib.jobs.denoise_job:run",
    "files": "FluoroDenoiseLib.jobs.files_job:run",
    "finetune": "FluoroDenoiseLib.jobs.finetune_job:run",
    "look": "FluoroDenoiseLib.jobs.look_job:run",
    "save": "FluoroDenoiseLib.jobs.save_job:run",
    "survey": "FluoroDenoiseLib.jobs.survey_job:run",
}


def find(kind: str) -> Run:
    """The function that does this kind of work.

    Raises:
        WorkerFailed: no such kind.
    """
    if kind not in KINDS:
        raise WorkerFailed(
            f"Found a job of kind {kind!r}; expected one of {', '.join(sorted(KINDS))}. Restart the application."
        )
    module, name = KINDS[kind].split(":")
    return getattr(import_module(module), name)
