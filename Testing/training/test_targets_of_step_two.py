"""What the pipeline hands to step two: how much of the input's noise T and R hold, and how much each term weighs."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter

from FluoroDenoiseLib.cine import Cine
from FluoroDenoiseLib.networks.msr2aunet import MSR2AUNet
from FluoroDenoiseLib.training.losses.recursion import SHARE
from FluoroDenoiseLib.training.losses.total import StepTwoLoss
from FluoroDenoiseLib.training.step_one import teach
from FluoroDenoiseLib.training.step_two import recursive_frames
from FluoroDenoiseLib.training.windows import stabilised_sequence
from Training.ablation.published import COMPENSATED, NOISY, TAUGHT, UNCOMPENSATED, WITHOUT_CENTRE, see

PUBLISHED = SHARE * (1 - SHARE) ** 2  # of x in R, the third of five frames: 0.128
WHOLE = slice(2, -2)  # frames whose window is not mirrored
SIDE = 160


def noise(rng, shape, blur=0.7):
    """Correlated within a frame as behind a detector, of standard deviation 1."""
    grain = gaussian_filter(rng.normal(size=shape), (0, blur, blur))
    return (grain / grain.std()).astype(np.float32)


@pytest.fixture(scope="module")
def teacher():
    """Blind as it is built, so training is not what its word's independence hangs on."""
    torch.manual_seed(0)
    network = MSR2AUNet(width=4, depth=2).eval()
    return SimpleNamespace(averaged=SimpleNamespace(module=network), precision=torch.float32)


@pytest.fixture(scope="module")
def still():
    """Stabilised frames [T, H, W] of a constant scene: all structure in them is noise."""
    frames = np.rint(1000 + 40 * noise(np.random.default_rng(0), (14, SIDE, SIDE)))
    return stabilised_sequence(Cine(frames.astype(np.uint16), 1 / 15, "LIN")).astype(np.float32)


def share(target, shown):
    """Regression of a target on the noise that the student is shown: what of it a student learns to keep."""
    target, shown = (frames[WHOLE] - frames[WHOLE].mean(axis=(1, 2), keepdims=True) for frames in (target, shown))
    return float(np.vdot(target, shown) / np.vdot(shown, shown))


def test_the_teachers_word_holds_nothing_of_the_frame_that_the_student_sees(still, teacher):
    assert abs(share(teach(teacher.averaged.module, still), still)) < 0.03


@pytest.mark.parametrize("compensated", [True, False])
def test_the_published_recursion_holds_an_eighth_of_the_students_own_noise_and_ours_nothing(still, compensated):
    """Motion that is estimated on noise must not bring it back either."""
    assert share(recursive_frames(still, compensated=compensated), still) == pytest.approx(PUBLISHED, abs=0.02)
    assert abs(share(recursive_frames(still, compensated=compensated, centre=False), still)) < 0.03


@pytest.mark.parametrize(
    ("channel", "held"), [(TAUGHT, 0.0), (COMPENSATED, PUBLISHED), (UNCOMPENSATED, PUBLISHED), (WITHOUT_CENTRE, 0.0)]
)
def test_each_channel_that_students_learn_from_holds_the_share_that_is_said(still, teacher, channel, held):
    seen = see(still, teacher).astype(np.float32)
    assert share(seen[:, channel], seen[:, NOISY]) == pytest.approx(held, abs=0.025)


@pytest.fixture(scope="module")
def moving(teacher):
    """x, T and R [10, 1, H, W] in [0, 1] of a panning scene with a wire that crosses it, at a low dose."""
    rng = np.random.default_rng(1)
    frames = 14
    wide = gaussian_filter(rng.normal(size=(SIDE, SIDE + 3 * frames)), 8)
    scene = 60 * np.exp(0.5 * wide / wide.std())
    clean = np.stack([scene[:, 3 * t : 3 * t + SIDE] for t in range(frames)])
    for t in range(frames):
        clean[t, :, 20 + 8 * t : 23 + 8 * t] *= 0.6
    noisy = np.rint(16 * (clean + np.sqrt(clean) * noise(rng, clean.shape))).clip(0)
    seen = see(stabilised_sequence(Cine(noisy.astype(np.uint16), 1 / 15, "LIN")), teacher).astype(np.float32)
    return torch.from_numpy(seen[WHOLE][:, [NOISY, TAUGHT, COMPENSATED]])


def gradients(terms, images):
    """Share of each term in the sum of the terms' gradients with respect to the student's output, by their norms."""
    noisy, taught, recursive = images.split(1, dim=1)
    student = torch.nn.functional.avg_pool2d(noisy, 5, stride=1, padding=2).requires_grad_()  # as one that has learnt a little
    values = terms.terms(student, noisy, taught, recursive)
    norms = {name: torch.autograd.grad(value, student, retain_graph=True)[0].norm().item() for name, value in values.items()}
    return {name: norm / sum(norms.values()) for name, norm in norms.items()}


ALL = {"cross_fusion": 1.0, "fourier": 1.0, "published": True}


def test_with_a_normalised_motion_weight_every_term_has_its_say_in_0_to_1(moving):
    shares = gradients(StepTwoLoss(**ALL, normalised=True), moving)
    assert len(shares) == 5
    assert min(shares.values()) > 0.01


def test_as_published_cross_fusion_and_edges_are_inert_in_0_to_1(moving):
    shares = gradients(StepTwoLoss(**ALL), moving)
    assert max(shares["cross_fusion"], shares["edges"]) < 0.003
    assert min(shares["distillation"], shares["recursion"]) > 0.1
