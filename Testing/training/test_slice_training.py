"""The model ct learns from two noisy parts of one scan, and from nothing else."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from FluoroDenoiseLib.errors import UnreadableInput
from FluoroDenoiseLib.networks.evidence import PLANES
from FluoroDenoiseLib.networks.streaming import StreamingUNet
from FluoroDenoiseLib.simulation import Scan, simulate_ct, simulate_thinned
from FluoroDenoiseLib.training.batches import FUTURE_VARIANCE, PAST_VARIANCE, Examples
from FluoroDenoiseLib.training.slices import NoisyPairs, SliceTraining, make_slice_examples, write_slice_examples
from FluoroDenoiseLib.training.student import predict
from FluoroDenoiseLib.training.timed import Schedule

SIZE, SPACING = 96, (3.0, 3.0, 3.0)
Y, X = np.mgrid[:SIZE, :SIZE] - (SIZE - 1) / 2
BODY = np.hypot(X, Y) < 40
SCAN = Scan(quanta=6e4, electronic=4.0, views=120)


def patient(seed):
    """Three slices of discs in water."""
    rng = np.random.default_rng(seed)
    slice_ = np.where(BODY, 0.0, -1000.0).astype(np.float32)
    for row, column in rng.uniform(-25, 25, (6, 2)):
        slice_ += np.where(np.hypot(X - column, Y - row) < 7, rng.uniform(-80, 80), 0).astype(np.float32)
    return np.repeat(slice_[None], 3, axis=0)


def pair_of(seed):
    return simulate_thinned(patient(seed), SPACING, SCAN, 0.4, seed)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("slices")
    for seed in range(3):
        shown, other = pair_of(seed)
        clean = np.full(shown.shape, np.nan, np.float32)  # would poison whatever looked at it
        np.savez(root / f"{seed:04d}.npz", frames=shown.frames, others=other.frames, spacing=SPACING, clean=clean)
    return root


@pytest.fixture(scope="module")
def examples(folder, tmp_path_factory):
    made = tmp_path_factory.mktemp("examples")
    assert write_slice_examples(NoisyPairs(folder), made, 0) == []
    return Examples(made)


def test_a_stack_is_read_as_two_noisy_ct_cines_of_the_same_slices(folder):
    shown, other = NoisyPairs(folder)[1]
    assert shown.intensity == "HU" and "slices" in shown.traits and shown.pixel_spacing == (3.0, 3.0)
    assert shown.shape == other.shape and not np.array_equal(shown.frames, other.frames)


def test_examples_are_in_units_of_the_noise_shown_and_their_target_is_independent_of_it():
    truth = simulate_ct(patient(7), SPACING, SCAN, 0).clean.frames[1]
    shown, other = pair_of(7)
    example = make_slice_examples(shown, other, np.random.default_rng(0))[1].astype(np.float32)
    noise = (shown.frames[1] - truth)[BODY], (other.frames[1] - truth)[BODY]
    assert abs(np.corrcoef(*noise)[0, 1]) < 0.06
    difference = (example[0] - example[PLANES])[BODY]  # noise of both: 1 and 0.4 / 0.6
    assert difference.std() == pytest.approx(np.sqrt(1 + 0.4 / 0.6), rel=0.2)


def test_first_and_last_slices_have_no_neighbour_on_one_side():
    first, middle, last = make_slice_examples(*pair_of(0), np.random.default_rng(0))
    assert np.isinf(first[PAST_VARIANCE]).all() and np.isfinite(first[FUTURE_VARIANCE]).all()
    assert np.isinf(last[FUTURE_VARIANCE]).all() and np.isfinite(middle[[PAST_VARIANCE, FUTURE_VARIANCE]]).all()


def test_it_learns_to_denoise_slices_that_it_has_never_seen(examples, tmp_path):
    torch.manual_seed(0)
    network = StreamingUNet((16, 16, 16), (1, 1, 1))
    training = SliceTraining(network, examples, examples, tmp_path, Schedule(0.1, batch=4, side=64, rate=3e-3))
    before = training.score()
    training.run(lambda *_: None)
    assert training.score() < 0.9 * before
    clean = simulate_ct(patient(9), SPACING, SCAN, 0).clean
    shown, _ = pair_of(9)
    planes = make_slice_examples(shown, clean, np.random.default_rng(0))[1].astype(np.float32)
    with torch.no_grad():
        denoised = predict(training.averaged.module, torch.from_numpy(planes[None, :PLANES]))[0, 0].numpy()
    error = [np.square(image - planes[PLANES])[BODY].mean() for image in (planes[0], denoised)]
    assert error[1] < 0.5 * error[0]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [(lambda others: others[1:], "expected two parts of one scan"), (lambda others: others * np.nan, "holds NaN or infinity")],
)
def test_two_parts_that_are_no_pair_are_told(folder, tmp_path, spoil, said):
    with np.load(folder / "0000.npz") as file:
        held = dict(file)
    np.savez(tmp_path / "0000.npz", **{**held, "others": spoil(held["others"].astype(np.float32))})
    (tmp_path / ".partial-12.npz").write_bytes(b"cut short by a kill")
    pairs = NoisyPairs(tmp_path)
    assert len(pairs) == 1
    with pytest.raises(UnreadableInput, match=f"0000.npz .*{said}"):
        pairs[0]


def test_damaged_stacks_are_left_out_and_named_and_none_at_all_is_an_error(folder, tmp_path):
    source = tmp_path / "source"
    source.mkdir()
    good = (folder / "0000.npz").read_bytes()
    (source / "0000.npz").write_bytes(good)
    (source / "0001.npz").write_bytes(good[: len(good) // 2])
    (left_out,) = write_slice_examples(NoisyPairs(source), tmp_path / "made", 0)
    assert "0001.npz is damaged" in left_out and [p.name for p in (tmp_path / "made").iterdir()] == ["0000.npy"]
    (source / "0000.npz").unlink()
    with pytest.raises(UnreadableInput, match="Found no pair of slices in the 1 files"):
        NoisyPairs(source)
    with pytest.raises(UnreadableInput, match="make them first"):
        NoisyPairs(tmp_path / "made")
