"""Ours: the streaming network, trained by recorruption from noisy frames alone, run by the product's own code."""

from __future__ import annotations

from pathlib import Path

import torch

from FluoroDenoiseLib.networks.streaming import StreamingUNet
from FluoroDenoiseLib.training.batches import Examples
from FluoroDenoiseLib.training.examples import write_examples
from FluoroDenoiseLib.training.student import StudentTraining

from ..make_model import BATCH, settings
from ..report import denoiser_of
from .place import SETS, Place, say
from .trained import Trained

SIDE = 128


def recorrupted(place: Place, mode: str) -> Trained:
    """The streaming student; `mode` is "review" or "live", two rows of one training."""
    return streaming(place, "ours", examples(place), mode)


def examples(place: Place) -> list[Path]:
    """Folders of the examples of both sets, which are made where they are missing."""
    folders = [place.data / "examples" / part for part in SETS]
    for part, folder in zip(SETS, folders, strict=True):
        write_examples(place.sequences(part), folder, place.seed)
    return folders


def streaming(place: Place, name: str, folders: list[Path], mode: str) -> Trained:
    """The streaming network, trained on the examples of two folders: to learn from, and held out."""
    torch.manual_seed(place.seed)
    network = StreamingUNet(**settings("fluoroscopy"))
    sources = (Examples(folder) for folder in folders)
    training = StudentTraining(network, *sources, place.row(name), place.schedule(BATCH, SIDE))
    training.run(say)
    passes = 2 if mode == "review" else 1  # review makes pilots first
    return Trained.by(training, denoiser_of(training.averaged.module, mode).denoise, passes)
