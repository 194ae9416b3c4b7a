"""Errors of recipes as one sentence instead of a traceback."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from FluoroDenoiseLib.errors import FluoroDenoiseError


@contextmanager
def plainly() -> Iterator[None]:
    """Ends the program with the error's own words and exit code."""
    try:
        yield
    except FluoroDenoiseError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_code)
