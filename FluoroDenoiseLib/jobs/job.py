"""One job of a worker, moved on by polling: nothing here blocks, so that a window's timer can drive it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import Cancelled, FluoroDenoiseError, WorkerFailed
from . import protocol, shared_arrays
from .processes import WorkerProcess

COPY_SECONDS = 0.015  # how long one poll may copy frames
GRACE_SECONDS = 2.0  # what a cancelled job gets to stop by itself before its process tree is killed

Arrays = dict[str, np.ndarray]
Finish = Callable[[dict[str, Any], Arrays], Any]


class Job:
    """Work in progress: `poll` it until it is `done`, then ask for its `result`.

    Attributes:
        progress: how many of how many frames (or steps) are done; (0, 0) before the worker reports.
        done: whether `result` has an answer.
    """

    def __init__(
        self, number: int, order: protocol.Message, worker: Callable[[], WorkerProcess], folder: Path, finish: Finish
    ) -> None:
        self.progress = (0, 0)
        self.done = False
        self._number = number
        self._folder = folder / str(number)
        self._order = {"command": "run", "job": number, "folder": str(self._folder), **order}
        self._worker_now = worker
        self._worker = worker()
        self._finish = finish
        self._outputs: Arrays = {}
        self._copying: Iterator[None] | None = None
        self._kill_at = float("inf")
        self._cancelling = False
        self._fell_asleep = False
        self._result: Any = None
        self._error: FluoroDenoiseError | None = None

    def begin(self, inputs: Arrays, outputs: dict[str, tuple[tuple[int, ...], np.dtype]]) -> None:
        """Claims room for the arrays; their copying goes on in `poll`.

        Raises:
            OutputNotWritable: the disk has no room.
        """
        self._folder.mkdir()
        try:
            self._outputs = {name: shared_arrays.create(self._folder, name, *kind) for name, kind in outputs.items()}
        except BaseException:
            shared_arrays.forget(self._folder)
            raise
        self._copying = chain.from_iterable(shared_arrays.share(self._folder, *named) for named in inputs.items())

    def poll(self) -> list[protocol.Message]:
        """Moves the job on and gives what the worker reported since the last call; returns within about 20 ms."""
        if self.done:
            return []
        try:
            return self._copy_some() if self._copying else self._listen()
        except FluoroDenoiseError as error:
            self._end(error=error)
            return []

    def wait(self, timeout: float | None = None) -> bool:
        """Polls until the job is done or `timeout` seconds have passed; tells whether it is done."""
        end = time.monotonic() + (float("inf") if timeout is None else timeout)
        while not self.done and time.monotonic() < end:
            self.poll()
            if not self._copying:
                time.sleep(0.005)
        return self.done

    def cancel(self) -> None:
        """Asks the worker to stop, and kills it where it has not after `GRACE_SECONDS`; go on polling until `done`."""
        if self.done or self._cancelling:
            return
        self._cancelling = True
        if self._copying:
            self._end()
            return
        self._kill_at = time.monotonic() + GRACE_SECONDS
        self._worker.send({"command": "cancel", "job": self._number})

    def abandon(self) -> None:
        """Ends the job as cancelled at once; for a worker that is being closed."""
        if not self.done:
            self._cancelling = True
            self._end()

    def result(self) -> Any:
        """What came out.

        Raises:
            FluoroDenoiseError: the named error that ended the job (Cancelled, UnsuitableCine, WorkerFailed, ...).
            RuntimeError: the job is not done yet.
        """
        if not self.done:
            raise RuntimeError("The job is not done yet: poll it, or wait for it, first.")
        if self._error is not None:
            raise self._error
        return self._result

    def _copy_some(self) -> list[protocol.Message]:
        end = time.monotonic() + COPY_SECONDS
        for _ in self._copying:
            if time.monotonic() > end:
                return []
        self._copying = None
        self._worker.send(self._order)
        return []

    def _listen(self) -> list[protocol.Message]:
        ended = self._worker.ended
        messages = [message for message in self._worker.events() if message.get("job", self._number) == self._number]
        for message in messages:
            getattr(self, f"_on_{message['event']}", lambda message: None)(message)
        if ended and not self.done:
            self._restart_or_fail()
        if time.monotonic() > self._kill_at:
            self._worker.kill()
        return messages

    def _on_hello(self, message: protocol.Message) -> None:
        try:
            protocol.check_hello(message)
        except WorkerFailed:
            self._worker.kill()
            raise

    def _on_started(self, message: protocol.Message) -> None:
        shared_arrays.forget(self._folder)

    def _on_progress(self, message: protocol.Message) -> None:
        self.progress = (message["done"], message["total"])

    def _on_done(self, message: protocol.Message) -> None:
        self._end(result=self._finish(message["result"], self._outputs))

    def _on_failed(self, message: protocol.Message) -> None:
        raise protocol.named_error(message)

    def _on_idle(self, message: protocol.Message) -> None:
        self._fell_asleep = True

    def _restart_or_fail(self) -> None:
        if not self._fell_asleep:
            raise WorkerFailed(
                f"The worker process ended unexpectedly (exit code {self._worker.exit_code}); nothing was changed. Try again; "
                f"if memory is short, close other programs first. It said last:\n{self._worker.last_lines() or '(nothing)'}"
            )
        # Its idle time was over in the moment in which the order was sent: the next worker gets it.
        self._fell_asleep = False
        self._worker = self._worker_now()
        self._worker.send(self._order)

    def _end(self, result: Any = None, error: FluoroDenoiseError | None = None) -> None:
        if self._cancelling:  # whatever the worker said meanwhile: the user was told that nothing changes
            result, error = None, Cancelled("The run was cancelled; nothing was changed.")
        self._result, self._error, self.done = result, error, True
        for array in self._outputs.values():
            shared_arrays.forget_with(array, self._folder)
        self._outputs = {}
        self._copying = None
        shared_arrays.forget(self._folder)
