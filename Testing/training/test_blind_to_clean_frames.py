"""Both published steps learn from noisy frames alone: what a file may hold besides them changes nothing."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter

from FluoroDenoiseLib.networks.msr2aunet import MSR2AUNet
from FluoroDenoiseLib.networks.plain_unet import PlainUNet
from FluoroDenoiseLib.training.losses.total import StepTwoLoss
from FluoroDenoiseLib.training.sequences import NoisySequences
from FluoroDenoiseLib.training.step_one import TeacherTraining
from FluoroDenoiseLib.training.step_two import Crops, StepTwoTraining
from FluoroDenoiseLib.training.timed import Schedule
from FluoroDenoiseLib.training.windows import NoisyWindows, stabilised_sequence
from Training.ablation.published import COMPENSATED, NOISY, TAUGHT, see

SHAPE = (8, 96, 96)
STEPS = 3


def write(folder, clean, noise=40.0):
    """Two noisy cines with `clean` beside them."""
    folder.mkdir()
    for k in range(2):
        rng = np.random.default_rng(k)
        signal = 3000 + 800 * gaussian_filter(rng.standard_normal(SHAPE[1:]), 6)
        frames = np.rint(signal + noise * rng.standard_normal(SHAPE)).astype(np.uint16)
        np.savez(folder / f"{k:04d}.npz", frames=frames, frame_time=1 / 15, intensity="LIN", clean=clean)
    return NoisySequences(folder)


def trained(training):
    """Weights and averaged weights after a few steps, and the score."""
    training.precision = torch.float32  # not the one that happens to be faster on a busy machine
    for _ in range(STEPS):
        training.seconds += 20 / STEPS
        training.one_step()
    states = [*training.network.state_dict().values(), *training.averaged.state_dict().values()]
    return [*states, torch.tensor(training.score())]


def both_steps(sequences, folder):
    """What the teacher and then its student have learnt from the sequences."""
    torch.manual_seed(3)
    schedule, windows = Schedule(1, batch=2, side=32, rate=1e-2), NoisyWindows(sequences[k] for k in range(len(sequences)))
    teacher = TeacherTraining(MSR2AUNet(width=2, depth=2), windows, windows, folder / "teacher", schedule)
    learnt = trained(teacher)
    seen = [see(stabilised_sequence(sequences[k]), teacher) for k in range(len(sequences))]
    crops = Crops(seen, [NOISY, TAUGHT, COMPENSATED])
    terms = StepTwoLoss(cross_fusion=1.0, fourier=1.0, published=True)
    student = StepTwoTraining(PlainUNet(width=2, depth=2), terms, crops, crops, folder / "student", schedule)
    return {"teacher": learnt, "targets": [torch.from_numpy(one) for one in seen], "student": trained(student)}


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    folder = tmp_path_factory.mktemp("alone")
    return both_steps(write(folder / "sequences", np.zeros(SHAPE, np.float32)), folder)


@pytest.mark.parametrize("part", ["teacher", "targets", "student"])
def test_poisoned_clean_frames_change_neither_weights_nor_targets_nor_score(alone, poisoned, part):
    torch.testing.assert_close(poisoned[part], alone[part], rtol=1e-4, atol=1e-6)  # threads add up in no fixed order
    assert all(torch.isfinite(tensor).all() for tensor in poisoned[part])


@pytest.fixture(scope="module")
def poisoned(tmp_path_factory):
    """NaN in place of every clean pixel."""
    folder = tmp_path_factory.mktemp("poisoned")
    return both_steps(write(folder / "sequences", np.full(SHAPE, np.nan, np.float32)), folder)


def test_other_noisy_frames_do_change_them(alone, tmp_path):
    """So the comparison above can fail."""
    other = both_steps(write(tmp_path / "sequences", np.zeros(SHAPE, np.float32), noise=41.0), tmp_path)
    for part in ("teacher", "targets", "student"):
        with pytest.raises(AssertionError):
            torch.testing.assert_close(other[part], alone[part], rtol=1e-4, atol=1e-6)
