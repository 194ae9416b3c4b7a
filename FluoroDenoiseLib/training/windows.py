"""Windows of consecutive noisy frames, stabilised as at run time: all that the teacher ever sees."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor

from ..cine import Cine
from ..errors import UnsuitableCine
from ..noise import analyse
from ..stabilised import StabilisedFrames
from .examples import refuse_unusable


def stabilised_sequence(cine: Cine) -> np.ndarray:
    """All frames [T, H, W] float16 in noise standard deviations, less their common median (float16 is fine near zero).

    Raises:
        UnsuitableCine: nothing can be learnt from them (`examples.refuse_unusable`).
    """
    analysis = analyse(cine)
    refuse_unusable(cine, analysis)
    frames = StabilisedFrames(cine, analysis)
    sequence = np.stack([frames[t][0] for t in range(len(cine))])
    return (sequence - np.median(sequence)).astype(np.float16)


def window_indices(count: int, centre: int, frames: int) -> list[int]:
    """Frames of the window around `centre`; at the ends neighbours are mirrored about it, so it never is its own neighbour.

    Raises:
        UnsuitableCine: fewer frames than a mirrored window needs.
    """
    reach = frames // 2
    if count <= reach:
        raise UnsuitableCine(f"Found {count} frames; the teacher needs at least {reach + 1}. Give a longer cine.")
    offsets = range(-reach, reach + 1)
    return [centre + offset if 0 <= centre + offset < count else centre - offset for offset in offsets]


class NoisyWindows:
    """Windows of noisy sequences; there is no place for a clean frame.

    Args:
        sequences: noisy cines, for example `NoisySequences`.
        frames: odd length of a window.

    Raises:
        UnsuitableCine: no sequence, one shorter than the window, or one from which nothing can be learnt.
    """

    def __init__(self, sequences: Iterable[Cine], frames: int = 5) -> None:
        self.frames = frames
        self._sequences = [stabilised_sequence(cine) for cine in sequences]
        shortest = min((len(sequence) for sequence in self._sequences), default=0)
        if shortest < frames:
            raise UnsuitableCine(
                f"Found {len(self._sequences)} sequences, the shortest of {shortest} frames; expected at least one, and "
                f"{frames} frames in each. Give more or longer cines."
            )

    def batch(self, rng: np.random.Generator, size: int, side: int) -> Tensor:
        """Random windows [size, frames, side, side] float32, turned, mirrored, and half of them reversed in time."""
        return torch.from_numpy(np.stack([self._crop(rng, side) for _ in range(size)]))

    def _crop(self, rng: np.random.Generator, side: int) -> np.ndarray:
        sequence = self._sequences[rng.integers(len(self._sequences))]
        first, top, left = (
            int(rng.integers(length - part + 1)) for length, part in zip(sequence.shape, (self.frames, side, side), strict=True)
        )
        crop = sequence[first : first + self.frames, top : top + side, left : left + side].astype(np.float32)
        return turned(crop[::-1] if rng.random() < 0.5 else crop, rng)


def turned(crop: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A square crop [..., S, S] turned by a multiple of 90 degrees and perhaps mirrored."""
    crop = np.rot90(crop, rng.integers(4), axes=(-2, -1))
    return np.ascontiguousarray(crop[..., ::-1] if rng.random() < 0.5 else crop)
