"""Errors of single cines, gathered while the others go on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..errors import Cancelled, DeviceUnavailable, FluoroDenoiseError, ModelUnavailable
from .console import error_entry, note

SOME_FAILED = 1
CONCERN_ALL = (Cancelled, ModelUnavailable, DeviceUnavailable)


class Failures:
    """`with failures.of(name): ...` notes a named error and goes on, except where it concerns all cines alike."""

    def __init__(self) -> None:
        self._errors: list[tuple[str, FluoroDenoiseError]] = []

    @contextmanager
    def of(self, name: str) -> Iterator[None]:
        """Work on the cine of this name."""
        try:
            yield
        except CONCERN_ALL:
            raise
        except FluoroDenoiseError as error:
            self._errors.append((name, error))

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
