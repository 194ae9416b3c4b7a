"""Real limits of the system, for tests of what happens at them."""

from __future__ import annotations

from contextlib import contextmanager

import pytest

resource = pytest.importorskip("resource", reason="Windows has no such limits")


@contextmanager
def largest_file(size):
    """The system refuses to let any file of this process grow beyond `size` bytes, as a full disk would."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
