"""What the user sees: results on stdout (text or JSON), progress and errors on stderr."""

from __future__ import annotations

import json
import sys
import time
from typing import Any, TextIO

from ..errors import FluoroDenoiseError

BAR = 24
QUIET_SECONDS = 5.0  # between two lines of progress where stderr is no terminal


class Progress:
    """`progress(done, total)` for a Denoiser: a bar on a terminal, a line now and then elsewhere."""

    def __init__(self, name: str, stream: TextIO | None = None) -> None:
        self._name = name
        self._stream = stream or sys.stderr
        self._begun = self._last = time.monotonic()
        self._live = self._stream.isatty()
        self._drawn = False

    def __enter__(self) -> Progress:
        if self._live:
            self._draw(f"{self._name}: looking at the noise ...")
        return self

    def __exit__(self, *error: object) -> None:
        if self._drawn:
            self._stream.write("\r\033[K")
            self._stream.flush()

    def __call__(self, done: int, total: int) -> None:
        """Shows that `done` of `total` frames are done, and the time that the rest will take."""
        now = time.monotonic()
        line = f"{self._name}: frame {done}/{total}, {left(now - self._begun, done, total)}"
        if self._live:
            self._draw(f"[{'#' * (BAR * done // total):<{BAR}}] {line}")
        elif now - self._last > QUIET_SECONDS:
            self._last = now
            print(line, file=self._stream, flush=True)

    def _draw(self, line: str) -> None:
        self._drawn = True
        self._stream.write(f"\r\033[K{line}")
        self._stream.flush()


def left(seconds: float, done: int, total: int) -> str:
    """Time that the frames not done will take at the pace of those that are."""
    rest = seconds * (total - done) / done
    return f"{rest:.0f} s left" if rest < 90 else f"{rest / 60:.0f} min left"


def note(text: str) -> None:
    """A remark for the user, on stderr."""
    print(text, file=sys.stderr, flush=True)


def show_json(content: Any) -> None:
    """The result for other programs, on stdout."""
    print(json.dumps(content, indent=2, default=lambda number: number.item()))


def error_entry(name: str, error: FluoroDenoiseError) -> dict[str, Any]:
    """An error as part of a JSON result."""
    return {"input": name, "error": type(error).__name__, "message": str(error), "exit_code": error.exit_code}


def table(rows: list[tuple[str, ...]]) -> str:
    """Rows as right-aligned columns."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  " + "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
