"""Denoising one node, in steps: read it, let the worker compute, write the result in place; or leave everything as it was."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

from FluoroDenoiseLib.errors import Cancelled

from .stepwise import WAIT


@dataclass(frozen=True)
class Settings:
    """How to denoise.

    Attributes:
        model: name; "" for the usual one of what is denoised.
        region: a markups ROI node, a segmentation node with the id of a segment, or None for the whole image.
    """

    model: str = ""
    mode: str = "review"
    device: str = "auto"
    strength: float = 1.0
    region: Any = None


def denoising(node, settings: Settings, runner, progress: Callable[[int, int], None], edits: str = "refuse") -> Generator:
    """The steps of denoising a volume, a sequence or its proxy in place; returns the record of how it was done.

    Args:
        runner: the worker's `FluoroDenoiseLib.jobs.Runner`.
        progress: called with frames done and frames in all.
        edits: what becomes of pixels that were changed after an earlier denoising (`FluoroDenoiseLib.mrml.history.Edits`).

    Raises:
        FluoroDenoiseError: a named error, `Cancelled` among them; the node is as it was.
    """
    from FluoroDenoiseLib.mrml import NodeTask

    task = yield from NodeTask.prepare_steps(node, settings.region, edits)
    progress(0, len(task.cine))
    chosen = settings.model, settings.mode, settings.device, settings.strength
    job = runner.denoise(task.cine, *chosen, region=task.region, headers=task.headers)
    result = yield from working(job, progress, task.check_alive)
    record = dict(result.record) | ({"region": "a region drawn in Slicer"} if settings.region is not None else {})
    yield from _writing(task, result.frames, record)
    return record


def working(job, progress: Callable[[int, int], None], check: Callable[[], None] = lambda: None) -> Generator:
    """The steps of waiting for a worker's job; returns its result.

    Args:
        check: called at every step; what it raises cancels the job.

    Raises:
        FluoroDenoiseError: what ended the job.
    """
    try:
        while not job.done:
            check()
            job.poll()
            progress(*job.progress)
            yield WAIT
    except Cancelled:
        job.cancel()
        while not job.done:
            job.poll()
            yield WAIT
        raise
    except BaseException:  # given up at once: the worker is told, but nobody waits for it
        job.cancel()
        job.abandon()
        raise
    return job.result()


def _writing(task, frames, record: dict[str, Any]) -> Generator:
    edit = task.edit()
    yield from edit.begin_steps()
    try:
        for t in range(len(frames)):
            edit.write(t, frames[t : t + 1])
            yield
        edit.finish(record)
    except Cancelled:
        yield from edit.abort_steps()
        raise
    except BaseException:
        edit.abort()
        raise
