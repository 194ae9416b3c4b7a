"""The recipe of the model ct, whole: simulated slices, model folder, what it says; and what its training files hold."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial

import cv2
import numpy as np
import pytest
from site_helpers import learn_in_a_second

from FluoroDenoiseLib import Cine, Denoiser
from FluoroDenoiseLib.errors import UnreadableInput, UnsuitableCine
from FluoroDenoiseLib.simulation import Scan
from Training import make_model, make_slices
from Training.recipes import RECIPES

SIZE, SPACING = 96, (3.0, 3.0, 3.0)


def patient(seed):
    """Sixteen slices of discs in water."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:SIZE, :SIZE] - (SIZE - 1) / 2
    slice_ = np.where(np.hypot(x, y) < 40, 0.0, -1000.0).astype(np.float32)
    for row, column in rng.uniform(-25, 25, (6, 2)):
        slice_ += np.where(np.hypot(x - column, y - row) < 7, rng.uniform(-80, 80), 0).astype(np.float32)
    return np.repeat(slice_[None], 16, axis=0)


@pytest.fixture(scope="module")
def slices(tmp_path_factory):
    """Noisy pairs to learn from and a stack to report on, as `make_slices` makes them, but small."""
    runs, patch = tmp_path_factory.mktemp("runs"), pytest.MonkeyPatch()
    patch.setattr(make_slices, "SLICES", 3)
    patch.setattr(make_slices, "SIDES", (SIZE, SIZE))
    patch.setattr(make_slices, "random_scan", lambda rng: (Scan(quanta=float(rng.uniform(4e4, 8e4)), views=120), 0.4))
    stacks = [(patient(0), SPACING)]
    for name, count, contents in (("train", 2, make_slices.noisy_pair), ("validation", 1, make_slices.with_truth)):
        make_slices.make_missing(runs / "slices" / name, count, partial(contents, stacks))
    patch.undo()
    return runs


@pytest.fixture
def small(monkeypatch):
    """A network and crops that learn in a second."""
    learn_in_a_second(monkeypatch)
    monkeypatch.setitem(RECIPES, "ct", replace(RECIPES["ct"], side=64))


def test_files_to_learn_from_hold_no_clean_slice(slices):
    for part, more in (("train", set()), ("validation", {"clean"})):
        with np.load(slices / "slices" / part / "0000.npz", allow_pickle=False) as file:
            assert set(file.files) == {"frames", "others", "spacing"} | more
    with np.load(slices / "slices" / "validation" / "0000.npz", allow_pickle=False) as file:
        shown, other = ((file[name] - file["clean"]).ravel() for name in ("frames", "others"))
    assert min(shown.std(), other.std()) > 5 and np.corrcoef(shown, other)[0, 1] < 0.1


def test_a_model_for_slices_comes_out_and_goes_on_where_it_was(slices, small, tmp_path):
    arguments = ["ct", "--runs", str(slices), "--out", str(tmp_path), "--minutes"]
    make_model.main([*arguments, "0.02"])
    card = json.loads((tmp_path / "ct" / "card.json").read_text())
    assert card["kind"] == "slices" and card["training"]["steps"] > 0
    assert {"psnr_noisy", "psnr_denoised", "held_out_score"} <= set(card["figures_on_validation_sequences"])
    assert cv2.imread(str(slices / "ct" / "preview.png")) is not None
    with np.load(slices / "slices" / "validation" / "0000.npz", allow_pickle=False) as file:
        noisy = Cine(file["frames"], intensity="HU", traits=frozenset({"slices"}), pixel_spacing=SPACING[1:])
    denoised = Denoiser.load(tmp_path / "ct", device="cpu").denoise(noisy)
    assert denoised.frames[1][30:60, 30:60].std() < noisy.frames[1][30:60, 30:60].std()
    make_model.main([*arguments, "0.03"])
    assert json.loads((tmp_path / "ct" / "card.json").read_text())["training"]["steps"] > card["training"]["steps"]


def test_slices_smaller_than_what_is_learnt_from_and_none_at_all_are_told(slices, tmp_path):
    with pytest.raises(UnsuitableCine, match="only frames of less than 192 pixels along a side"):
        make_model.main(["ct", "--runs", str(slices), "--out", str(tmp_path), "--minutes", "0.01"])
    with pytest.raises(UnreadableInput, match="make them first: python -m Training.make_slices"):
        make_model.main(["ct", "--runs", str(tmp_path), "--out", str(tmp_path), "--minutes", "0.01"])
