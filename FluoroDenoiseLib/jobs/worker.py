"""The worker process: `python -m FluoroDenoiseLib.jobs.worker IDLE_SECONDS FOLDER`.

It takes commands from stdin, one job at a time, and keeps what it has loaded. It ends after IDLE_SECONDS without work, and
when stdin closes: then the parent has gone, and FOLDER (where the jobs' arrays are) goes too.
"""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from . import kinds, protocol, shared_arrays

PARTING_SECONDS = 1.0  # what a running job gets to stop by itself once the parent has gone
PROGRESS_SECONDS = 0.04


class Worker:
    """Reads commands, runs jobs, reports events."""

    def __init__(self, commands: BinaryIO, events: BinaryIO, folder: Path) -> None:
        self._commands = commands
        self._events = events
        self._folder = folder
        self._waiting: queue.SimpleQueue[protocol.Message | None] = queue.SimpleQueue()
        self._cancelled: set[int | None] = set()  # None: whatever runs
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._finished = threading.Event()

    def serve(self, idle_seconds: float) -> None:
        """Works until nothing came for `idle_seconds`, or until the parent has gone."""
        self.say({"event": "hello", "protocol": protocol.VERSION})
        self._listener.start()
        while (message := self._next(idle_seconds)) is not None:
            self._run(message)
        self._finished.set()
        if None in self._cancelled:
            self._listener.join()

    def _next(self, idle_seconds: float) -> protocol.Message | None:
        try:
            return self._waiting.get(timeout=idle_seconds)
        except queue.Empty:
            self.say({"event": "idle"})
            return None

    def say(self, message: protocol.Message) -> None:
        """Sends an event; nobody may be listening any more."""
        with suppress(OSError, ValueError):
            self._events.write(protocol.encode(message))
            self._events.flush()

    def cancelled(self, job: int) -> bool:
        """Whether the parent asked to stop this job, or has gone."""
        return job in self._cancelled or None in self._cancelled

    def _listen(self) -> None:
        for line in iter(self._commands.readline, b""):
            message = protocol.decode(line) or {}
            if message.get("command") == "run":
                self._waiting.put(message)
            elif message.get("command") == "cancel":
                self._cancelled.add(message["job"])
        self._part()

    def _part(self) -> None:
        self._cancelled.add(None)
        self._waiting.put(None)
        self._finished.wait(PARTING_SECONDS)
        shared_arrays.forget(self._folder)
        end_everything()

    def _run(self, message: protocol.Message) -> None:
        job = message["job"]
        try:
            run = kinds.find(message["kind"])
            result = run(message["arguments"], Path(message["folder"]), RunningTask(self, job))
            self.say({"event": "done", "job": job, "result": result})
        except Exception as error:
            self.say(protocol.failure(job, error))


class RunningTask:
    """`kinds.Task` of one job; progress is passed on at most 25 times a second, and always at the end."""

    def __init__(self, worker: Worker, job: int) -> None:
        self._worker = worker
        self._job = job
        self._last = 0.0

    def started(self) -> None:
        """All arrays are mapped."""
        self._worker.say({"event": "started", "job": self._job})

    def progress(self, done: int, total: int) -> None:
        """`done` of `total` frames or steps."""
        now = time.monotonic()
        if done >= total or now - self._last >= PROGRESS_SECONDS:
            self._last = now
            self._worker.say({"event": "progress", "job": self._job, "done": int(done), "total": int(total)})

    def cancelled(self) -> bool:
        """Whether to stop."""
        return self._worker.cancelled(self._job)


def end_everything() -> None:
    """Ends this process and those it started, without waiting for libraries' threads."""
    sys.stderr.flush()
    if os.name == "posix" and os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(0)


def private_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Takes stdin and stdout for the protocol alone: what libraries print goes to stderr, what they read is empty."""
    commands, events = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    events.write(b"\n")  # ends whatever a launcher may have printed without an end of line
    return commands, events


def main() -> None:
    """Entry of the process."""
    commands, events = private_pipes()
    Worker(commands, events, folder=Path(sys.argv[2])).serve(float(sys.argv[1]))
    os._exit(0)


if __name__ == "__main__":
    main()
