"""Batches of crops of examples, turned and mirrored."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

PAST, FUTURE = slice(1, 4), slice(4, 7)
DROP_FUTURE, DROP_PAST = 0.5, 0.05  # live has no future, a first frame no past


class Examples:
    """The memory-mapped example files of a folder that `examples.write_examples` filled."""

    def __init__(self, folder: Path) -> None:
        self._files = [np.load(path, mmap_mode="r", allow_pickle=False) for path in sorted(folder.glob("*.npy"))]

    def __len__(self) -> int:
        return sum(len(file) for file in self._files)

    def batch(self, rng: np.random.Generator, size: int, side: int) -> Tensor:
        """Random crops [size, 8, side, side] float32, each turned by a multiple of 90 degrees and perhaps mirrored."""
        return torch.from_numpy(np.stack([self._crop(rng, side) for _ in range(size)]))

    def _crop(self, rng: np.random.Generator, side: int) -> np.ndarray:
        file = self._files[rng.integers(len(self._files))]
        example = file[rng.integers(len(file))]
        top, left = (int(rng.integers(n - side + 1)) for n in example.shape[1:])
        crop = example[:, top : top + side, left : left + side].astype(np.float32)
        crop = np.rot90(crop, rng.integers(4), axes=(1, 2))
        return np.ascontiguousarray(crop[..., ::-1] if rng.random() < 0.5 else crop)


def without_a_side(batch: Tensor, rng: np.random.Generator) -> Tensor:
    """Hides the future of some examples and the past of a few."""
    for example in batch:
        side = FUTURE if rng.random() < DROP_FUTURE else PAST if rng.random() < DROP_PAST else None
        if side is not None:
            example[side] = 0
            example[side.start + 1] = torch.inf
    return batch
