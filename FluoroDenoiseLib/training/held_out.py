"""The self-supervised score: recorruption loss on tiles of examples that were held out, so that models can be paired."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn

from ..networks.streaming import MULTIPLE
from .batches import CHANNELS
from .student import losses

SIDE = 128
BATCH = 16
WATCHED, JUDGED = 96, 384
"""Tiles that are looked at during training, and others that the verdict is taken on, at most."""
BLOCK = 5  # frames whose noise-driven errors may depend on each other, since each is predicted from its neighbours


@dataclass(frozen=True)
class Tile:
    """A square of one example.

    Attributes:
        cine: number of the held-out part of a cine.
        frame, top, left: its place there.
    """

    cine: int
    frame: int
    top: int
    left: int


class HeldOut:
    """Tiles of the examples that were held out, in two disjoint sets: `watched` during training, `judged` at the end.

    The score of a tile is an unbiased estimate, up to a constant, of the error against the clean frame (see
    `losses.recorruption`): the target's noise is in none of the planes that the network sees. So a network that interpolates
    frames earns nothing by it: where something moved, it pays the full error. Tiles are the same for all networks.

    Args:
        paths: example files [N, 8, H, W], one for each held-out part of a cine.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        self._files = [np.load(path, mmap_mode="r", allow_pickle=False) for path in paths]
        tiles = [tile for cine, file in enumerate(self._files) for tile in _tiles(cine, file.shape)]
        order = np.random.default_rng(0).permutation(len(tiles))
        watched = min(WATCHED, len(tiles) // 4)
        self.watched = [tiles[k] for k in order[:watched]]
        self.judged = [tiles[k] for k in order[watched : watched + JUDGED]]

    @property
    def per_tile(self) -> int:
        """Examples that a tile holds: 1, or 2 of a pair."""
        return self._files[0].shape[1] // CHANNELS

    @property
    def tiles(self) -> list[Tile]:
        """Those of both sets."""
        return self.watched + self.judged

    def losses(
        self,
        network: nn.Module,
        tiles: Sequence[Tile],
        device: torch.device,
        precision: torch.dtype,
        check: Callable[[], None] = lambda: None,
    ) -> np.ndarray:
        """Loss [N] of each tile, NaN where its target is unknown; `check` is called between batches and may raise."""
        found = []
        for side in _sides(self._files):
            same = [k for k, tile in enumerate(tiles) if self._side(tile) == side]
            for start in range(0, len(same), BATCH):
                check()
                chosen = same[start : start + BATCH]
                batch = torch.from_numpy(np.stack([self._read(tiles[k]) for k in chosen])).to(device)
                with torch.no_grad():
                    found += zip(chosen, losses(network, batch, precision).tolist(), strict=True)
        return np.array([loss for _, loss in sorted(found)])

    def _side(self, tile: Tile) -> int:
        return side_for(self._files[tile.cine].shape)

    def _read(self, tile: Tile) -> np.ndarray:
        side = self._side(tile)
        example = self._files[tile.cine][tile.frame, :, tile.top : tile.top + side, tile.left : tile.left + side]
        return example.astype(np.float32)


def side_for(shape: tuple[int, ...]) -> int:
    """Side of the square crops of frames of this shape [..., H, W]."""
    return min(SIDE, min(shape[-2:]) // MULTIPLE * MULTIPLE)


def _sides(files: Sequence[np.ndarray]) -> list[int]:
    return sorted({side_for(file.shape) for file in files})


def _tiles(cine: int, shape: tuple[int, ...]) -> list[Tile]:
    side = side_for(shape)
    places = [(t, top, left) for t in range(shape[0]) for top in _starts(shape[2], side) for left in _starts(shape[3], side)]
    return [Tile(cine, *place) for place in places]


def _starts(length: int, side: int) -> range:
    return range((length % side) // 2, length - side + 1, side)
