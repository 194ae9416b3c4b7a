"""The ablation: equal budgets, rows that resume, a table that says what was measured."""

from __future__ import annotations

import json
import math

import cv2
import numpy as np
import pytest

from FluoroDenoiseLib.cine import Cine
from FluoroDenoiseLib.simulation import KINDS, Scene, Shot
from FluoroDenoiseLib.simulation.anatomy import LAYERS
from FluoroDenoiseLib.simulation.scene import FINE, MARGIN
from FluoroDenoiseLib.simulation.texture import power_noise
from FluoroDenoiseLib.training.timed import TimedTraining
from Testing.benchmark.scenes import COUNT, expose
from Testing.benchmark.task import Task
from Training.ablation import __main__ as ablation
from Training.ablation.place import Place, prepared
from Training.ablation.rows import rows
from Training.ablation.scoring import score

SIDE = 160


@pytest.fixture(scope="module")
def scored():
    """A static scene without a CT, 30 quanta."""
    side = FINE * (SIDE + 2 * MARGIN)
    layers = np.zeros((LAYERS, side, side), np.float32)
    layers[0] = 1.5 + 0.4 * power_noise((side, side), np.random.default_rng(1), 3.0)
    return Task(expose(Scene((Shot(layers),), (0,), COUNT, 1 / 15, 0.3), 30, 1))


def test_the_sequences_that_rows_learn_from_are_of_every_kind():
    assert math.gcd(Place.every, len(KINDS)) == 1


@pytest.fixture
def runs(tmp_path):
    """Noisy sequences of blobs, two to learn from and one held out."""
    for part, count in (("train", 2), ("validation", 1)):
        folder = tmp_path / "sequences" / part
        folder.mkdir(parents=True)
        for k in range(count):
            rng = np.random.default_rng(k)
            signal = 1000 + 4000 * cv2.GaussianBlur(rng.standard_normal((SIDE, SIDE)).astype(np.float32), (0, 0), 8)
            frames = np.rint(signal + 40 * rng.standard_normal((8, SIDE, SIDE))).astype(np.uint16)
            np.savez(folder / f"{k:04d}.npz", frames=frames, frame_time=1 / 15, intensity="LIN")
    return tmp_path


def run(runs, *options):
    ablation.main(["--runs", str(runs), "--ct", "none", "--every", "1", "--minutes", "0.001", *options])


def results(runs):
    return json.loads((runs / "ablation" / "results.json").read_text())


@pytest.fixture
def quick(monkeypatch, scored):
    """Scores by one short cine; `score` itself is tested below."""

    def brief(denoise, cines):
        cine = cines[0].made.noisy.first(6)
        removed = float(np.std(denoise(cine).frames.astype(float) - cine.frames))
        return dict.fromkeys(("psnr", "psnr_log", "ssim", "kept", "ghost", "ms"), removed)

    monkeypatch.setattr(ablation, "tasks", lambda cts, side: [scored])
    monkeypatch.setattr(ablation, "score", brief)


def test_a_row_is_trained_scored_and_kept(runs, quick, capsys):
    run(runs, "--rows", "noisy", "ours")
    table = (runs / "ablation" / "table.md").read_text()
    assert set(results(runs)) == {"noisy", "ours"}
    assert results(runs)["ours"]["figures"]["psnr"] > 1 > results(runs)["noisy"]["figures"]["psnr"] == 0
    assert table in capsys.readouterr().out
    assert "| ours, review |" in table and "| 28.5 | 0.06 M | 0.001 |" in table
    run(runs, "--rows", "ours")
    assert "ours, review (" not in capsys.readouterr().out  # it was not made again ...
    run(runs, "--rows", "ours", "--minutes", "0.002")
    assert results(runs)["ours"]["minutes"] == 0.002  # ... but for another budget


@pytest.mark.slow
def test_the_whole_way_of_a_row_from_sequences_to_figures(runs, scored, monkeypatch):
    monkeypatch.setattr(ablation, "tasks", lambda cts, side: [scored])
    run(runs, "--rows", "noisy", "ours", "--minutes", "0.1")
    figures = {name: result["figures"] for name, result in results(runs).items()}
    assert figures["ours"]["psnr"] > figures["noisy"]["psnr"] + 5
    assert figures["ours"]["ms"] > 0


@pytest.mark.slow
@pytest.mark.parametrize("name", ["published", "motion"])
def test_a_student_row_trains_its_teacher_first(runs, quick, name):
    run(runs, "--rows", name)
    folder = runs / "ablation" / "every-1" / "0.001-minutes"
    assert (folder / "step one" / "checkpoint.safetensors").is_file()
    seen = np.load(folder / "step one" / "seen" / "train" / "0000.npy")
    assert seen.shape == (8, 4, SIDE, SIDE)
    assert results(runs)[name]["figures"]["psnr"] > 0


def test_a_row_goes_on_from_its_checkpoint(runs, quick, monkeypatch):
    step, steps = TimedTraining.one_step, []

    def stopped(training):
        if steps:
            raise KeyboardInterrupt
        steps.append(step(training))
        training._save()
        return 0.0

    monkeypatch.setattr(TimedTraining, "one_step", stopped)
    with pytest.raises(KeyboardInterrupt):
        run(runs, "--rows", "ours", "--minutes", "0.05")
    assert not (runs / "ablation" / "results.json").exists()
    monkeypatch.setattr(TimedTraining, "one_step", step)
    run(runs, "--rows", "ours", "--minutes", "0.05")
    assert results(runs)["ours"]["steps"] > 1


def test_every_row_has_the_same_time_and_the_same_sequences(runs):
    place = Place(runs, minutes=3, every=1)
    schedules = [place.schedule(batch, side) for batch, side in ((16, 128), (8, 96))]
    assert {schedule.minutes for schedule in schedules} == {3}
    assert {schedule.rate for schedule in schedules} == {1e-3}
    assert len({row.name for row in rows([])}) == len({row.label for row in rows([])}) == len(rows([]))


def test_what_is_prepared_is_not_prepared_again(runs):
    place, made = Place(runs, minutes=1, every=1), []

    def make(k):
        made.append(k)
        return np.full((2, 3), k)

    prepared(place.sequences("train"), runs / "some", make)
    (runs / "some" / "0001.npy").unlink()
    again = prepared(place.sequences("train"), runs / "some", make)
    assert made == [0, 1, 1]
    assert [int(one[0, 0]) for one in again] == [0, 1]


def test_the_noisy_cine_keeps_the_wire_and_a_temporal_mean_loses_it(scored):
    def mean(cine):
        return cine.with_frames(np.broadcast_to(cine.frames.mean(0).astype(np.uint16), cine.shape))

    noisy, averaged = score(lambda cine: cine, [scored]), score(mean, [scored])
    assert noisy["kept"] == pytest.approx(1, abs=0.01) and noisy["ghost"] < 0.01
    assert averaged["psnr"] > noisy["psnr"] + 8  # the scene is static: the mean of all frames is hard to beat ...
    assert averaged["kept"] < 0.2 and averaged["ghost"] > 0.04  # ... but for what moves


def test_the_scored_frames_carry_no_truth(scored):
    """A method is handed the noisy cine alone."""
    handed = []

    def watch(cine):
        handed.append(cine)
        return cine

    score(watch, [scored])
    assert all(type(cine) is Cine and cine.frames.dtype == np.uint16 for cine in handed)
    assert not any(np.array_equal(cine.frames, np.rint(scored.made.clean.frames)) for cine in handed)
