"""The student's training: what it is given, how it resumes, and that it does not copy noise."""

import cv2
import numpy as np
import pytest
import torch

from FluoroDenoiseLib.cine import Cine
from FluoroDenoiseLib.denoiser import Denoiser
from FluoroDenoiseLib.engine import Engine
from FluoroDenoiseLib.networks.evidence import PLANES
from FluoroDenoiseLib.networks.streaming import StreamingUNet
from FluoroDenoiseLib.training.batches import Examples, without_a_side
from FluoroDenoiseLib.training.checkpoints import load_checkpoint, save_checkpoint
from FluoroDenoiseLib.training.examples import ALPHA, make_examples, write_examples
from FluoroDenoiseLib.training.optimise import TrainingDivergedError
from FluoroDenoiseLib.training.sequences import NoisySequences
from FluoroDenoiseLib.training.student import Schedule, StudentTraining

SMALL = {"widths": (8, 12, 16), "depths": (1, 1, 1)}


def constant_cine(seed, count=8, size=96):
    """A constant scene with correlated noise: whatever structure comes out was noise."""
    rng = np.random.default_rng(seed)
    noise = [cv2.GaussianBlur(rng.standard_normal((size, size)).astype(np.float32), (0, 0), 0.6) * 40 for _ in range(count)]
    return Cine(np.rint(1000 + np.stack(noise)).astype(np.uint16))


@pytest.fixture
def sequences(tmp_path):
    folder = tmp_path / "sequences"
    folder.mkdir()
    for k in range(3):
        np.savez(folder / f"{k}.npz", frames=constant_cine(k).frames, frame_time=1 / 15, intensity="LIN", clean=np.zeros(3))
    return NoisySequences(folder)


@pytest.fixture
def examples(sequences, tmp_path):
    write_examples(sequences, tmp_path / "examples", seed=0)
    return Examples(tmp_path / "examples")


def test_sequences_have_no_clean_frames_even_if_the_file_has_them(sequences):
    cine = sequences[0]
    assert not any("clean" in name for name in vars(cine))
    assert cine.shape == (8, 96, 96)


def test_the_recorrupted_frames_are_frame_plus_and_minus_the_drawn_noise():
    example = make_examples(constant_cine(0), np.random.default_rng(0), every=8)[0].astype(np.float32)
    noisy, noise = example[-2], example[-1]
    np.testing.assert_allclose(example[0], noisy + ALPHA * noise, atol=0.03)
    np.testing.assert_allclose(example[PLANES], noisy - ALPHA * noise, atol=0.03)


def test_what_other_frames_say_holds_no_noise_of_the_frame():
    example = make_examples(constant_cine(0, size=192), np.random.default_rng(0), every=8)[0].astype(np.float32)
    noisy = example[-2]
    for plane in (1, 3, 4, 6):
        if example[plane].any():
            assert abs(np.corrcoef(example[plane].ravel(), noisy.ravel())[0, 1]) < 0.03


def test_hiding_a_side_hides_it_in_both_versions(examples):
    rng = np.random.default_rng(0)
    batch = without_a_side(examples.batch(rng, 16, 32), rng)
    hidden = torch.isinf(batch[:, 5]).all(dim=(1, 2))
    assert 0 < hidden.sum() < 16
    assert torch.equal(hidden, torch.isinf(batch[:, PLANES + 5]).all(dim=(1, 2)))


def test_training_stops_and_goes_on_where_it_was(examples, tmp_path):
    def train(minutes, folder):
        torch.manual_seed(0)
        training = StudentTraining(StreamingUNet(**SMALL), examples, examples, folder, Schedule(minutes, batch=2, side=32))
        start = training.step
        training.run(lambda now, figures: None, every=0.3)
        return start, training

    _, first = train(0.01, tmp_path / "run")
    start, second = train(0.02, tmp_path / "run")
    assert start == first.step > 0
    assert second.step > first.step
    assert second.seconds >= 1.2


def test_a_checkpoint_comes_back_as_it_was(tmp_path):
    network = StreamingUNet(**SMALL)
    optimiser = torch.optim.AdamW(network.parameters())
    network(torch.zeros(1, 8, 16, 16)).sum().backward()
    optimiser.step()
    save_checkpoint(tmp_path / "c", {"optimiser": optimiser.state_dict(), "step": 7})
    loaded = load_checkpoint(tmp_path / "c")
    assert loaded["step"] == 7
    again = torch.optim.AdamW(network.parameters())
    again.load_state_dict(loaded["optimiser"])
    assert torch.equal(again.state_dict()["state"][0]["exp_avg"], optimiser.state_dict()["state"][0]["exp_avg"])
    assert load_checkpoint(tmp_path / "none") is None


def test_divergence_stops_training_and_keeps_the_checkpoint(examples, tmp_path, monkeypatch):
    training = StudentTraining(StreamingUNet(**SMALL), examples, examples, tmp_path / "run", Schedule(1, batch=2, side=32))
    training._save()
    before = (tmp_path / "run" / "checkpoint.safetensors").read_bytes()
    monkeypatch.setattr(training._examples, "batch", lambda *_: torch.full((2, 16, 32, 32), torch.nan))
    with pytest.raises(TrainingDivergedError, match="step 0"):
        training.run(lambda now, figures: None)
    assert (tmp_path / "run" / "checkpoint.safetensors").read_bytes() == before


class _Unnamed:
    name, sha256 = "in test", ""


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["review", "live"])
def test_at_most_15_percent_of_the_noise_of_a_constant_scene_is_left(examples, tmp_path, mode):
    """Noise copied from targets or teachers would show here."""
    torch.manual_seed(0)
    training = StudentTraining(
        StreamingUNet(**SMALL), examples, examples, tmp_path / "run", Schedule(1.0, batch=8, side=64, rate=3e-3)
    )
    training.run(lambda now, figures: None)
    cine = constant_cine(99, count=12, size=128)
    result = Denoiser(_Unnamed, Engine(training.averaged.module, torch.device("cpu")), mode).denoise(cine)
    inside = np.s_[6, 8:-8, 8:-8]
    assert result.frames[inside].std() <= 0.15 * cine.frames[inside].std()
