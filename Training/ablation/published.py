"""The published method rebuilt, term by term: the blind teacher, and the single-frame student that learns from x, T and R.

All of it learns from noisy frames alone. Its frames are stabilised and put back by the product's own noise law, which the paper
does not have; targets and losses are the published ones, in [0, 1].
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import torch

from FluoroDenoiseLib.networks.msr2aunet import MSR2AUNet
from FluoroDenoiseLib.networks.plain_unet import PlainUNet
from FluoroDenoiseLib.training.losses.total import StepTwoLoss
from FluoroDenoiseLib.training.step_one import TeacherTraining, teach
from FluoroDenoiseLib.training.step_two import Crops, StepTwoTraining, recursive_frames, unit_range
from FluoroDenoiseLib.training.timed import TimedTraining, run_network
from FluoroDenoiseLib.training.windows import NoisyWindows, stabilised_sequence

from .place import SETS, Place, prepared, say
from .trained import Estimate, Trained, estimated

TEACHER = "step one"
SLIM, PUBLISHED = 24, 56  # widths of the student: as deep as the published one at a fifth of its cost, and its own
NOISY, TAUGHT, COMPENSATED, UNCOMPENSATED, WITHOUT_CENTRE = range(5)  # channels of the prepared sequences


def step_one(place: Place) -> Trained:
    """The teacher alone, as the denoiser."""
    training = _teacher(place)
    network = training.averaged.module

    def estimate(noisy: np.ndarray, _: np.ndarray) -> np.ndarray:
        middle = np.median(noisy)
        return teach(network, noisy - middle, training.precision) + middle

    return Trained.by(training, estimated(estimate))


def _teacher(place: Place) -> TeacherTraining:
    torch.manual_seed(place.seed)
    windows = (NoisyWindows(place.sequences(name)) for name in SETS)
    training = TeacherTraining(MSR2AUNet(), *windows, place.row(TEACHER), place.schedule(batch=8, side=128))
    training.run(say)
    return training


def step_two(place: Place, name: str, terms: StepTwoLoss, recursive: int = COMPENSATED, width: int = SLIM) -> Trained:
    """The single-frame student, taught by a teacher that had the same time before.

    Args:
        name: of the row's folder.
        terms: losses that are switched on.
        recursive: channel that R is taken from.
        width: of the student.
    """
    seen = _seen(place)
    torch.manual_seed(place.seed)
    sources = (Crops(seen[name], [NOISY, TAUGHT, recursive]) for name in SETS)
    schedule = place.schedule(batch=8 if width == SLIM else 4, side=128)
    training = StepTwoTraining(PlainUNet(width), terms, *sources, place.row(name), schedule)
    training.run(say)
    return Trained.by(training, estimated(single_frame_estimate(training)))


def single_frame_estimate(training: TimedTraining) -> Estimate:
    """The averaged student of a training, frame by frame in [0, 1]."""

    def estimate(noisy: np.ndarray, _: np.ndarray) -> np.ndarray:
        scaled, low, span = unit_range(noisy)
        with torch.inference_mode():
            images = (torch.from_numpy(frame)[None, None] for frame in scaled)
            clean = [run_network(training.averaged.module, image, training.precision)[0, 0].numpy() for image in images]
        return np.stack(clean) * span + low

    return estimate


def _seen(place: Place) -> dict[str, list[np.ndarray]]:
    """What students learn from, [T, 5, H, W] float16 of each sequence of both sets; the teacher is trained if it is missing."""
    teacher = cache(lambda: _teacher(place))
    return {name: _taught(place, name, teacher) for name in SETS}


def _taught(place: Place, name: str, teacher: Callable[[], TeacherTraining]) -> list[np.ndarray]:
    sequences, folder = place.sequences(name), place.row(TEACHER) / "seen" / name
    return prepared(sequences, folder, lambda k: see(stabilised_sequence(sequences[k]), teacher()))


def see(sequence: np.ndarray, teacher: TeacherTraining) -> np.ndarray:
    """x, T, R, R without motion compensation and R without the frame itself, from stabilised noisy frames [T, H, W].

    Returns:
        [T, 5, H, W] float16 in [0, 1].
    """
    sequence = sequence.astype(np.float32)
    scaled, low, span = unit_range(sequence)
    taught = teach(teacher.averaged.module, sequence, teacher.precision)
    recursive = [recursive_frames(sequence, **kind) for kind in ({}, {"compensated": False}, {"centre": False})]
    return np.stack([scaled, *((images - low) / span for images in (taught, *recursive))], axis=1).astype(np.float16)
