"""Memory of long work on large frames."""

from __future__ import annotations

import ctypes
import sys

LARGE = 2**19
"""Pixels of a frame above which memory is watched: fewer frames are kept and looked at, and CPUs run networks in tiles."""
M_MMAP_THRESHOLD = -3  # of mallopt(3), glibc
ONE_MEGABYTE = 2**20


def give_back_large_blocks() -> None:
    """Asks glibc to return freed blocks of a megabyte and more to the system at once (nothing happens elsewhere).

    By default glibc raises that limit to 32 MB as it sees large blocks freed; frames of 1024 x 1024 then stay in a heap full of
    holes, which grew by a quarter of a gigabyte.
    """
    if not sys.platform.startswith("linux"):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # musl has none
    if mallopt is not None:
        mallopt(M_MMAP_THRESHOLD, ONE_MEGABYTE)
