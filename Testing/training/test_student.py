"""The student's training: what it is given, how it resumes, and that it does not copy noise."""

from dataclasses import replace
from typing import ClassVar

import cv2
import numpy as np
import pytest
import torch

from FluoroDenoiseLib.cine import Cine
from FluoroDenoiseLib.denoiser import Denoiser
from FluoroDenoiseLib.engine import Engine
from FluoroDenoiseLib.errors import UnsuitableCine
from FluoroDenoiseLib.models.zoo import load_model
from FluoroDenoiseLib.networks.evidence import PLANES
from FluoroDenoiseLib.networks.streaming import StreamingUNet
from FluoroDenoiseLib.noise import analyse
from FluoroDenoiseLib.training.batches import Examples, without_a_side
from FluoroDenoiseLib.training.checkpoints import load_checkpoint, save_checkpoint
from FluoroDenoiseLib.training.examples import ANTITHETIC, make_examples, refuse_unusable, write_examples
from FluoroDenoiseLib.training.processes import Processes
from FluoroDenoiseLib.training.sequences import NoisySequences
from FluoroDenoiseLib.training.student import StudentTraining, loss, losses, predict
from FluoroDenoiseLib.training.timed import Schedule, TrainingDiverged

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


def test_neither_examples_nor_score_change_with_the_clean_frames_a_file_may_hold(tmp_path):
    """Training and the choice of a model know noisy frames alone."""
    scores = []
    for k, clean in enumerate((np.zeros(3), np.ones((8, 96, 96)))):
        (tmp_path / f"{k}").mkdir()
        np.savez(tmp_path / f"{k}" / "0.npz", frames=constant_cine(0).frames, frame_time=1 / 15, intensity="LIN", clean=clean)
        write_examples(NoisySequences(tmp_path / f"{k}"), tmp_path / f"examples {k}", seed=0)
        torch.manual_seed(0)
        made = Examples(tmp_path / f"examples {k}")
        training = StudentTraining(StreamingUNet(**SMALL), made, made, tmp_path / f"run {k}", Schedule(1, batch=2, side=32))
        training.one_step()
        scores.append(training.score())
    first, second = (np.load(tmp_path / f"examples {k}" / "0.npy") for k in range(2))
    np.testing.assert_array_equal(first, second)
    assert scores[0] == pytest.approx(scores[1], rel=1e-6)  # threads add up in no fixed order


@pytest.mark.parametrize("frames", [lambda f: f.repeat(2, axis=0), lambda f: np.insert(f, 4, f[3], axis=0)])
def test_copies_of_frames_are_refused(frames):
    cine = constant_cine(0, count=12)
    with pytest.raises(UnsuitableCine, match="copies of the one before, whose noise they share"):
        make_examples(cine.with_frames(frames(cine.frames)), np.random.default_rng(0))


def test_frames_that_may_share_noise_are_refused():
    cine = constant_cine(0, count=12)
    analysis = analyse(cine)
    unknown = replace(analysis, recursion=replace(analysis.recursion, rho=None))
    with pytest.raises(UnsuitableCine, match="Whether the frames of .* share noise could not be measured"):
        refuse_unusable(cine, unknown)


def fine_structure(image):
    return image - cv2.blur(image, (3, 3))


def test_the_network_is_shown_noise_of_unit_strength(sequences):
    levels = [make_examples(sequences[k], np.random.default_rng(k))[:, 0].astype(np.float32).std() for k in range(3)]
    assert np.mean(levels) == pytest.approx(1, abs=0.1)


@pytest.fixture(scope="module", params=[None, "fluoroscopy"])
def pilot(request):
    """What makes pilots, if anything."""
    return request.param and Engine(load_model(request.param).network, torch.device("cpu"))


def test_review_and_live_take_turns(pilot):
    made = make_examples(constant_cine(0), np.random.default_rng(0), pilot=pilot).astype(np.float32)
    alone = np.isinf(made[:-1, 5]).all(axis=(1, 2))
    np.testing.assert_array_equal(alone, [k % 2 == 1 for k in range(len(alone))])
    assert not made[1, 4].any()


@pytest.fixture(scope="module")
def reviewed(pilot):
    """Examples [3, 8, H, W] of review, each of another cine."""
    cines = [(constant_cine(seed, size=192), np.random.default_rng(2 - seed)) for seed in range(3)]
    return np.stack([make_examples(cine, rng, pilot=pilot)[4].astype(np.float32) for cine, rng in cines])


@pytest.mark.parametrize("plane", [0, 1, 3, 4, 6])
def test_the_target_shares_no_noise_with_what_is_shown(plane, reviewed):
    images = [[fine_structure(example[k]).ravel() for k in (plane, PLANES)] for example in reviewed]
    assert abs(np.mean([np.corrcoef(*pair)[0, 1] for pair in images])) < 0.03


