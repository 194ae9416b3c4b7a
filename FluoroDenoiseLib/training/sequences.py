"""Noisy sequences to learn from. There is no place in them for a clean frame."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..cine import Cine
from ..errors import UnreadableInput


class NoisySequences:
    """The noisy cines of a folder of .npz files (frames, frame_time, intensity), read one at a time.

    Only these three entries are ever read: whatever else a file may hold, training cannot see it.

    Args:
        folder: of the files.
        every: each `every`-th file in the order of their names.

    Raises:
        UnreadableInput: the folder holds no such file.
    """

    def __init__(self, folder: Path, every: int = 1) -> None:
        self._paths = sorted(folder.glob("*.npz"))[::every]
        if not self._paths:
            raise UnreadableInput(
                f"Found no sequences (*.npz) in {folder}; make them first: python -m Training.make_sequences."
            )

    def __len__(self) -> int:
        return len(self._paths)

    def name(self, index: int) -> str:
        """Name of a sequence, without folder and suffix."""
        return self._paths[index].stem

    def __getitem__(self, index: int) -> Cine:
        with np.load(self._paths[index], allow_pickle=False) as file:
            return Cine(file["frames"], float(file["frame_time"]), str(file["intensity"]), name=self.name(index))
