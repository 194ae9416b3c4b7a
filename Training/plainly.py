"""Errors of recipes as one sentence instead of a traceback."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from FluoroDenoiseLib.errors import Cancelled, FluoroDenoiseError, OutputNotWritable

GOES_ON = "Stopped. What was finished is kept; the same command goes on."


@contextmanager
def plainly(stopped: str = GOES_ON) -> Iterator[None]:
    """Ends the program with the error's own words and exit code; Ctrl-C (`stopped`) and what a disk refuses likewise."""
    try:
        yield
    except FluoroDenoiseError as error:
        _end(error)
    except KeyboardInterrupt:
        _end(Cancelled(stopped))
    except OSError as error:
        _end(OutputNotWritable(f"The system refused {error.filename or 'a file'}: {error.strerror or error}."))


def _end(error: FluoroDenoiseError) -> None:
    print(error, file=sys.stderr)
    sys.exit(error.exit_code)
