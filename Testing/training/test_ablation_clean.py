"""Training against clean frames: the same examples with another target, and in a place of its own."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from FluoroDenoiseLib.cine import Cine
from FluoroDenoiseLib.errors import UnsuitableCine
from FluoroDenoiseLib.networks.evidence import PLANES
from FluoroDenoiseLib.networks.streaming import StreamingUNet, multiply_adds_per_pixel
from FluoroDenoiseLib.noise.law import NoiseLaw
from FluoroDenoiseLib.noise.stabilise import Stabiliser
from FluoroDenoiseLib.simulation import Settings, Simulated
from FluoroDenoiseLib.training.examples import make_examples
from FluoroDenoiseLib.training.timed import Schedule
from Training.ablation import clean
from Training.ablation.clean import (
    CLEAN,
    NOISE,
    NOISY,
    clean_examples,
    clean_sequence,
    prepared_with_truth,
    refuse_others,
    stabilised_mean,
)
from Training.ablation.place import Place
from Training.ablation.supervised import TwoStageTraining, Windows
from Training.ablation.two_stage import FRAMES, NEEDED, TwoStage

TRAINING = Path(__file__).resolve().parents[2] / "Training"
# Makers of files, reports, and the rows of the ablation that learn from clean frames.
SEE_CLEAN_FRAMES = {
    "make_sequences.py",
    "make_slices.py",
    "sample_file.py",
    "report.py",
    "slice_report.py",
    "ablation/clean.py",
    "ablation/scoring.py",
    "ablation/supervised.py",
}


def poisson_blobs(seed=0, count=8, size=96, quanta=40.0):
    """Static blobs under Poisson noise, with the truth."""
    rng = np.random.default_rng(seed)
    blobs = cv2.GaussianBlur(rng.standard_normal((size, size)).astype(np.float32), (0, 0), 6)
    still = 16 * quanta * (1 + 0.5 * blobs / np.abs(blobs).max())
    truth = np.repeat(still[None], count, axis=0).astype(np.float32)
    noisy = Cine((16 * rng.poisson(truth / 16)).astype(np.uint16), 1 / 15, "LIN")
    return Simulated(noisy, noisy.with_frames(truth), truth / 16, Settings(), seed)


@pytest.fixture(scope="module")
def made():
    return poisson_blobs()


def test_the_examples_are_those_of_recorruption_but_for_the_target(made):
    ours, theirs = make_examples(made.noisy, np.random.default_rng(7)), clean_examples(made, np.random.default_rng(7))
    assert np.array_equal(ours[:, :PLANES], theirs[:, :PLANES])
    difference = (ours[:, PLANES] - theirs[:, PLANES]).astype(np.float32)
    assert abs(difference.mean()) < 0.02  # the noisy target scatters about the clean one without bias
    assert 0.3 < difference.std() < 1.6


def test_the_clean_target_is_what_the_unbiased_inverse_maps_to_the_clean_frame():
    law = NoiseLaw(np.array([0.0, 100.0, 400.0]), np.array([4.0, 10.0, 20.0]))
    stabiliser, frame = Stabiliser(law, 0, 400), np.linspace(5, 395, 300, dtype=np.float32).reshape(15, 20)
    np.testing.assert_allclose(stabiliser.inverse(stabilised_mean(stabiliser, frame)), frame, atol=0.05)


def test_the_two_stage_network_is_shown_the_same_noise_and_the_same_truth(made):
    sequence = clean_sequence(made, np.random.default_rng(7)).astype(np.float32)
    assert sequence.shape == (8, 3, 96, 96)
    error = sequence[:, NOISY] - sequence[:, CLEAN]
    assert error.std() == pytest.approx(sequence[:, NOISE].mean(), rel=0.15)
    assert abs(error.mean()) < 0.05 * error.std()


def test_sequences_that_cannot_be_made_again_are_refused(made, tmp_path, monkeypatch):
    folder = tmp_path / "sequences"
    for part in ("train", "validation"):
        (folder / part).mkdir(parents=True)
        np.savez(folder / part / "0000.npz", frames=made.noisy.frames, frame_time=1 / 15, intensity="LIN")
    place, cts = Place(tmp_path, minutes=1, every=1), []
    monkeypatch.setattr(clean, "sequence_of", lambda *_: (made, "static"))
    (train,), _ = prepared_with_truth(place, tmp_path / "same", cts, clean_sequence)
    assert train.shape == (8, 3, 96, 96)
    other = replace(made, noisy=made.noisy.with_frames(made.noisy.frames[::-1]))
    monkeypatch.setattr(clean, "sequence_of", lambda *_: (other, "static"))
    with pytest.raises(UnsuitableCine, match=r"train/0000 .* Delete the folder of the sequences and make them anew"):
        prepared_with_truth(place, tmp_path / "other", cts, clean_sequence)
    for part in ("train", "validation"):
        (folder / part / "0000.npz").rename(folder / part / "of a site.npz")
    with pytest.raises(UnsuitableCine, match=r"train/of a site .* made by other code"):
        prepared_with_truth(place, tmp_path / "other", cts, clean_sequence)


def test_sequences_added_from_other_cts_are_told_at_the_start(made, tmp_path, monkeypatch):
    for part in ("train", "validation"):
        (folder := tmp_path / "sequences" / part).mkdir(parents=True)
        for k in range(6):
            np.savez(folder / f"{k:04d}.npz", frames=made.noisy.frames, frame_time=1 / 15, intensity="LIN")
    place, tried = Place(tmp_path, minutes=1, every=1), []
    other = replace(made, noisy=made.noisy.with_frames(made.noisy.frames[::-1]))

    def again(volumes, part, k):
        tried.append((part, k))
        return other if (part, k) == ("validation", 5) else made, "static"

    monkeypatch.setattr(clean, "sequence_of", again)
    with pytest.raises(UnsuitableCine, match="validation/0005 was made by other code or from other CTs"):
        refuse_others(place, [])
    assert tried[0] == ("train", 0) and ("train", 5) in tried and len(tried) == 2 * clean.TRIED


def _mentions_clean(path):
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    read = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    keys = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    imported = {name.name for node in nodes if isinstance(node, ast.ImportFrom) for name in node.names}
    return bool({"clean", "quanta"} & (read | keys)) or bool({"clean_examples", "clean_sequence"} & imported)


@pytest.mark.parametrize("told", ["made.clean", "file['clean']", "made.quanta", "getattr(made, 'quanta')"])
def test_each_way_to_the_truth_is_found(tmp_path, told):
    """Of what is simulated, the expected quanta of each pixel (`quanta`) are as free of noise as the clean frames."""
    (tmp_path / "innocent.py").write_text("frames = made.noisy.frames\n")
    (tmp_path / "sees.py").write_text(f"frames = {told}\n")
    assert [_mentions_clean(tmp_path / f"{name}.py") for name in ("innocent", "sees")] == [False, True]


def test_clean_frames_are_seen_where_it_is_said_and_nowhere_else():
    seen = {str(path.relative_to(TRAINING)) for path in TRAINING.rglob("*.py") if _mentions_clean(path)}
    assert seen <= SEE_CLEAN_FRAMES
    library = TRAINING.parent / "FluoroDenoiseLib" / "training"
    assert not [path.name for path in library.rglob("*.py") if _mentions_clean(path)]


def test_the_two_stage_network_has_the_published_size_and_costs_nine_times_ours():
    network = TwoStage().eval()
    assert sum(parameter.numel() for parameter in network.parameters()) == pytest.approx(2.48e6, rel=0.01)
    theirs = NEEDED * multiply_adds_per_pixel(network, FRAMES + 1)
    assert theirs == pytest.approx(314e3, rel=0.01)
    assert multiply_adds_per_pixel(StreamingUNet()) < theirs / 5


@pytest.mark.parametrize("shape", [(16, 16), (17, 23)])
def test_the_two_stage_network_keeps_the_frames_size_and_sees_all_five(shape):
    torch.manual_seed(0)
    window = torch.rand(2, FRAMES + 1, *shape, requires_grad=True)
    clean_frame = TwoStage(4, 3).eval()(window)
    assert clean_frame.shape == (2, 1, *shape)
    clean_frame.square().sum().backward()
    assert (window.grad.abs().amax(dim=(0, 2, 3)) > 0).all()


def test_the_two_stage_network_learns_to_denoise(made, tmp_path):
    torch.manual_seed(0)
    source = Windows([clean_sequence(made, np.random.default_rng(7))])
    training = TwoStageTraining(TwoStage(4, 2), source, source, tmp_path, Schedule(1, batch=4, side=32, rate=1e-2))
    batch = source.batch(np.random.default_rng(1), 8, 32)
    before = torch.square(batch[:, FRAMES // 2] - batch[:, -1]).mean()
    for step in range(100):
        training.seconds = 0.6 * step  # the rate falls with the time spent, which is not to depend on the machine
        training.one_step()
    assert training.score() < 0.6 * before
