"""Step two as published: targets that follow motion, a student that learns, and how much of its own noise it keeps."""

from __future__ import annotations

from itertools import islice, repeat

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter

from FluoroDenoiseLib.networks.plain_unet import PlainUNet
from FluoroDenoiseLib.training.losses.total import StepTwoLoss
from FluoroDenoiseLib.training.step_two import random_crops, recursive_frames, train_student, unit_range


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
    images = [np.stack([np.stack([frame, 10 * frame]) for frame in np.random.default_rng(4).normal(size=(5, 40, 48))])]
    first, second = islice(random_crops(images, 1, 3, 32), 2)
    assert first.shape == (3, 2, 32, 32)
    assert torch.allclose(first[:, 1], 10 * first[:, 0])
    assert torch.equal(first, next(random_crops(images, 1, 3, 32)))
    assert not torch.equal(first, second)


def flat_frames_with_targets(leak):
    """x, T and R of constant scenes under correlated noise; T and R know nothing of x but a share `leak` of its noise."""
    rng = np.random.default_rng(5)
    while True:
        level = rng.uniform(0.2, 0.8, (4, 1, 1, 1)).astype(np.float32)
        noise = 0.3 * correlated_noise(rng, (4, 32, 32))[:, None]
        teacher = level + 0.1 * correlated_noise(rng, (4, 32, 32))[:, None] + leak * noise
        recursive = level + 0.1 * correlated_noise(rng, (4, 32, 32))[:, None] + leak * noise
        yield torch.from_numpy(np.concatenate([level + noise, teacher, recursive], axis=1))


@pytest.mark.slow
@pytest.mark.parametrize(("leak", "lowest", "highest"), [(0.0, 0.0, 0.15), (0.3, 0.25, 0.35)])
def test_at_most_15_percent_of_the_noise_passes_on_constant_scenes_unless_the_targets_leak(leak, lowest, highest):
    student = PlainUNet(width=8, depth=3)
    train_student(student, flat_frames_with_targets(leak), StepTwoLoss(), 600, rate=3e-3)
    noisy = next(flat_frames_with_targets(0.0))[:, :1]
    inside = np.s_[..., 6:-6, 6:-6]
    with torch.no_grad():
        kept = student(noisy)[inside].std(dim=(2, 3)) / noisy[inside].std(dim=(2, 3))
    assert lowest <= kept.mean() < highest


def test_a_few_steps_lower_the_published_loss():
    batch = next(flat_frames_with_targets(0.0))
    losses = train_student(PlainUNet(width=4, depth=2), repeat(batch), StepTwoLoss(published=True), 60, rate=1e-2)
    assert losses[-1] < 0.6 * losses[0]


def test_training_is_the_same_for_the_same_seeds():
    weights = []
    for _ in range(2):
        torch.manual_seed(1)
        student = PlainUNet(width=2, depth=2)
        losses = train_student(student, flat_frames_with_targets(0.0), StepTwoLoss(published=True), 3)
        weights.append(torch.cat([parameter.flatten() for parameter in student.parameters()]))
    assert torch.equal(*weights)
    assert len(losses) == 3
