"""Runner: one warm worker process and the jobs given to it, for Slicer (from a timer), scripts and tests."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..cine import Cine
from . import denoise_job, shared_arrays
from .job import Arrays, Finish, Job
from .processes import Launch, WorkerProcess, launch


class Runner:
    """Starts the worker when it is needed and keeps it warm; one job at a time.

        runner = Runner(python=path_of_python)
        job = runner.denoise(cine)
        while not job.done:          # or from a timer: job.poll()
            job.poll(); show(*job.progress)
        result = job.result()

    Args:
        python: the Python that runs the worker; in Slicer PythonSlicer, since `sys.executable` is the application there.
        idle_timeout: seconds without work after which the worker ends by itself (it may hold a GPU's memory).
        start: makes the process of a command line; pipes for stdin, stdout and stderr, and a group of its own.
    """

    def __init__(self, python: str | Path = sys.executable, idle_timeout: float = 300.0, start: Launch = launch) -> None:
        self._folder = shared_arrays.private_folder()
        self._no_folder = weakref.finalize(self, shared_arrays.forget, self._folder)
        self._command = [str(python), "-m", "FluoroDenoiseLib.jobs.worker", str(idle_timeout), str(self._folder)]
        self._start = start
        self._worker: WorkerProcess | None = None
        self._job: Job | None = None
        self._count = 0

    def __enter__(self) -> Runner:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    @property
    def alive(self) -> bool:
        """Whether a worker is running now."""
        return self._worker is not None and self._worker.alive

    @property
    def pid(self) -> int | None:
        """Process id of the running worker (or of its launcher), None where there is none."""
        return self._worker.pid if self.alive else None

    def start(self) -> WorkerProcess:
        """Starts the worker where none runs, so that a job finds it ready; returns at once.

        Raises:
            WorkerFailed: Python was not found or could not be started.
        """
        if not self.alive:
            self._worker = WorkerProcess(self._command, self._start)
        return self._worker

    def denoise(
        self,
        cine: Cine,
        model: str = "fluoroscopy",
        mode: str = "review",
        device: str = "auto",
        strength: float = 1.0,
        region: np.ndarray | None = None,
        headers: Sequence[Path] = (),
    ) -> Job:
        """Denoises a cine in the worker; the arguments are those of `Denoiser`. The job's result is a Cine.

        Args:
            model: "" for the usual one of the cine (`models.cards.usual_model`).
            headers: DICOM files that say what the cine does not (`dicom.facts.with_facts`); the worker reads them.

        Raises:
            OutputNotWritable: the disk has no room for the frames.
            RuntimeError: another job is not done yet.
        """
        return denoise_job.submit(self, cine, model, mode, device, strength, region, headers)

    def run(
        self,
        kind: str,
        arguments: dict[str, Any],
        inputs: Arrays,
        outputs: dict[str, tuple[tuple[int, ...], np.dtype]],
        finish: Finish,
    ) -> Job:
        """Gives the worker a job of any kind (see `kinds`).

        Args:
            kind: name of the kind.
            arguments: JSON-ready.
            inputs: arrays to hand over, by name.
            outputs: shape and type of each array that the worker fills, by name.
            finish: makes the job's result of what the worker returned and of the filled arrays.
        """
        if self._job is not None and not self._job.done:
            raise RuntimeError("A job is running: cancel it, or wait until it is done.")
        self._count += 1
        job = Job(self._count, {"kind": kind, "arguments": arguments}, self.start, self._folder, finish)
        job.begin(inputs, outputs)
        self._job = job
        return job

    def close(self) -> None:
        """Ends the worker, within about a second, and removes everything on disk; results stay readable."""
        if self._worker is not None:
            self._worker.close()
        if self._job is not None:
            self._job.abandon()
        self._no_folder()
