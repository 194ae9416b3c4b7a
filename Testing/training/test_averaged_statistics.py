"""The averaged network's batch normalisation fits its weights: what is evaluated is as good as what was trained."""

from __future__ import annotations

from copy import deepcopy

import numpy as np
import pytest
import torch

from FluoroDenoiseLib.networks.msr2aunet import MSR2AUNet
from FluoroDenoiseLib.training.step_one import TeacherTraining
from FluoroDenoiseLib.training.timed import Schedule

STEPS = 60
FACTOR = 1.25  # the passes of a recurrence share their statistics, so the running ones never quite fit: 1.02 to 1.15 was seen


class Panning:
    """Windows of a wave of amplitude 4 that moves by a sixth of its length per frame, under unit noise."""

    def batch(self, rng, size, side):
        times, columns = np.arange(5.0)[:, None, None], np.arange(float(side))
        wave = 4 * np.sin(np.pi / 6 * (columns - 2 * times) + 6 * rng.random((size, 1, 1, 1)))
        return torch.from_numpy(wave + rng.normal(size=(size, 5, side, side))).float()


@pytest.fixture(scope="module")
def training(tmp_path_factory):
    torch.manual_seed(0)
    source, schedule = Panning(), Schedule(1, batch=4, side=32, rate=2e-2)
    made = TeacherTraining(MSR2AUNet(width=4, depth=2), source, source, tmp_path_factory.mktemp("teacher"), schedule)
    for _ in range(STEPS):
        made.seconds += 60 / STEPS
        made.one_step()
    return made


def evaluated_against_the_batch(training, network):
    """Loss with the running statistics, relative to that with each batch's own."""
    return training.score_of(network.eval()) / training.score_of(deepcopy(network).train())


def test_the_averaged_teacher_is_as_good_at_evaluation_as_with_the_statistics_of_the_batch(training):
    assert evaluated_against_the_batch(training, deepcopy(training.averaged.module)) < FACTOR


def test_statistics_that_do_not_belong_to_the_weights_are_told(training):
    """Those of a network that saw nothing: the averages of what was trained, if they were never brought along."""
    network = deepcopy(training.averaged.module)
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.reset_running_stats()
    assert evaluated_against_the_batch(training, network) > FACTOR
