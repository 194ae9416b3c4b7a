"""Networks trained against clean frames, for the table alone: nothing made here is shipped."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from FluoroDenoiseLib.training.step_two import unit_range
from FluoroDenoiseLib.training.timed import TimedTraining, run_network
from FluoroDenoiseLib.training.windows import turned, window_indices

from .clean import CLEAN, NOISE, NOISY, clean_examples, clean_sequence, prepared_with_truth
from .place import SETS, Place, say
from .recorrupted import streaming
from .trained import Estimate, Trained, estimated
from .two_stage import FRAMES, NEEDED, TwoStage

SUPERVISED, TWO_STAGE = "supervised", "two-stage"  # folders of what is prepared and trained


def supervised(place: Place, cts: list[Path], mode: str) -> Trained:
    """The streaming network on the very examples of `recorrupted`, with the clean frame in place of the noisy target."""
    folder = place.data / SUPERVISED
    prepared_with_truth(place, folder, cts, clean_examples)
    return streaming(place, SUPERVISED, [folder / part for part in SETS], mode)


def two_stage(place: Place, cts: list[Path]) -> Trained:
    """A FastDVDnet-class network on frames of the same doses, squared error against the clean centre."""
    sources = (Windows(one) for one in prepared_with_truth(place, place.data / TWO_STAGE, cts, clean_sequence))
    torch.manual_seed(place.seed)
    training = TwoStageTraining(TwoStage(), *sources, place.row(TWO_STAGE), place.schedule(batch=8, side=96))
    training.run(say)
    return Trained.by(training, estimated(_estimate(training)), passes=NEEDED)


class Windows:
    """Windows of five frames with noise map and clean centre, from prepared sequences [T, 3, H, W]."""

    def __init__(self, sequences: list[np.ndarray]) -> None:
        self._sequences = sequences

    def batch(self, rng: np.random.Generator, size: int, side: int) -> Tensor:
        """Random crops [size, 7, side, side] float32, turned and mirrored: five frames, noise, clean centre."""
        return torch.from_numpy(np.stack([self._crop(rng, side) for _ in range(size)]))

    def _crop(self, rng: np.random.Generator, side: int) -> np.ndarray:
        sequence = self._sequences[rng.integers(len(self._sequences))]
        t = int(rng.integers(len(sequence)))
        top, left = (int(rng.integers(length - side + 1)) for length in sequence.shape[2:])
        area = np.s_[top : top + side, left : left + side]
        frames = [sequence[k, NOISY][area] for k in window_indices(len(sequence), t, FRAMES)]
        crop = np.stack([*frames, sequence[t, NOISE][area], sequence[t, CLEAN][area]])
        return turned(crop.astype(np.float32), rng)


class TwoStageTraining(TimedTraining):
    """Mean squared error against the clean centre, as published."""

    channels = FRAMES + 1

    def loss(self, network: nn.Module, batch: Tensor) -> Tensor:
        """Of windows [N, 7, H, W]."""
        return torch.square(run_network(network, batch[:, :-1], self.precision) - batch[:, -1:]).mean()


def _estimate(training: TwoStageTraining) -> Estimate:
    def estimate(noisy: np.ndarray, noise: np.ndarray) -> np.ndarray:
        scaled, low, span = unit_range(noisy)
        with torch.inference_mode():
            windows = (_window(scaled, noise / span, t) for t in range(len(noisy)))
            clean = [run_network(training.averaged.module, window, training.precision)[0, 0].numpy() for window in windows]
        return np.stack(clean) * span + low

    return estimate


def _window(frames: np.ndarray, noise: np.ndarray, t: int) -> Tensor:
    images = [*frames[window_indices(len(frames), t, FRAMES)], noise[t]]
    return torch.from_numpy(np.stack(images))[None]
