"""A fine-tuning's two pieces of work, in steps: the survey of the data, and the training itself, which can be paused."""

from __future__ import annotations

import shutil
from collections.abc import Generator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from slicer.i18n import tr as _

from FluoroDenoiseLib.errors import FluoroDenoiseError, OutputNotWritable

from .finetune_files import isBegun
from .finetune_sources import Source, handingOver
from .node_run import working


def surveying(sources: Sequence[Source], runner) -> Generator:
    """The steps of finding out which cines can teach; returns rows as `FluoroDenoiseLib.jobs.survey_job` gives them.

    A node that cannot be read has its row too. Frames of nodes lie on disk only until the worker has looked at them.
    """
    from FluoroDenoiseLib.jobs import survey_job

    handed, refused = {}, []
    with TemporaryDirectory(prefix="fluorodenoise-") as folder:
        for number, source in enumerate(sources):
            try:
                handed[number] = yield from handingOver(source, Path(folder), number)
            except FluoroDenoiseError as error:
                refused.append(refusedRow(source, number, str(error)))
        found = (yield from working(survey_job.submit(runner, list(handed.values())), _nobody)) if handed else []
    numbers = list(handed)
    rows = [{**row, "source": numbers[row["source"]]} for row in found] + refused
    return sorted(rows, key=lambda row: row["source"])


def refusedRow(source: Source, number: int, reason: str) -> dict[str, Any]:
    """The row of a source that the worker never saw."""
    return {"label": source.name, "frames": 0, "noise": None, "usable": False, "why_not": reason, "source": number}


def beginning(folder: Path, sources: Sequence[Source], order: dict[str, Any], runner) -> Generator:
    """The steps of a new fine-tuning; returns its verdict.

    Args:
        folder: a new folder; it holds everything of the run, and stays when the run is paused.
        order: see `FluoroDenoiseLib.jobs.finetune_job`, without its sources.

    Raises:
        Cancelled: paused; the folder can be resumed, or is gone where nothing was begun yet.
        FluoroDenoiseError: another named error.
    """
    from FluoroDenoiseLib.files import made_folders
    from FluoroDenoiseLib.jobs import finetune_job
    from FluoroDenoiseLib.training.run_folder import SOURCES

    if folder.exists():
        text = _("A fine-tuning called {name} is there already. Choose another name.")
        raise OutputNotWritable(text.format(name=folder.name))
    nodes, handed = folder / SOURCES, []
    try:
        with made_folders(nodes):
            for number, source in enumerate(sources):
                handed.append((yield from handingOver(source, nodes, number)))
        return (yield from working(finetune_job.submit(runner, folder, order | {"sources": handed}), _nobody))
    finally:
        if not isBegun(folder):
            shutil.rmtree(folder, ignore_errors=True)


def resuming(folder: Path, runner) -> Generator:
    """The steps of going on with a fine-tuning; as `beginning`."""
    from FluoroDenoiseLib.jobs import finetune_job

    return (yield from working(finetune_job.submit(runner, folder, None), _nobody))


def _nobody(done: int, total: int) -> None:
    """A survey is short; how far a fine-tuning is stands in its folder."""
