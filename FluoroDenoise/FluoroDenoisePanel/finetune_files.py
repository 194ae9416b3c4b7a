"""Reading the folder of a fine-tuning while the worker writes it; every file appears there whole."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any


class WatchedFile:
    """A file that is read again when it has changed.

    Args:
        read: gives the content of a path.
    """

    def __init__(self, path: Path, read: Callable[[Path], Any]):
        self._path, self._read = path, read
        self._seen: int | None = None

    def news(self) -> Any:
        """Its content, where it has changed since the last call; None where it has not, or is not there."""
        try:
            change = self._path.stat().st_mtime_ns
            if change == self._seen:
                return None
            content = self._read(self._path)
        except OSError:  # not written yet, or removed by another panel in this moment
            return None
        self._seen = change
        return content


def readScores(path: Path) -> dict[str, Any]:
    """Columns "minutes", "base" and "held_out" of a run's log, as arrays of one length."""
    import csv

    import numpy as np

    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return {name: np.array([float(row[name]) for row in rows]) for name in ("minutes", "base", "held_out")}


def readPreview(path: Path) -> dict[str, Any]:
    """Frames "noisy", "before" and "after" [H, W] float32; "cine" and "frame", which say what they show; "inverted"."""
    import numpy as np

    with np.load(path, allow_pickle=False) as arrays:
        return {name: arrays[name] if arrays[name].ndim else arrays[name].item() for name in arrays.files}


def isBegun(folder: Path) -> bool:
    """Has the worker taken the run in hand? From then on it can be resumed."""
    from FluoroDenoiseLib.training.run_folder import RUN

    return (folder / RUN).is_file()
