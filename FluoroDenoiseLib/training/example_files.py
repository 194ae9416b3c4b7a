"""Files of training examples: one for each recording, each whole or not at all; what exists is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Protocol

import numpy as np

from ..errors import UnreadableInput, UnsuitableCine
from ..files import check_writable, write_whole


class Recordings(Protocol):
    """What examples are made from."""

    def __len__(self) -> int:
        """How many there are."""
        ...

    def name(self, index: int) -> str:
        """Of one, without folder and suffix."""
        ...


def write_example_files(recordings: Recordings, folder: Path, make: Callable[[int], np.ndarray]) -> list[str]:
    """Writes NAME.npy into `folder` for each recording, with the examples [N, 8, H, W] that `make` makes of it by its index.

    Returns:
        Which recordings were left out and why, one sentence each: `make` found them unreadable or unsuitable.

    Raises:
        UnsuitableCine: none is usable.
    """
    check_writable(folder)
    paths = [folder / f"{recordings.name(k)}.npy" for k in range(len(recordings))]
    left_out: list[str] = []
    for k in missing(paths):
        try:
            write_whole(paths[k], partial(np.save, arr=make(k), allow_pickle=False))
        except (UnreadableInput, UnsuitableCine) as error:
            left_out.append(f"{recordings.name(k)}: {error}")
    if not any(path.is_file() for path in paths):
        raise UnsuitableCine(f"None of the {len(recordings)} recordings can be learnt from. The first: {left_out[0]}")
    return left_out


def missing(paths: Sequence[Path]) -> Iterator[int]:
    """The numbers of the files that do not exist, in order; prints how far it is after each."""
    numbers = [k for k, path in enumerate(paths) if not path.exists()]
    for done, k in enumerate(numbers, 1):
        yield k
        print(f"{paths[k].parent.parent.name}/{paths[k].parent.name}: {done}/{len(numbers)}", flush=True)
