"""Noisy sequences to learn from. There is no place in them for a clean frame."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Collection
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from ..cine import Cine
from ..errors import UnreadableInput, UnsuitableCine

DAMAGED = (OSError, EOFError, ValueError, TypeError, LookupError, BadZipFile, zlib.error)  # what damaged or foreign files cause
SLICES = {"HU", "MR"}  # meanings of slices; everything else is a cine, each stabilised by its own law


class NoisySequences:
    """The noisy cines of a folder of .npz files (frames, frame_time, intensity), read one at a time.

    Only these three entries are ever read: whatever else a file may hold, training cannot see it.

    Args:
        folder: of the files.
        every: each `every`-th file in the order of their names.
        without: names, without suffix, of files that are left out.

    Attributes:
        skipped: names of damaged files, which are left out.
        are_slices: whether they are slices, and not cines.

    Raises:
        UnreadableInput: the folder holds no such file, or none that can be read.
        UnsuitableCine: slices (HU, MR) among cines.
    """

    def __init__(self, folder: Path, every: int = 1, without: Collection[str] = ()) -> None:
        whole = sorted(folder.glob("[!.]*.npz"))  # what is hidden was cut short by a kill
        found = [path for path in whole[::every] if path.stem not in without]
        if not found:
            raise UnreadableInput(
                f"Found no sequences (*.npz) in {folder}; make them first: python -m Training.make_sequences."
            )
        meanings = {path: _meaning(path) for path in found}
        self._paths = [path for path in found if meanings[path]]
        self.skipped = [path.name for path in found if not meanings[path]]
        if not self._paths:
            raise UnreadableInput(f"None of the {len(found)} sequences in {folder} can be read; delete them and make others.")
        _refuse_mixed([meanings[path] for path in self._paths], folder)
        self.are_slices = meanings[self._paths[0]] in SLICES

    def __len__(self) -> int:
        return len(self._paths)

    def name(self, index: int) -> str:
        """Name of a sequence, without folder and suffix."""
        return self._paths[index].stem

    def __getitem__(self, index: int) -> Cine:
        path = self._paths[index]
        try:
            with np.load(path, allow_pickle=False) as file:
                return Cine(file["frames"], float(file["frame_time"]), str(file["intensity"]), name=path.stem)
        except DAMAGED as error:
            raise UnreadableInput(f"{path.name} is damaged ({error}); delete it and make it anew.") from error


def _meaning(path: Path) -> str | None:
    """What the values of a file mean, without reading its frames; None where the file is damaged or of another kind."""
    try:
        with np.load(path, allow_pickle=False) as file:
            return str(file["intensity"]) if {"frames", "frame_time"} <= set(file.files) else None
    except DAMAGED:
        return None


def _refuse_mixed(meanings: list[str], folder: Path) -> None:
    if 0 < sum(meaning in SLICES for meaning in meanings) < len(meanings):
        counted = ", ".join(f"{count} {meaning}" for meaning, count in sorted(Counter(meanings).items()))
        raise UnsuitableCine(
            f"Found {counted} in {folder}; expected either slices (HU, MR) or cines, since a model learns one kind. "
            "Give each its own folder."
        )
