"""Errors of single cines, gathered while the others go on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..errors import NO_MEMORY, Cancelled, DeviceUnavailable, FluoroDenoiseError, ModelUnavailable, UnsuitableCine
from .console import error_entry, note

SOME_FAILED = 1
CONCERN_ALL = (Cancelled, ModelUnavailable, DeviceUnavailable, BrokenPipeError)


class UnexpectedError(FluoroDenoiseError):
    """An unexpected error: please report it."""

    exit_code = 70


def named(error: Exception) -> FluoroDenoiseError:
    """An error that a user can read; one that nobody foresaw is raised again where FLUORODENOISE_DEBUG is set."""
    if isinstance(error, FluoroDenoiseError):
        return error
    if isinstance(error, MemoryError):
        return UnsuitableCine(NO_MEMORY)
    if os.environ.get("FLUORODENOISE_DEBUG"):
        raise error
    return UnexpectedError(
        f"Unexpected error ({type(error).__name__}: {error}). Please report it, with what this command shows when "
        "FLUORODENOISE_DEBUG=1 is set in the environment."
    )


class Failures:
    """`with failures.of(name): ...` notes an error and goes on, except where it concerns all cines alike."""

    def __init__(self) -> None:
        self._errors: list[tuple[str, FluoroDenoiseError]] = []

    @contextmanager
    def of(self, name: str) -> Iterator[None]:
        """Work on the cine of this name."""
        try:
            yield
        except CONCERN_ALL:
            raise
        except Exception as error:
            self._errors.append((name, named(error)))

    def entries(self) -> list[dict[str, Any]]:
        """For a JSON result."""
        return [error_entry(name, error) for name, error in self._errors]

    def tell(self) -> None:
        """Lists them on stderr."""
        for name, error in self._errors:
            message = str(error)
            note(message if name in message else f"{name}: {message}")

    def exit_code(self, count: int) -> int:
        """0 for none; the errors' own where all of `count` cines failed alike; else `SOME_FAILED`."""
        codes = {error.exit_code for _, error in self._errors}
        if len(self._errors) == count and len(codes) == 1:
            return codes.pop()
        return SOME_FAILED if codes else 0
