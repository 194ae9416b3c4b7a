"""The published single-frame student with our objective: what recorruption is worth with the same network and input."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from FluoroDenoiseLib.networks.evidence import PLANES
from FluoroDenoiseLib.networks.plain_unet import PlainUNet
from FluoroDenoiseLib.training.losses.difference import mean_difference
from FluoroDenoiseLib.training.sequences import NoisySequences
from FluoroDenoiseLib.training.step_two import Crops, unit_range
from FluoroDenoiseLib.training.timed import PUBLISHED_BETAS, TimedTraining, run_network

from .place import SETS, Place, prepared, say
from .published import SLIM, single_frame_estimate
from .recorrupted import examples
from .trained import Trained, estimated

SHOWN, TARGET = 0, PLANES  # planes of an example: the frame, and the same frame recorrupted the other way


def single_frame(place: Place) -> Trained:
    """The student of `published.step_two` on the frames and targets of the examples that `recorrupted` learns from."""
    sources = [Crops(_seen(place, part, folder)) for part, folder in zip(SETS, examples(place), strict=True)]
    torch.manual_seed(place.seed)
    training = SingleFrameTraining(PlainUNet(SLIM), *sources, place.row("single-frame"), place.schedule(batch=8, side=128))
    training.run(say)
    return Trained.by(training, estimated(single_frame_estimate(training)))


def _seen(place: Place, part: str, folder: Path) -> list[np.ndarray]:
    sequences = place.sequences(part)
    return prepared(sequences, place.data / "single-frame" / part, partial(_of_sequence, sequences, folder))


def _of_sequence(sequences: NoisySequences, folder: Path, k: int) -> np.ndarray:
    return shown_and_target(np.load(folder / f"{sequences.name(k)}.npy", mmap_mode="r", allow_pickle=False))


def shown_and_target(made: np.ndarray) -> np.ndarray:
    """Frames as shown and their targets [T, 2, H, W] float16, from examples [T, 8, H, W]; in [0, 1] as in `published.see`."""
    shown, low, span = unit_range(made[:, SHOWN].astype(np.float32))
    return np.stack([shown, (made[:, TARGET].astype(np.float32) - low) / span], axis=1).astype(np.float16)


class SingleFrameTraining(TimedTraining):
    """Recorruption loss of the frame alone."""

    channels = 1
    betas = PUBLISHED_BETAS

    def loss(self, network: nn.Module, batch: Tensor) -> Tensor:
        """Of frames and targets [N, 2, H, W]."""
        return mean_difference(run_network(network, batch[:, :1], self.precision), batch[:, 1:], squared=True)
