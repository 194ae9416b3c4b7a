"""Batches of crops of examples, single ones or antithetic pairs, turned and mirrored."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ..errors import UnreadableInput, UnsuitableCine
from ..networks.evidence import PLANES, SIDE

CHANNELS = PLANES + 1  # of an example: planes, target
IMAGE_PLANES = (0, 1, 3, 4, 6)  # all but the variances
PAST, FUTURE = (slice(first, first + SIDE) for first in range(1, PLANES, SIDE))
PAST_VARIANCE, FUTURE_VARIANCE = (side.start + 1 for side in (PAST, FUTURE))
# The last frame of a review has no future, as no frame of live has (every second example); the first has no past, a single one
# neither.
DROP_FUTURE, DROP_PAST, DROP_BOTH = 0.05, 0.05, 0.1
UNSUPPORTED = 1.0  # variance of what other frames say, in units of the frame's, above which they say nothing
PLACES, CHOSEN = 4, 0.5  # in this share of the crops most moves of so many: wires are few pixels, and seldom in one at random
AT_REST, SHARE_AT_REST = "at_rest", 0.15  # folder of examples at rest, and the share of the crops that come from them


class Examples:
    """The memory-mapped example files of a folder that `examples.write_examples` or `SiteExamples` filled.

    Args:
        folder: theirs.
        chosen: share of the crops that are chosen for what moves in them.
        names: of the recordings that are learnt from, without suffix; all whose examples are there by default.
        side: of the smallest frames that can be learnt from, in pixels.

    Attributes:
        left_out: names of those whose frames are smaller.

    Raises:
        UnsuitableCine: all are.
    """

    def __init__(self, folder: Path, chosen: float = CHOSEN, names: Collection[str] | None = None, side: int = 1) -> None:
        self._chosen = chosen
        files = _files(folder, names)
        self.left_out = [name for name, file in files.items() if min(file.shape[-2:]) < side]
        self._files = [file for name, file in files.items() if name not in self.left_out]
        self._at_rest = list(_files(folder / AT_REST).values())
        if self.left_out and not self._files:
            raise UnsuitableCine(f"Found only frames of less than {side} pixels along a side; learning needs at least {side}.")

    def __len__(self) -> int:
        return sum(len(file) for file in self._files)

    def batch(self, rng: np.random.Generator, size: int, side: int) -> Tensor:
        """Random crops [size, 8, side, side] float32 (pairs: 16 channels), each turned and perhaps mirrored."""
        return torch.from_numpy(np.stack([self._crop(rng, side) for _ in range(size)]))

    def _crop(self, rng: np.random.Generator, side: int) -> np.ndarray:
        files = self._at_rest if self._at_rest and rng.random() < SHARE_AT_REST else self._files
        file = files[rng.integers(len(files))]
        example = file[rng.integers(len(file))]
        count = PLACES if rng.random() < self._chosen else 1
        places = rng.integers(np.array(example.shape[1:]) - side + 1, size=(count, 2))
        crops = [example[:, top : top + side, left : left + side] for top, left in places]
        crop = max(crops, key=_moving).astype(np.float32)
        crop = np.rot90(crop, rng.integers(4), axes=(1, 2))
        return np.ascontiguousarray(crop[..., ::-1] if rng.random() < 0.5 else crop)


def _files(folder: Path, names: Collection[str] | None = None) -> dict[str, np.ndarray]:
    """Name and examples of each file, or of those with these names."""
    whole = sorted(folder.glob("[!.]*.npy"))  # what is hidden was cut short by a kill
    return {path.stem: _opened(path) for path in whole if names is None or path.stem in names}


def _opened(path: Path) -> np.ndarray:
    try:
        return np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, EOFError, ValueError) as error:
        raise UnreadableInput(f"{path} is damaged ({error}); delete it, and it is made anew.") from error


def _moving(crop: np.ndarray) -> int:
    """How many pixels (of every fourth row and column) of a crop [8, H, W] no other frame supports."""
    support = np.minimum(crop[PAST_VARIANCE, ::4, ::4], crop[FUTURE_VARIANCE, ::4, ::4])
    return int(np.count_nonzero((support > UNSUPPORTED) & np.isfinite(support)))


def without_a_side(batch: Tensor, rng: np.random.Generator) -> Tensor:
    """Hides the future of some examples, the past of a few, and both of a few."""
    for example in batch:
        for side in _hidden(rng.random()):
            hide(example, side)
    return batch


def _hidden(draw: float) -> tuple[slice, ...]:
    """What a number drawn from 0 to 1 hides."""
    if draw < DROP_BOTH:
        return PAST, FUTURE
    if draw < DROP_BOTH + DROP_FUTURE:
        return (FUTURE,)
    return (PAST,) if draw < DROP_BOTH + DROP_FUTURE + DROP_PAST else ()


def hide(example: Tensor, side: slice) -> None:
    """Takes `PAST` or `FUTURE` from an example [8, H, W] or a pair [16, H, W], in place."""
    for planes in example.split(CHANNELS):
        planes[side] = 0
        planes[side.start + 1] = torch.inf
