"""Starting odd workers, waiting, looking at process trees."""

from __future__ import annotations

import time
from pathlib import Path

import psutil

from FluoroDenoiseLib.jobs.processes import launch

HERE = Path(__file__).parent


def start_odd_worker(*extra):
    """A process factory that starts `odd_worker.py` in place of the worker."""
    return lambda command: launch([command[0], str(HERE / "odd_worker.py"), *extra, *command[3:]])


def wait_until(condition, seconds):
    """Polls a condition; tells whether it came true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.01)
    return condition()


def tree(pid):
    """A process and all its descendants."""
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


def gone(processes):
    """Whether none of the processes runs (a zombie that nobody has collected yet does not run)."""
    return all(not p.is_running() or p.status() == psutil.STATUS_ZOMBIE for p in processes)
