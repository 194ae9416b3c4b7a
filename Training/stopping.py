"""Ctrl-C as a request: a training ends after the step it is in, with a checkpoint, instead of anywhere."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event


@contextmanager
def asked_to_stop() -> Iterator[Callable[[], bool]]:
    """Gives what says whether Ctrl-C was pressed meanwhile; pressed once more, it interrupts at once."""
    asked = Event()
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # of a script's background: Ctrl-C is meant for the script
        yield asked.is_set
        return

    def note(*_: object) -> None:
        asked.set()
        signal.signal(signal.SIGINT, before)

    before = signal.signal(signal.SIGINT, note)
    try:
        yield asked.is_set
    finally:
        signal.signal(signal.SIGINT, before)
