"""Step two as published: targets that follow motion, a student that learns, and how much of its own noise it keeps."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter

from FluoroDenoiseLib.networks.plain_unet import PlainUNet
from FluoroDenoiseLib.training.losses.total import StepTwoLoss
from FluoroDenoiseLib.training.step_two import Crops, StepTwoTraining, recursive_frames, unit_range
from FluoroDenoiseLib.training.timed import Schedule


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(2)


def correlated_noise(rng, shape, blur=0.7):
    noise = gaussian_filter(rng.normal(size=shape), (0, blur, blur))
    return (noise / noise.std()).astype(np.float32)


def panning(rng, frames=7, size=96, noise=1.0):
    """Blobs that pan by 3 columns per frame, and what is under their noise."""
    wide = gaussian_filter(rng.normal(size=(size, size + 3 * frames)), 4)
    wide *= 20 / wide.std()
    clean = np.stack([wide[:, 3 * t : 3 * t + size] for t in range(frames)]).astype(np.float32)
    return clean, clean + noise * rng.normal(size=clean.shape).astype(np.float32)


def test_motion_compensation_keeps_the_recursion_from_smearing():
    clean, noisy = panning(np.random.default_rng(0))
    inside = np.s_[2:5, 16:-16, 16:-16]
    errors = {
        name: np.sqrt(np.mean(np.square(recursive_frames(noisy, compensated=name) - clean)[inside])) for name in (True, False)
    }
    assert errors[True] < 0.75  # less than the noise of one frame ...
    assert errors[False] > 5  # ... and far less than the smear


def test_static_noise_falls_by_5_85_db_with_the_frame_itself_and_by_less_without():
    noise = correlated_noise(np.random.default_rng(1), (9, 64, 64))
    middle = slice(2, 7)  # whole windows
    with_centre = recursive_frames(noise)[middle].var()
    without = recursive_frames(noise, centre=False)[middle].var()
    assert -10 * np.log10(with_centre) == pytest.approx(5.85, abs=0.3)
    assert with_centre < without < 0.4


def test_the_published_target_holds_the_frame_itself_and_ours_does_not():
    noise = np.random.default_rng(2).normal(size=(9, 96, 96)).astype(np.float32)
    for centre, share in ((True, 0.2 * 0.8**2), (False, 0.0)):
        target = recursive_frames(noise, compensated=False, centre=centre)[2:7]
        assert np.mean(target * noise[2:7]) == pytest.approx(share, abs=0.02)


def test_the_unit_range_can_be_undone_and_ignores_a_stray_pixel():
    frames = np.random.default_rng(3).normal(50, 4, (4, 64, 64))
    frames[0, 0, 0] = 1e5
    scaled, offset, span = unit_range(frames)
    np.testing.assert_allclose(scaled * span + offset, frames, rtol=1e-3)
    assert 0.3 < np.median(scaled) < 0.7


def test_crops_repeat_with_their_seed_and_keep_their_channels_together():
    frames = np.random.default_rng(4).normal(size=(5, 40, 48))
    crops = Crops([np.stack([frames, 10 * frames, -frames], axis=1)], channels=[0, 2])
    first, again, second = (crops.batch(np.random.default_rng(step), 3, 32) for step in (0, 0, 1))
    assert first.shape == (3, 2, 32, 32)
    assert torch.allclose(first[:, 1], -first[:, 0])
    assert torch.equal(first, again)
    assert not torch.equal(first, second)


class FlatFrames:
    """x, T and R of constant scenes under correlated noise; T and R know nothing of x but a share `leak` of its noise."""

    def __init__(self, leak):
        self.leak = leak

    def batch(self, rng, size, side):
        level = rng.uniform(0.2, 0.8, (size, 1, 1, 1)).astype(np.float32)
        noise = 0.3 * correlated_noise(rng, (size, side, side))[:, None]
        targets = [level + 0.1 * correlated_noise(rng, (size, side, side))[:, None] + self.leak * noise for _ in range(2)]
        return torch.from_numpy(np.concatenate([level + noise, *targets], axis=1))


def train_student(network, source, terms, folder, steps, rate=2e-4):
    training = StepTwoTraining(network, terms, source, source, folder, Schedule(1, batch=4, side=32, rate=rate))
    losses = []
    for _ in range(steps):
        training.seconds += 60 / steps
        losses.append(training.one_step())
    return training, losses


@pytest.mark.slow
@pytest.mark.parametrize(("leak", "lowest", "highest"), [(0.0, 0.0, 0.15), (0.3, 0.25, 0.35)])
def test_at_most_15_percent_of_the_noise_passes_on_constant_scenes_unless_the_targets_leak(tmp_path, leak, lowest, highest):
    training, _ = train_student(PlainUNet(width=8, depth=3), FlatFrames(leak), StepTwoLoss(), tmp_path, 600, rate=3e-3)
    noisy = FlatFrames(0.0).batch(np.random.default_rng(8), 16, 32)[:, :1]
    inside = np.s_[..., 6:-6, 6:-6]
    with torch.no_grad():
        kept = training.averaged.module(noisy)[inside].std(dim=(2, 3)) / noisy[inside].std(dim=(2, 3))
    assert lowest <= kept.mean() < highest


def test_a_few_steps_lower_the_published_loss(tmp_path):
    class Same(FlatFrames):
        def batch(self, rng, size, side):
            return super().batch(np.random.default_rng(0), size, side)

    _, losses = train_student(PlainUNet(4, 2), Same(0.0), StepTwoLoss(published=True), tmp_path, 150, rate=1e-2)
    assert losses[-1] < 0.6 * losses[0]


def test_training_is_the_same_for_the_same_seeds(tmp_path):
    weights = []
    for run in ("one", "two"):
        torch.manual_seed(1)
        student = PlainUNet(width=2, depth=2)
        train_student(student, FlatFrames(0.0), StepTwoLoss(published=True), tmp_path / run, 3)
        weights.append(torch.cat([parameter.flatten() for parameter in student.parameters()]))
    assert torch.equal(*weights)
