"""Starting a worker as a process tree of its own, talking to it without blocking, ending the whole tree."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from ..errors import WorkerFailed
from . import protocol

LIBRARY = Path(__file__).resolve().parents[2]  # the folder that holds FluoroDenoiseLib
LAST_LINES = 12
NEW_GROUP = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)  # these two exist on Windows only
NO_WINDOW = getattr(subprocess, "CREATE_NO_WINDOW", 0)
DRAIN_SECONDS = 1.0  # how long the last lines of an ended worker may take to arrive

Launch = Callable[[Sequence[str]], "subprocess.Popen[bytes]"]


def launch(command: Sequence[str]) -> subprocess.Popen[bytes]:
    """Starts a command with pipes, in a session (POSIX) or process group (Windows) of its own."""
    group = {"creationflags": NEW_GROUP | NO_WINDOW} if os.name == "nt" else {"start_new_session": True}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    # The library's folder as working folder: `-m` puts it first on sys.path, and a stray torch.py elsewhere is not found.
    return subprocess.Popen(command, env=environment(), cwd=LIBRARY, **pipes, **group)


def environment() -> dict[str, str]:
    """This process's environment for a worker: it finds the library, and no ITK plug-ins of the application."""
    kept = {name: value for name, value in os.environ.items() if name != "ITK_AUTOLOAD_PATH"}
    kept["PYTHONPATH"] = os.pathsep.join(filter(None, (str(LIBRARY), kept.get("PYTHONPATH"))))
    return kept


class WorkerProcess:
    """One worker: `send` commands, collect `events`, `kill` the tree. Two threads queue its lines and do nothing else."""

    def __init__(self, command: Sequence[str], start: Launch = launch) -> None:
        try:
            self._process = start(command)
        except OSError as error:
            raise WorkerFailed(
                f"The worker process could not be started with {command[0]} ({error.strerror}). Check that this Python exists "
                "and may be run."
            ) from error
        self._killed = False
        self._drained_by = float("inf")
        self._lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._log: deque[bytes] = deque(maxlen=LAST_LINES)
        self._readers = [reader(self._process.stdout, self._lines.put), reader(self._process.stderr, self._log.append)]

    @property
    def pid(self) -> int:
        """Process id of the worker (or of its launcher)."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it still runs. Once it does not, whatever it started is ended too."""
        if self._process.poll() is None:
            return True
        self.kill()
        return False

    @property
    def ended(self) -> bool:
        """Whether it has ended and everything it said has been queued."""
        if self.alive:
            return False
        # A process that left the tree can hold the pipes open for ever: what is not here after a second never comes.
        self._drained_by = min(self._drained_by, time.monotonic() + DRAIN_SECONDS)
        return time.monotonic() > self._drained_by or not any(reader.is_alive() for reader in self._readers)

    @property
    def exit_code(self) -> int | None:
        """Exit code, negative for a signal, None while it runs."""
        return self._process.poll()

    def last_lines(self) -> str:
        """What it printed last."""
        return b"".join(self._log.copy()).decode(errors="replace").rstrip()

    def send(self, message: protocol.Message) -> None:
        """Sends a command; a worker that has ended does not mind (`ended` tells)."""
        with suppress(OSError, ValueError):
            self._process.stdin.write(protocol.encode(message))
            self._process.stdin.flush()

    def events(self) -> list[protocol.Message]:
        """Everything it said since the last call, without waiting; lines that are no messages go to the log."""
        messages = []
        while not self._lines.empty():
            line = self._lines.get()
            message = protocol.decode(line)
            if message is None:
                self._log.append(line)
            else:
                messages.append(message)
        return messages

    def close(self, patience: float = 1.0) -> None:
        """Lets it end by itself, kills the tree where it does not within `patience` seconds."""
        with suppress(OSError):
            self._process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(patience)
        self.kill()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(1.0)

    def kill(self) -> None:
        """Ends the worker and all processes it started, at once and without waiting."""
        if not self._killed:  # once only: later its process id may be somebody else's
            self._killed = True
            kill_tree(self._process)


def reader(stream: IO[bytes], take: Callable[[bytes], None]) -> threading.Thread:
    """A thread that hands on each line of a stream until it ends."""

    def read() -> None:
        with stream:
            for line in stream:
                take(line)

    # Holds no WorkerProcess: one that nobody uses any more is collected, its stdin closes, and the worker ends.
    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    return thread


def kill_tree(process: subprocess.Popen[bytes]) -> None:
    """Ends a process made by `launch` and everything it started (killing a launcher alone leaves the rest running)."""
    if sys.platform == "win32":
        command = ["taskkill", "/T", "/F", "/PID", str(process.pid)]
        subprocess.Popen(command, creationflags=NO_WINDOW, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.poll()
