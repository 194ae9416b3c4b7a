"""Step two as published: a single-frame student learns from the teacher and from recursively filtered frames.

(arXiv 2411.00830.) The reference that the shipped student, trained by recorruption (`student.py`), is measured against.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from ..suppression.motion import MotionEstimator, warp
from .losses.recursion import recursive_target
from .losses.total import StepTwoLoss
from .processes import Processes
from .timed import PUBLISHED_BETAS, Schedule, Source, TimedTraining, run_network
from .windows import turned, window_indices


def unit_range(sequence: np.ndarray) -> tuple[np.ndarray, float, float]:
    """Noisy frames [T, H, W] scaled so that their 0.1 and 99.9 percentiles are 0 and 1, with that offset and span.

    The published nets and the published product G R / 2 want frames in [0, 1].
    """
    low, high = (float(value) for value in np.percentile(sequence, [0.1, 99.9]))
    span = max(high - low, 1e-6)
    return (np.asarray(sequence, np.float32) - low) / span, low, span


def recursive_frames(sequence: np.ndarray, frames: int = 5, compensated: bool = True, centre: bool = True) -> np.ndarray:
    """R [T, H, W] float32: the fixed-gain recursion through the window around each frame, in time order.

    Args:
        sequence: stabilised noisy frames [T, H, W], in noise standard deviations.
        frames: odd length of the window.
        compensated: warp the neighbours onto the frame first (`suppression.motion`; SpyNet in the paper).
        centre: True, as published, leaves the frame itself in its target, and a share of the student's input noise with it;
            False takes it out.
    """
    aligner = _Aligner(np.asarray(sequence, np.float32), compensated)
    windows = (window_indices(len(sequence), t, frames) for t in range(len(sequence)))
    aligned = (np.stack([aligner.onto(t, k) for k in w if centre or k != t]) for t, w in enumerate(windows))
    return np.stack([recursive_target(torch.from_numpy(images)[None])[0, 0].numpy() for images in aligned])


class _Aligner:
    """Frames of a sequence, moved onto each other."""

    def __init__(self, images: np.ndarray, compensated: bool) -> None:
        self._images, self._estimator = images, MotionEstimator()
        self._guides = [self._estimator.guide(image) for image in images] if compensated else None

    def onto(self, t: int, k: int) -> np.ndarray:
        """Frame k as it would look at time t, as far as the flow is trusted."""
        if self._guides is None or k == t:
            return self._images[k]
        places = self._estimator.places(self._guides[t], self._guides[k], self._images[k].shape)
        return self._images[k] if places is None else warp(self._images[k], places)


class Crops:
    """Random crops of sequences that are larger than memory, if need be.

    Args:
        sequences: each [T, C, H, W], for example memory-mapped.
        channels: which of the C are taken, all by default.
    """

    def __init__(self, sequences: Sequence[np.ndarray], channels: Sequence[int] | slice = slice(None)) -> None:
        self._sequences, self._channels = sequences, channels

    def batch(self, rng: np.random.Generator, size: int, side: int) -> Tensor:
        """Crops [size, channels, side, side] float32, each turned by a multiple of 90 degrees and perhaps mirrored."""
        return torch.from_numpy(np.stack([self._crop(rng, side) for _ in range(size)]))

    def _crop(self, rng: np.random.Generator, side: int) -> np.ndarray:
        sequence = self._sequences[rng.integers(len(self._sequences))]
        frame = sequence[rng.integers(len(sequence))]
        top, left = (int(rng.integers(length - side + 1)) for length in frame.shape[1:])
        crop = frame[:, top : top + side, left : left + side][self._channels]
        return turned(crop.astype(np.float32), rng)


class StepTwoTraining(TimedTraining):
    """A single-frame student learns from x, T and R; x alone is shown to it.

    Args:
        terms: the losses.
        examples, held_out: of batches [N, 3, H, W], x, T and R in one unit.
    """

    channels = 1
    betas = PUBLISHED_BETAS

    def __init__(
        self,
        network: nn.Module,
        terms: StepTwoLoss,
        examples: Source,
        held_out: Source,
        folder: Path,
        schedule: Schedule,
        processes: Processes | None = None,
    ) -> None:
        super().__init__(network, examples, held_out, folder, schedule, processes)
        self._terms = terms

    def loss(self, network: nn.Module, batch: Tensor) -> Tensor:
        """The published total."""
        noisy, teacher, recursive = batch.split(1, dim=1)
        student = run_network(network, noisy, self.precision)
        return self._terms.total(self._terms.terms(student, noisy, teacher, recursive))
