"""Step one learns from noisy sequences alone, stays blind to the centre, and stops before it breaks."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from FluoroDenoiseLib import Cine
from FluoroDenoiseLib.errors import UnsuitableCine
from FluoroDenoiseLib.networks.msr2aunet import MSR2AUNet
from FluoroDenoiseLib.training.step_one import TeacherTraining, blind_loss, teach
from FluoroDenoiseLib.training.timed import Schedule, TrainingDiverged
from FluoroDenoiseLib.training.windows import NoisyWindows, stabilised_sequence, window_indices


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(9)


def moving_cine(seed, frames=12, size=128, quanta=40.0):
    """A pattern whose upper half pans by a column per frame and whose lower half is still, under Poisson noise, as uint16."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:size, : size + frames]
    wide = quanta * (1 + 0.4 * np.sin(x / 2 + seed) * np.cos(y / 7))
    clean = np.stack([np.vstack([wide[: size // 2, t : t + size], wide[size // 2 :, :size]]) for t in range(frames)])
    return Cine((16 * rng.poisson(clean)).astype(np.uint16), frame_time=1 / 15, intensity="LIN")


@pytest.fixture(scope="module")
def windows():
    return NoisyWindows(moving_cine(seed) for seed in range(2))


def test_windows_are_in_noise_standard_deviations():
    sequence = stabilised_sequence(moving_cine(0, frames=16)).astype(np.float32)
    upper = sequence[:, : sequence.shape[1] // 2]
    still = upper[:-1, :, 1:] - upper[1:, :, :-1]  # the pattern, held still
    assert np.std(still) / np.sqrt(2) == pytest.approx(1, abs=0.1)


def test_batches_repeat_with_their_seed_and_differ_between_steps(windows):
    first, again, second = (windows.batch(np.random.default_rng((3, step)), 2, 32) for step in (0, 0, 1))
    assert first.shape == (2, 5, 32, 32)
    assert torch.equal(first, again)
    assert not torch.equal(first, second)


@pytest.mark.parametrize("centre", range(6))
def test_no_frame_is_its_own_neighbour_even_at_the_ends(centre):
    indices = window_indices(6, centre, 5)
    assert indices[2] == centre
    assert centre not in indices[:2] + indices[3:]
    assert all(0 <= index < 6 for index in indices)


def test_short_sequences_are_refused_by_name():
    with pytest.raises(UnsuitableCine, match="Found 3 frames in cine"):
        NoisyWindows([moving_cine(0, frames=3)])
    with pytest.raises(UnsuitableCine, match="shortest of 12 frames"):
        NoisyWindows([moving_cine(0)], frames=13)
    with pytest.raises(UnsuitableCine, match="Found 0 sequences"):
        NoisyWindows([])
    with pytest.raises(UnsuitableCine, match="2 frames"):
        teach(MSR2AUNet(width=2, depth=2), np.zeros((2, 8, 8)))


def test_the_blind_loss_of_the_clean_frame_is_the_noise_variance_however_correlated_the_noise():
    white = torch.randn(64, 1, 34, 34)
    noise = torch.nn.functional.avg_pool2d(white, 3, stride=1) * 3
    windows = torch.zeros(64, 5, 32, 32)
    windows[:, 2:3] = noise
    assert blind_loss(lambda window: torch.zeros_like(window[:, :1]), windows).item() == pytest.approx(1, rel=0.03)


def test_a_teacher_learns_from_noisy_frames_what_the_neighbours_mean_does_not_know(tmp_path):
    training = train_teacher(MSR2AUNet(width=4, depth=2), Panning(), tmp_path, steps=60, rate=2e-2)
    held_out = Panning().batch(np.random.default_rng(99), 16, 32)
    mean = blind_loss(Mean(), held_out).item()
    assert 1 < training.score() < mean - 1


class Panning:
    """Batches of a wave of amplitude 4 that moves by a sixth of its length per frame, under unit noise."""

    def batch(self, rng, size, side):
        times, columns = np.arange(5.0)[:, None, None], np.arange(float(side))
        wave = 4 * np.sin(np.pi / 6 * (columns - 2 * times) + 6 * rng.random((size, 1, 1, 1)))
        return torch.from_numpy(wave + rng.normal(size=(size, 5, side, side))).float()


class Mean(torch.nn.Module):
    """The mean of the four neighbours."""

    def forward(self, window):
        return window[:, [0, 1, 3, 4]].mean(1, keepdim=True)


def train_teacher(network, source, folder, steps, rate=2e-4):
    training = TeacherTraining(network, source, source, folder, Schedule(1, batch=4, side=32, rate=rate))
    training.precision = torch.float32  # not the one that happens to be faster on a busy machine
    for _ in range(steps):
        training.seconds += 60 / steps
        training.one_step()
    return training


def test_training_is_the_same_for_the_same_seeds(windows, tmp_path):
    weights = []
    for run in ("one", "two"):
        torch.manual_seed(1)
        network = MSR2AUNet(width=2, depth=2)
        train_teacher(network, windows, tmp_path / run, steps=3)
        weights.append(torch.cat([parameter.flatten() for parameter in network.parameters()]))
    torch.testing.assert_close(*weights, rtol=1e-4, atol=1e-6)  # sums may be taken in another order, memory lying elsewhere


def test_nan_stops_the_training_before_it_reaches_the_weights(tmp_path):
    class Broken(Panning):
        def batch(self, rng, size, side):
            return torch.full((size, 5, side, side), torch.nan)

    network = MSR2AUNet(width=2, depth=2)
    with pytest.raises(TrainingDiverged, match="step 0"):
        train_teacher(network, Broken(), tmp_path, steps=1)
    assert all(torch.isfinite(parameter).all() for parameter in network.parameters())


def test_the_teachers_word_on_a_frame_does_not_hold_that_frame():
    network = MSR2AUNet(width=2, depth=2)
    sequence = np.random.default_rng(0).normal(size=(6, 16, 16))
    other = sequence.copy()
    other[0] += 100
    before, after = teach(network, sequence), teach(network, other)
    assert before.shape == sequence.shape
    assert np.array_equal(before[0], after[0])
    assert not np.array_equal(before[1], after[1])
