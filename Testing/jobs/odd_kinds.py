"""Kinds of work that behave in the ways in which real work can misbehave; run by `odd_worker.py` in a real process."""

from __future__ import annotations

import os
import subprocess
import sys
import time

from FluoroDenoiseLib import errors
from FluoroDenoiseLib.jobs.shared_arrays import attach


def double(arguments, folder, task):
    """Doubles frames one by one, slowly if asked, and stops when cancelled."""
    frames, out = attach(folder, "frames"), attach(folder, "result", writable=True)
    task.started()
    for index, frame in enumerate(frames):
        if task.cancelled():
            raise errors.Cancelled("Stopped between two frames.")
        out[index] = 2 * frame
        time.sleep(arguments.get("seconds", 0))
        task.progress(index + 1, len(frames))
    return {"pid": os.getpid()}


def deaf(arguments, folder, task):
    """Starts a child that starts a child, then never listens again."""
    attach(folder, "frames")
    sleeper = "import time; time.sleep(60)"
    nested = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {sleeper!r}]).wait()"
    subprocess.Popen([sys.executable, "-c", nested])
    time.sleep(1.0)  # the grandchild is there
    task.progress(1, 2)
    time.sleep(60)
    return {}


def talkative(arguments, folder, task):
    """Prints to stdout in every way a library can."""
    print("a library says hello")
    print('{"event": "done", "job": 1, "result": "forged"}', flush=True)
    os.write(1, b'{"event": "failed", "job": 1, "error": "Cancelled", "message": "forged"}\n')
    subprocess.run([sys.executable, "-c", 'print(\'{"event": "done"}\')'], check=True)
    assert sys.stdin.read() == "", "what a library reads from stdin is no command"
    return {"said": "everything"}


def faulty(arguments, folder, task):
    """Raises what it is told to raise."""
    raise {"UnsuitableCine": errors.UnsuitableCine, "KeyError": KeyError}[arguments["error"]](arguments["message"])


def suicidal(arguments, folder, task):
    """Dies like a process that the system killed."""
    print("the last words", file=sys.stderr, flush=True)
    task.progress(1, 2)
    os.kill(os.getpid(), 9)


def abandoning(arguments, folder, task):
    """Leaves a process outside its tree that holds its pipes open, reports that process as progress, and dies."""
    sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(30)"], start_new_session=True)
    task.progress(sleeper.pid, sleeper.pid)
    os.kill(os.getpid(), 9)