def pairs_of(seed, strengths=(0.5, 0.5), count=8):
    """Antithetic pairs [N, 16, H, W] of a constant cine."""
    made = make_examples(constant_cine(seed, count), np.random.default_rng(seed), strengths=strengths, signs=ANTITHETIC)
    return made.astype(np.float32)


def test_a_pair_is_one_frame_recorrupted_both_ways():
    pairs, single = pairs_of(0), make_examples(constant_cine(0), np.random.default_rng(0), strengths=(0.5, 0.5))
    np.testing.assert_array_equal(pairs[:, :8], single.astype(np.float32))
    (shown, target), (other, its_target) = ((pairs[4, k], pairs[4, k + PLANES]) for k in (0, 8))
    np.testing.assert_allclose((shown + other) / 2, (target + its_target) / 2, atol=0.02)  # the frame as it was recorded
    np.testing.assert_allclose((target - its_target) / 2, -(shown - other) / 2 / 0.5**2, atol=0.05)  # -n / a beside a n


def test_an_unknown_target_neither_counts_nor_spoils_the_gradient():
    network = StreamingUNet(**SMALL)
    batch = torch.rand(2, 8, 32, 32, generator=torch.Generator().manual_seed(0))
    batch[:, 7, :16] = torch.nan
    found = loss(network, batch)
    found.backward()
    known = torch.square(predict(network, batch[:, :7]) - batch[:, 7:])[..., 16:, :]
    assert found.item() == pytest.approx(known.sum().item() / batch[:, 0].numel(), rel=1e-4)
    assert all(torch.isfinite(parameter.grad).all() for parameter in network.parameters())


def test_the_loss_of_a_pair_is_that_of_its_examples():
    network, batch = StreamingUNet(**SMALL), torch.from_numpy(pairs_of(0)[:2])
    both = torch.cat([batch[:, :8], batch[:, 8:]])
    torch.testing.assert_close(loss(network, batch), loss(network, both))


def test_the_score_of_a_pair_is_without_the_noise_that_was_drawn_for_it():
    """The weaker the recorruption, the larger that noise, and the less a single example says of a network."""
    batch = torch.from_numpy(pairs_of(1, count=24)[2::2])  # of review, without the first, which has little support
    nothing_added = StreamingUNet(**SMALL)  # before it learns, it leaves the fused frames as they are
    singly, paired = (losses(nothing_added, part).detach() for part in (batch[:, :8], batch))
    # In units of the noise shown the target has 1 / a^2 = 4: 1 / (1 + a^2) = 0.8 of the frame's own, the rest is the drawn one.
    assert (singly - paired).mean().item() == pytest.approx(3.2, rel=0.1)
    assert 0.8 < paired.mean() < 0.8 + 0.4  # and the network's error
    assert paired.std() < singly.std() / 2


def test_both_examples_of_a_pair_lack_the_same_side():
    batch = without_a_side(torch.from_numpy(pairs_of(0)).repeat(8, 1, 1, 1), np.random.default_rng(0))
    hidden = torch.isinf(batch[:, [5, 13]]).all(dim=(2, 3))
    assert 0 < hidden[:, 0].sum() < len(batch)
    assert torch.equal(hidden[:, 0], hidden[:, 1])


def test_a_side_is_hidden_now_and_then(examples):
    rng = np.random.default_rng(0)
    batch = without_a_side(examples.batch(rng, 16, 32), rng)
    hidden = torch.isinf(batch[:, 5]).all(dim=(1, 2))
    assert 0 < hidden.sum() < 16
    assert not batch[hidden][:, [4, 6]].any()


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


class Watched(Processes):
    """What the first process tells the others."""

    told: ClassVar[list[float]] = []

    def agreed(self, seconds):
        self.told.append(seconds)
        return seconds


def test_the_first_process_tells_the_others_that_the_time_is_spent(examples, tmp_path):
    """Scores and reports cost time that it alone knows of: others would wait for it in a step that it does not take."""
    schedule = Schedule(1, batch=2, side=32)
    training = StudentTraining(StreamingUNet(**SMALL), examples, examples, tmp_path, schedule, Watched())

    def report(now, figures):
        now.seconds += 60

    training.run(report, every=0.01)
    assert Watched.told[-1] == 1.0 and Watched.told[-2] > 60 > Watched.told[-3] > 0  # over; its clock; that before the report


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
    monkeypatch.setattr(training._examples, "batch", lambda *_: torch.full((2, 8, 32, 32), torch.nan))
    with pytest.raises(TrainingDiverged, match="step 0"):
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
