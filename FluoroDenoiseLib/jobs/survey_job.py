"""The survey job: which of a site's cines can teach, and why others cannot."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import Cancelled
from .kinds import Task

if TYPE_CHECKING:
    from ..training.site_cines import Source
    from .job import Job
    from .runner import Runner


def submit(runner: Runner, sources: Sequence[Source]) -> Job:
    """Reads the cines of all sources (see `training.site_cines`) in the worker.

    The job's result is a list of rows, one for each cine and each file that is none, in the order of the sources: a dict as of
    `training.survey.Row`. Progress counts cines.
    """
    return runner.run("survey", {"sources": list(sources)}, {}, {}, lambda result, outputs: result["rows"])


def run(arguments: dict[str, Any], folder: Path, task: Task) -> dict[str, Any]:
    """In the worker."""
    import secrets

    from ..training.site_cines import origins
    from ..training.survey import look_at

    task.started()
    found, salt, rows = origins(arguments["sources"]), secrets.token_bytes(16), []
    for origin in found:
        if task.cancelled():
            raise Cancelled("The survey was cancelled.")
        rows.append(look_at(origin, salt).row.as_dict())
        task.progress(len(rows), len(found))
    return {"rows": rows}
