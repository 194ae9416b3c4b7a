"""The ablation: equal budgets, rows that resume, a table that says what was measured."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from FluoroDenoiseLib.cine import Cine
from FluoroDenoiseLib.errors import UnreadableInput, UnsuitableCine
from FluoroDenoiseLib.networks.plain_unet import PlainUNet
from FluoroDenoiseLib.networks.streaming import StreamingUNet
from FluoroDenoiseLib.simulation import KINDS, Scene, Shot
from FluoroDenoiseLib.simulation.anatomy import LAYERS
from FluoroDenoiseLib.simulation.scene import FINE, MARGIN
from FluoroDenoiseLib.simulation.texture import power_noise
from FluoroDenoiseLib.training.examples import make_examples
from FluoroDenoiseLib.training.timed import TimedTraining
from Testing.benchmark.scenes import COUNT, expose
from Testing.benchmark.task import Task
from Training.ablation import __main__ as ablation
from Training.ablation import fingerprint, scoring, trained
from Training.ablation import results as results_of_rows
from Training.ablation.place import Place, prepared
from Training.ablation.published import SLIM
from Training.ablation.rows import rows
from Training.ablation.scoring import milliseconds, score
from Training.ablation.single_frame import shown_and_target
from Training.report import denoiser_of

SIDE = 160
ROOT = Path(__file__).resolve().parents[2]


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
    """The entries of the file, in the order in which they were made."""
    return list(json.loads((runs / "ablation" / "results.json").read_text()).values())


def by_name(runs):
    return {entry["name"]: entry for entry in results(runs)}


@pytest.fixture
def quick(monkeypatch, scored):
    """Scores by one short cine; `score` itself is tested below."""

    def brief(denoise, cines):
        cine = cines[0].made.noisy.first(6)
        removed = float(np.std(denoise(cine).frames.astype(float) - cine.frames))
        return dict.fromkeys(("psnr", "psnr_log", "ssim", "kept", "ghost", "ms"), removed)

    monkeypatch.setattr(ablation, "tasks", lambda cts, side: [scored])
    monkeypatch.setattr(results_of_rows, "score", brief)


def test_a_row_is_trained_scored_and_kept(runs, quick, capsys):
    run(runs, "--rows", "noisy", "ours")
    table = (runs / "ablation" / "table.md").read_text()
    assert set(by_name(runs)) == {"noisy", "ours"}
    assert by_name(runs)["ours"]["figures"]["psnr"] > 1 > by_name(runs)["noisy"]["figures"]["psnr"] == 0
    assert table in capsys.readouterr().out
    assert "| ours, review |" in table and "| 28.5 | 0.06 M | 0.001 |" in table
    run(runs, "--rows", "ours")
    assert "ours, review (" not in capsys.readouterr().out  # it was not made again ...
    run(runs, "--rows", "ours", "--minutes", "0.002")
    assert by_name(runs)["ours"]["minutes"] == 0.002  # ... but for another budget


def test_damaged_results_are_named(runs, quick):
    (runs / "ablation").mkdir()
    (runs / "ablation" / "results.json").write_text("{")
    with pytest.raises(UnreadableInput, match=r"results.json is damaged .* delete it"):
        run(runs, "--rows", "noisy")


@pytest.mark.parametrize("held", ["[1, 2]", "\xff", '{"0001": '])
def test_a_damaged_note_of_what_is_left_out_is_named(runs, held):
    place = Place(runs, minutes=1, every=1)
    place.sequences("train")
    (note := place.data / "left-out-train.json").write_bytes(held.encode("latin-1"))
    with pytest.raises(UnreadableInput, match=rf"{note} is damaged .* delete it, and the sequences are looked at anew"):
        place.sequences("train")


def test_a_sequence_left_out_is_named_with_the_reason_and_learnt_from_once_repaired(runs, quick, capsys):
    path = runs / "sequences" / "train" / "0001.npz"
    good = path.read_bytes()
    path.write_bytes(good[:2000] + bytes(2000) + good[4000:])  # as long as before
    run(runs, "--rows", "ours")
    assert "Left out of train: 0001: 0001.npz is damaged" in capsys.readouterr().out
    path.write_bytes(good)
    run(runs, "--rows", "ours")
    assert "Left out" not in capsys.readouterr().out
    assert len(list((runs / "ablation").glob("*/every-1-seed-0/examples/train/0001.npy"))) == 1
    assert len(results(runs)) == 2  # the row that never saw it is another one


def test_what_rows_lack_is_told_before_anything_is_simulated_or_trained(runs, monkeypatch):
    def too_late(*_):
        raise AssertionError

    def refuse(place, cts):
        raise UnsuitableCine("made from other CTs")

    monkeypatch.setattr(ablation, "tasks", too_late)
    monkeypatch.setattr(ablation, "refuse_others", refuse)
    with pytest.raises(UnsuitableCine, match="other CTs"):
        run(runs)  # all rows: those against clean frames come last
    monkeypatch.setattr(ablation, "refuse_others", too_late)
    (runs / "sequences" / "validation" / "0000.npz").unlink()
    with pytest.raises(UnreadableInput, match=r"Found no sequences .*validation"):
        run(runs, "--rows", "ours")


def test_the_rows_that_need_clean_frames_are_known():
    needing = {row.name: row.against_clean for row in rows([]) if row.against_clean}
    assert needing == {"supervised-live": "supervised", "supervised": "supervised", "two-stage": "two-stage"}


def test_a_row_whose_training_has_begun_needs_no_clean_frames_any_more(runs, quick, monkeypatch):
    def refuse(place, cts):
        raise UnsuitableCine("made from other CTs")

    monkeypatch.setattr(ablation, "refuse_others", refuse)
    with pytest.raises(UnsuitableCine, match="other CTs"):
        run(runs, "--rows", "two-stage")
    made_from = fingerprint.fingerprint(runs / "sequences", [Path("none")])
    Place(runs, minutes=0.001, every=1, made_from=made_from).row("two-stage").mkdir(parents=True)
    with pytest.raises(UnreadableInput, match="none cannot be read as a CT"):  # by the row itself, which lacks examples
        run(runs, "--rows", "two-stage")


def test_scenes_that_nothing_could_denoise_are_refused(runs, capsys):
    with pytest.raises(SystemExit):
        run(runs, "--side", "32")
    assert "expected a whole number from 64 on" in capsys.readouterr().err


def test_held_out_cts_are_refused(runs):
    with pytest.raises(UnsuitableCine, match="no model may learn from it"):
        run(runs, "--rows", "noisy", "--ct", "abdomen-cmbcrc.nii.gz")


def test_rows_of_two_runs_at_once_are_both_kept(runs, quick, monkeypatch):
    score = results_of_rows.score

    def meanwhile(denoise, cines):
        monkeypatch.setattr(results_of_rows, "score", score)
        run(runs, "--rows", "noisy", "--seed", "1")
        return score(denoise, cines)

    monkeypatch.setattr(results_of_rows, "score", meanwhile)
    run(runs, "--rows", "noisy")
    assert {entry["seed"] for entry in results(runs)} == {0, 1}


@pytest.mark.parametrize("options", [("--minutes", "0"), ("--every", "0"), ("--side", "0"), ("--seed", "-1")])
def test_numbers_that_make_no_sense_end_no_run_half_way(runs, options, capsys):
    with pytest.raises(SystemExit):
        run(runs, *options)
    assert "expected" in capsys.readouterr().err


@pytest.mark.parametrize("options", [("--seed", "1"), ("--side", "128"), ("--ct", "other"), ("--minutes", "0.002")])
def test_a_row_of_another_key_is_made_anew_and_the_former_one_stays(runs, quick, capsys, options):
    run(runs, "--rows", "noisy")
    run(runs, "--rows", "noisy", *options)
    assert capsys.readouterr().out.count("noisy frames (") == len(results(runs)) == 2


def test_other_code_and_other_sequences_make_rows_anew(runs, quick, monkeypatch, tmp_path):
    run(runs, "--rows", "noisy")
    (runs / "sequences" / "train" / "0001.npz").rename(runs / "sequences" / "train" / "0002.npz")
    run(runs, "--rows", "noisy")
    edited = tmp_path / "edited.py"
    edited.write_text("SIDE = 1\n")
    found = list(fingerprint.sources())
    monkeypatch.setattr(fingerprint, "sources", lambda: [*found, edited])
    run(runs, "--rows", "noisy")
    edited.write_text("SIDE = 2\n")
    run(runs, "--rows", "noisy")
    assert len({entry["made_from"] for entry in results(runs)}) == len(results(runs)) == 4
    table = (runs / "ablation" / "table.md").read_text()
    assert table.count("the noisy frames") == 1 and table.rstrip().endswith("| 1 |")  # one state of the code, not four seeds


def test_what_is_prepared_and_trained_lies_apart_for_each_seed_and_state_of_the_code(tmp_path):
    places = [Place(tmp_path, 1, seed=seed, made_from=code).row("ours") for seed in (0, 1) for code in ("a", "b")]
    assert len(set(places)) == 4


def test_the_table_of_several_seeds_has_the_mean_and_the_interval_of_each_row(runs, quick, monkeypatch):
    figures = iter((30.0, 31.0, 32.0))
    monkeypatch.setattr(
        results_of_rows, "score", lambda *_: dict.fromkeys(("psnr", "psnr_log", "ssim", "kept", "ghost", "ms"), next(figures))
    )
    for seed in range(3):
        run(runs, "--rows", "noisy", "--seed", str(seed))
    assert "| 31.00 \u00b1 2.48 |" in (table := (runs / "ablation" / "table.md").read_text())  # 4.303 / sqrt(3)
    assert table.rstrip().endswith("| 3 |")


PREFIXES = ("FluoroDenoiseLib", "Training", "Testing/benchmark")
LOADED_IN_PASSING = {  # by the recipes of the bundled models, for messages and for the list of the CTs
    "FluoroDenoiseLib/training/__init__.py",
    "FluoroDenoiseLib/training/export.py",
    "FluoroDenoiseLib/training/held_out.py",
    "FluoroDenoiseLib/training/run_folder.py",
    "FluoroDenoiseLib/training/site_training.py",
    "FluoroDenoiseLib/training/slices.py",
    "Training/options.py",
    "Training/plainly.py",
    "Training/slice_report.py",
    "Training/stopping.py",
    "Training/volumes.py",
}
LOAD = """
import sys, Training.ablation.__main__
print(*(getattr(module, "__file__", "") for module in sys.modules.values()), sep="\\n")
"""


def test_the_hash_of_the_code_has_all_modules_that_the_rows_load():
    printed = subprocess.run([sys.executable, "-c", LOAD], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    loaded = {path.relative_to(ROOT) for path in map(Path, printed.splitlines()) if path.is_relative_to(ROOT)}
    ours = {str(path) for path in loaded if str(path).startswith(PREFIXES)}
    covered = {str(path.relative_to(ROOT)) for path in fingerprint.sources()}
    assert len(ours) > 60
    assert ours - covered <= LOADED_IN_PASSING


@pytest.mark.slow
def test_the_whole_way_of_a_row_from_sequences_to_figures(runs, scored, monkeypatch):
    monkeypatch.setattr(ablation, "tasks", lambda cts, side: [scored])
    run(runs, "--rows", "noisy", "ours", "--minutes", "0.1")
    figures = {name: result["figures"] for name, result in by_name(runs).items()}
    assert figures["ours"]["psnr"] > figures["noisy"]["psnr"] + 5
    assert figures["ours"]["ms"] > 0


@pytest.mark.slow
@pytest.mark.parametrize("name", ["published-normalised", "motion", "no-centre"])
def test_a_student_row_trains_its_teacher_first(runs, quick, name):
    run(runs, "--rows", name)
    (folder,) = (runs / "ablation").glob("*/every-1-seed-0/0.001-minutes")
    assert (folder / "step one" / "checkpoint.safetensors").is_file()
    seen = np.load(folder / "step one" / "seen" / "train" / "0000.npy")
    assert seen.shape == (8, 5, SIDE, SIDE)
    assert by_name(runs)[name]["figures"]["psnr"] > 0


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
    assert by_name(runs)["ours"]["steps"] > 1


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


def test_the_time_of_a_frame_is_that_of_the_denoising_and_not_of_the_analysis(scored, monkeypatch):
    analyse = scoring.analyse

    def slow(cine):
        _compute(1.0)
        return analyse(cine)

    def work(cine):
        trained.analyse(cine)
        _compute(0.02 * len(cine))
        return cine

    monkeypatch.setattr(trained, "analyse", slow)
    monkeypatch.setattr(scoring, "analyse", slow)
    assert milliseconds(work, scored.made.noisy) == pytest.approx(20, rel=0.1)


def test_the_products_own_code_is_timed_without_the_analysis_too(scored, monkeypatch):
    monkeypatch.setattr("FluoroDenoiseLib.denoiser.noise_for", None)  # must not be called
    denoise = denoiser_of(StreamingUNet((4, 4, 4), (1, 1, 1)), "live").denoise
    assert milliseconds(denoise, scored.made.noisy) > 1


def test_a_first_run_that_is_slow_does_not_count(scored):
    runs = []

    def work(cine):
        runs.append(cine)
        _compute(0.5 if len(runs) == 1 else 0.09)
        return cine

    assert milliseconds(work, scored.made.noisy) == pytest.approx(10, rel=0.1)
    assert len(runs) == 4


def _compute(seconds):
    """Keeps the processor busy for so long."""
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass


def test_the_single_frame_student_is_shown_the_frame_and_a_target_that_holds_none_of_its_noise(runs):
    cine = Place(runs, minutes=1, every=1).sequences("train")[0]
    made = shown_and_target(make_examples(cine, np.random.default_rng(0))).astype(np.float32)
    assert made.shape == (8, 2, SIDE, SIDE)
    assert np.percentile(made[:, 0], [0.1, 99.9]) == pytest.approx([0, 1], abs=0.01)
    shown, target = (image - image.mean(0) for image in (made[:, 0], made[:, 1]))  # what is left of a static scene: noise
    assert abs(np.corrcoef(shown.ravel(), target.ravel())[0, 1]) < 0.02
    assert (made[:, 0] - made[:, 1]).mean() == pytest.approx(0, abs=0.01)


@pytest.mark.slow
def test_the_single_frame_row_learns_from_the_examples_of_ours(runs, quick):
    run(runs, "--rows", "single-frame")
    (data,) = (runs / "ablation").glob("*/every-1-seed-0")
    assert (data / "examples" / "train" / "0001.npy").is_file()
    assert by_name(runs)["single-frame"]["parameters"] == sum(p.numel() for p in PlainUNet(SLIM).parameters())
