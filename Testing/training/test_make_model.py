"""The recipe of a model, whole: sequences in, model folder out; and what it says when there is nothing to learn from."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from site_helpers import learn_in_a_second

from FluoroDenoiseLib import Denoiser
from FluoroDenoiseLib.cine import Cine
from FluoroDenoiseLib.errors import Cancelled, ModelUnavailable, OutputNotWritable, UnreadableInput, UnsuitableCine
from FluoroDenoiseLib.models.zoo import load_model
from FluoroDenoiseLib.training.batches import Examples
from FluoroDenoiseLib.training.checkpoints import load_checkpoint
from FluoroDenoiseLib.training.examples import write_examples
from FluoroDenoiseLib.training.export import export_model
from FluoroDenoiseLib.training.run_folder import alone
from FluoroDenoiseLib.training.sequences import NoisySequences
from FluoroDenoiseLib.training.student import StudentTraining
from Training import make_model
from Training.stopping import asked_to_stop

ROOT = Path(__file__).resolve().parents[2]
SIZE = 128


def quantum_frames(seed, count=14, quanta=40.0):
    """Static blobs under Poisson noise [count, 128, 128] uint16, and what is under it."""
    rng = np.random.default_rng(seed)
    blobs = cv2.GaussianBlur(rng.standard_normal((SIZE, SIZE)).astype(np.float32), (0, 0), 6)
    truth = quanta * (1 + 0.5 * blobs / np.abs(blobs).max())
    return (20 * rng.poisson(truth, (count, SIZE, SIZE))).astype(np.uint16), (20 * truth).astype(np.float32)


def save(folder, name, frames, intensity="LIN", **more):
    folder.mkdir(parents=True, exist_ok=True)
    np.savez(folder / f"{name}.npz", frames=frames, frame_time=1 / 15, intensity=intensity, **more)


@pytest.fixture
def runs(tmp_path):
    for part, seeds in (("train", (0, 1)), ("validation", (2,))):
        for seed in seeds:
            frames, truth = quantum_frames(seed)
            more = {"clean": np.repeat(truth[None], len(frames), axis=0)} if part == "validation" else {}
            save(tmp_path / "sequences" / part, f"{seed:04d}", frames, **more)
    return tmp_path


@pytest.fixture
def small(monkeypatch):
    """A network and batches that learn in a second."""
    learn_in_a_second(monkeypatch)


def test_a_model_comes_out_that_denoises_and_says_how_it_was_made(runs, small):
    arguments = ["fluoroscopy", "--runs", str(runs), "--out", str(runs / "models"), "--seed", "5", "--minutes"]
    make_model.main([*arguments, "0.02"])
    folder, work = runs / "models" / "fluoroscopy", runs / "fluoroscopy"
    card = json.loads((folder / "card.json").read_text())
    assert card["training"]["seed"] == 5 and card["training"]["steps"] > 0
    assert {"psnr_noisy", "psnr_review", "psnr_live", "held_out_score"} <= set(card["figures_on_validation_sequences"])
    assert cv2.imread(str(work / "preview.png")).shape[1] == 3 * SIZE
    frames, _ = quantum_frames(9)
    denoised = Denoiser.load(folder, device="cpu").denoise(Cine(frames, 1 / 15, "LIN"))
    assert denoised.frames[7].std() < frames[7].std()
    make_model.main([*arguments, "0.03"])  # goes on where it was
    with (work / "log.csv").open(encoding="utf-8") as file:
        steps = [int(row["step"]) for row in csv.DictReader(file)]
    assert steps == sorted(steps) and len(steps) >= 2
    assert json.loads((folder / "card.json").read_text())["training"]["steps"] > card["training"]["steps"]


def test_a_model_that_learns_on_does_so_from_examples_with_its_bases_pilots(runs, small):
    first, second = runs / "first", runs / "second"
    make_model.main(["fluoroscopy", "--runs", str(runs), "--minutes", "0.02", "--out", str(first)])
    base = str(first / "fluoroscopy")
    make_model.main(["fluoroscopy", "--runs", str(runs), "--minutes", "0.02", "--out", str(second), "--base", base])
    hashes = [json.loads((out / "fluoroscopy" / "card.json").read_text())["sha256"] for out in (first, second)]
    assert hashes[0] != hashes[1]
    alone, piloted = (np.load(runs / run / "train" / "0000.npy") for run in ("fluoroscopy", f"fluoroscopy-{hashes[0][:8]}"))
    np.testing.assert_array_equal(alone[1::2], piloted[1::2])  # live
    assert not np.array_equal(alone[2::2], piloted[2::2])  # review


def test_what_the_base_lacks_begins_at_random_and_without_a_say(runs, small):
    arguments = ["fluoroscopy", "--runs", str(runs), "--minutes", "0.01", "--out"]
    make_model.main([*arguments, str(runs / "first")])
    base = runs / "first" / "fluoroscopy"
    with pytest.raises(ModelUnavailable, match="no coarser resolutions in the base .* --blend 1"):
        make_model.main([*arguments, str(runs / "none"), "--base", str(base), "--resolutions", "3", "--blend", "0.5"])
    make_model.main([*arguments, str(runs / "second"), "--base", str(base), "--resolutions", "3", "--rate", "0"])
    larger = runs / "second" / "fluoroscopy"
    before, after = (load_model(folder).network.state_dict() for folder in (base, larger))
    assert before and all(torch.equal(after[name], value) for name, value in before.items())
    assert after["down_third.0.weight"].any() and not after["up_first.weight"].any()
    with pytest.raises(ModelUnavailable, match="base with coarser resolutions .* --resolutions 3"):
        make_model.main([*arguments, str(runs / "none"), "--base", str(larger)])


@pytest.mark.parametrize("option", ["--seed", "--rate"])
def test_a_run_goes_on_with_the_settings_it_was_begun_with_alone(runs, small, option):
    arguments = ["fluoroscopy", "--runs", str(runs), "--minutes", "0.01", "--out", str(runs / "models")]
    make_model.main(arguments)
    with pytest.raises(UnreadableInput, match=f"other settings .{option[2:]} .* for 1"):
        make_model.main([*arguments, option, "1"])


def test_a_model_that_came_out_worse_does_not_replace_the_one_that_is_there(runs, small, capsys):
    """What is there is the measure, not the base: the new one is as good as its base."""
    arguments = ["fluoroscopy", "--runs", str(runs), "--minutes", "0.02", "--out", str(runs / "models")]
    make_model.main(arguments)
    there, poor = runs / "models" / "fluoroscopy", runs / "poor"
    before, model = (there / "card.json").read_bytes(), load_model(there)
    with torch.no_grad():
        model.network.leave.bias += 3  # noise deviations
    export_model(model.network, "poor", model.card["network"], {"training": {}}, poor)
    make_model.main([*arguments, "--rate", "0", "--base", str(poor)])
    assert (there / "card.json").read_bytes() == before
    (run,) = runs.glob("fluoroscopy-*")
    assert f"of {there}, which stays: the model goes to {run / 'model'}" in capsys.readouterr().out
    assert load_model(run / "model").sha256 == load_model(poor).sha256


def test_both_sets_are_looked_for_before_examples_take_minutes(runs, small):
    for file in (runs / "sequences" / "validation").iterdir():
        file.unlink()
    with pytest.raises(UnreadableInput, match="Found no sequences .*validation"):
        make_model.main(["fluoroscopy", "--runs", str(runs), "--minutes", "0.02", "--out", str(runs / "models")])
    assert not (runs / "fluoroscopy").exists()


def test_what_cannot_be_written_at_the_end_is_told_before_examples_take_minutes(runs, small):
    (runs / "models").write_text("a file")
    with pytest.raises(OutputNotWritable, match="a part of its path is a file"):
        make_model.main(["fluoroscopy", "--runs", str(runs), "--minutes", "0.02", "--out", str(runs / "models")])
    assert not (runs / "fluoroscopy").exists()


def test_slices_are_no_sequences(runs, small):
    for path in (runs / "sequences").glob("*/*.npz"):
        save(path.parent, path.stem, quantum_frames(0)[0], intensity="HU")
    with pytest.raises(UnsuitableCine, match="expected cines"):
        make_model.main(["fluoroscopy", "--runs", str(runs), "--minutes", "0.02", "--out", str(runs / "models")])


def test_a_recording_that_is_too_small_is_left_out_and_named_and_one_that_is_gone_teaches_no_more(runs, small, capsys):
    folder, gone = runs / "sequences" / "train", runs / "fluoroscopy" / "train" / "0007.npy"
    save(folder, "0005", quantum_frames(5)[0][:, :100, :100])
    gone.parent.mkdir(parents=True)
    np.save(gone, np.zeros((1, 8, 10, 10), np.float16))
    make_model.main(["fluoroscopy", "--runs", str(runs), "--minutes", "0.01", "--out", str(runs / "models")])
    told = capsys.readouterr().out
    assert "Left out of train: 0005: its frames have less than 128 pixels along a side" in told and "0007" not in told


@pytest.mark.parametrize(
    "wrong",
    [
        *(f"--minutes {value}" for value in ("0", "-1", "nan", "inf")),
        *(f"--rate {value}" for value in ("-1", "nan")),
        *("--batch 0", "--seed -1", "--blend 2"),
    ],
)
def test_numbers_that_make_no_sense_are_told_at_once(wrong, capsys):
    with pytest.raises(SystemExit) as ended:
        make_model.main(["fluoroscopy", *wrong.split()])
    assert ended.value.code == 2 and "expected" in capsys.readouterr().err


def test_ctrl_c_leaves_a_checkpoint_and_the_same_command_goes_on(runs, small, monkeypatch):
    step = StudentTraining.one_step

    def interrupted(training):
        if training.step == 3:
            signal.raise_signal(signal.SIGINT)
        return step(training)

    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background has it ignored
    monkeypatch.setattr(StudentTraining, "one_step", interrupted)
    with pytest.raises(Cancelled, match="with a checkpoint; the same command goes on"):
        make_model.main(["fluoroscopy", "--runs", str(runs), "--minutes", "1", "--out", str(runs / "models")])
    assert load_checkpoint(runs / "fluoroscopy" / "checkpoint.safetensors")["step"] == 4
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_ctrl_c_that_is_meant_for_a_script_does_not_stop_what_runs_in_its_background(monkeypatch):
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with asked_to_stop() as asked:
            signal.raise_signal(signal.SIGINT)
            assert not asked()
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_two_runs_do_not_work_in_one_folder(runs, small):
    with alone(runs / "fluoroscopy"), pytest.raises(OutputNotWritable, match="Another process works"):
        make_model.main(["fluoroscopy", "--runs", str(runs), "--minutes", "0.01", "--out", str(runs / "models")])


@pytest.mark.parametrize("kept", [50, 0])
def test_damaged_examples_are_told(runs, small, kept):
    arguments = ["fluoroscopy", "--runs", str(runs), "--minutes", "0.01", "--out", str(runs / "models")]
    make_model.main(arguments)
    path = runs / "fluoroscopy" / "train" / "0000.npy"
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(UnreadableInput, match=r"0000.npy is damaged .* delete it"):
        make_model.main([*arguments[:4], "0.02", *arguments[5:]])


@pytest.mark.slow
def test_torchrun_makes_a_model_in_two_processes_and_goes_on_after_a_kill(runs, tmp_path):
    script = tmp_path / "recipe.py"
    script.write_text(
        "import os, pathlib, sys\n"
        "from Training import make_model\n"
        "pathlib.Path(__file__).with_name(f'{os.getpid()}.worker').touch()\n"
        "make_model.WIDTHS, make_model.DEPTHS, make_model.BATCH = (8, 8, 8), (1, 1, 1), 2\n"
        "make_model.main(sys.argv[1:])\n"
    )
    two = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", str(script)]
    arguments = ["fluoroscopy", "--runs", str(runs), "--out", str(runs / "models"), "--minutes"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    checkpoint = runs / "fluoroscopy" / "checkpoint.safetensors"
    with subprocess.Popen([*two, *arguments, "3"], cwd=ROOT, env=environment) as child:
        end = time.monotonic() + 240
        while not checkpoint.exists() and time.monotonic() < end:
            time.sleep(0.2)
        for worker in tmp_path.glob("*.worker"):  # they outlive torchrun where it is killed alone
            os.kill(int(worker.stem), signal.SIGKILL)
        child.kill()
    assert load_checkpoint(checkpoint)["step"] > 0
    done = subprocess.run([*two, *arguments, "1.05"], cwd=ROOT, env=environment, timeout=240, check=False)
    assert done.returncode == 0
    card = json.loads((runs / "models" / "fluoroscopy" / "card.json").read_text())
    assert card["training"]["steps"] >= load_checkpoint(checkpoint)["step"] and card["training"]["minutes"] >= 1


def test_validation_files_that_tell_nothing_do_not_stop_a_training(runs, small):
    folder = runs / "sequences" / "validation"
    good = (folder / "0002.npz").read_bytes()
    (folder / "0000.npz").write_bytes(good[: len(good) // 2])
    save(folder, "0001", quantum_frames(1)[0])  # without clean frames
    (folder / "0003.npz").write_bytes(good[:40_000] + bytes(1000) + good[41_000:])
    make_model.main(["fluoroscopy", "--runs", str(runs), "--minutes", "0.01", "--out", str(runs / "models")])
    card = json.loads((runs / "models" / "fluoroscopy" / "card.json").read_text())
    assert card["figures_on_validation_sequences"]["psnr_review"] > 10
    assert card["training"]["batch"] == 2 and card["training"]["rate"] == 1e-3


def test_frames_smaller_than_what_is_learnt_from_are_named(runs, small):
    for seed in range(2):
        save(runs / "sequences" / "train", f"{seed:04d}", quantum_frames(seed)[0][:, :104, :104])
    with pytest.raises(UnsuitableCine, match="only frames of less than 128 pixels along a side"):
        make_model.main(["fluoroscopy", "--runs", str(runs), "--minutes", "0.01", "--out", str(runs / "models")])


def test_a_run_goes_on_with_the_network_it_was_begun_with_alone(runs, small):
    arguments = ["fluoroscopy", "--runs", str(runs), "--minutes", "0.01", "--out", str(runs / "models")]
    make_model.main(arguments)
    with pytest.raises(UnreadableInput, match="checkpoint of another network, .*fluoroscopy"):
        make_model.main([*arguments, "--resolutions", "3"])


def test_damaged_and_useless_sequences_are_left_out_and_listed(runs):
    folder = runs / "sequences" / "train"
    good = (folder / "0000.npz").read_bytes()
    (folder / "0002.npz").write_bytes(good[: len(good) // 2])  # cut short: known before any frame is read
    (folder / "0003.npz").write_bytes(good[:40_000] + bytes(1000) + good[41_000:])  # damaged inside: known when it is read
    frames, truth = quantum_frames(0)
    save(folder, "0004", frames[:3])
    rounding = np.random.default_rng(0).random((14, SIZE, SIZE)) < 0.05
    save(folder, "0005", np.rint(truth).astype(np.uint16) + rounding.astype(np.uint16))
    left_out = write_examples(NoisySequences(folder), runs / "examples", seed=0)
    assert sorted(path.stem for path in (runs / "examples").iterdir()) == ["0000", "0001"]
    assert len(left_out) == 4
    for name, reason in (("0002", "damaged"), ("0003", "damaged"), ("0004", "3 frames"), ("0005", "noise")):
        assert any(name in line and reason in line for line in left_out), (name, left_out)


def test_where_nothing_can_be_learnt_it_says_so_before_training(runs):
    folder = runs / "sequences" / "other"
    save(folder, "0000", np.full((14, 96, 96), 100, np.uint16))
    with pytest.raises(UnsuitableCine, match="None of the 1 recordings .* The first: 0000: Found constant frames"):
        write_examples(NoisySequences(folder), runs / "none", seed=0)
    for former in ("0007.npy", ".partial-0a1b.npy"):
        (runs / "none" / former).write_bytes(b"of a recording that is there no more, and of a kill")
    with pytest.raises(UnsuitableCine, match="None of the 1 recordings"):
        write_examples(NoisySequences(folder), runs / "none", seed=0)


def test_damaged_examples_of_recordings_that_are_there_no_more_do_no_harm(tmp_path):
    np.save(tmp_path / "0000.npy", np.zeros((2, 8, 32, 32), np.float16))
    (tmp_path / "0007.npy").write_bytes(b"cut short")
    assert len(Examples(tmp_path, names={"0000"})) == 2
    with pytest.raises(UnreadableInput, match=r"0007\.npy is damaged"):
        Examples(tmp_path)


def test_slices_among_cines_are_refused_and_cines_of_several_laws_are_not(runs):
    folder, (frames, _) = runs / "sequences" / "other", quantum_frames(0)
    save(folder, "0000", frames, "LIN")
    save(folder, "0001", frames, "LOG")
    assert len(NoisySequences(folder)) == 2
    save(folder, "0002", frames, "HU")
    with pytest.raises(UnsuitableCine, match="Found 1 HU, 1 LIN, 1 LOG in .* expected either slices"):
        NoisySequences(folder)


def test_folders_without_a_readable_sequence_are_named(tmp_path):
    with pytest.raises(UnreadableInput, match="no sequences"):
        NoisySequences(tmp_path)
    (tmp_path / "0000.npz").write_bytes(b"no archive")
    with pytest.raises(UnreadableInput, match="None of the 1 sequences"):
        NoisySequences(tmp_path)


def test_a_full_disk_leaves_the_former_model(tmp_path, monkeypatch):
    base = load_model("fluoroscopy")
    export_model(base.network, "mine", base.card["network"], {}, tmp_path / "mine")
    before = load_model(tmp_path / "mine").sha256

    def full_disk(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full_disk)
    with pytest.raises(OutputNotWritable, match="the disk is full"):
        export_model(base.network, "other", base.card["network"], {"limits": []}, tmp_path / "mine")
    assert load_model(tmp_path / "mine").sha256 == before
    assert sorted(path.name for path in (tmp_path / "mine").iterdir()) == ["card.json", "weights.safetensors"]


def test_the_command_ends_with_a_sentence_and_not_with_a_traceback(tmp_path):
    command = [sys.executable, "-m", "Training.make_model", "fluoroscopy", "--runs", str(tmp_path)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == UnreadableInput.exit_code
    assert "make them first" in ended.stderr and "Traceback" not in ended.stderr
