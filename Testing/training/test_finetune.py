"""Fine-tuning from the order to the verdict: what is left on disk, pausing, killing, full disks, refusals."""

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from site_helpers import site_cine, site_order

from FluoroDenoiseLib.errors import Cancelled, ModelUnavailable, OutputNotWritable, UnreadableInput, UnsuitableCine
from FluoroDenoiseLib.models.cards import read_card
from FluoroDenoiseLib.models.own import delete_model
from FluoroDenoiseLib.models.user_folder import shelf
from FluoroDenoiseLib.models.zoo import load_model
from FluoroDenoiseLib.training.checkpoints import load_checkpoint
from FluoroDenoiseLib.training.export import export_model
from FluoroDenoiseLib.training.finetune import finetune
from FluoroDenoiseLib.training.run_folder import alone, discard, found_runs, is_worked_on, keep, read_json, read_run, run_folder
from FluoroDenoiseLib.training.timed import CHECKPOINT
from FluoroDenoiseLib.training.verdict import Judge

ROOT = Path(__file__).resolve().parents[2]
STEPS = """
import sys
from pathlib import Path
from FluoroDenoiseLib.training import finetune, site_run
site_run.REPORTED = 0.2
finetune.finetune(Path(sys.argv[1]), None)
"""
DISCARD = """
import sys
from pathlib import Path
from FluoroDenoiseLib.training.run_folder import discard
discard(Path(sys.argv[1]))
"""


@pytest.fixture
def order(tmp_path):
    return site_order(tmp_path / "sources", [site_cine(seed) for seed in range(2)])


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A run that is done; its verdict, and what it reported on the way."""
    folder, seen, rows = tmp_path_factory.mktemp("finished"), [], []
    bad = folder / "Secret Person.npz"
    bad.write_bytes(b"no cine")
    made = site_order(folder / "sources", [site_cine(seed) for seed in range(3)])
    made["sources"].append(str(bad))
    verdict = finetune(folder / "run", made, progress=lambda *now: seen.append(now), tell=rows.append)
    return folder / "run", verdict, seen, rows


def test_the_verdict_says_what_was_found_and_is_on_disk(finished):
    folder, verdict, *_ = finished
    assert json.loads((folder / "verdict.json").read_text()) == verdict
    assert verdict["score"]["low"] <= verdict["score"]["difference"] <= verdict["score"]["high"]
    assert verdict["score"]["tuned"] - verdict["score"]["base"] == pytest.approx(verdict["score"]["difference"], abs=2e-6)
    (row,) = verdict["held_out"]
    assert row["noise_before"] > 0 and row["noise_after"] > 0 and 0.3 < row["wire_kept_before"] < 1.3
    assert verdict["gain"] is (folder / "model" / "card.json").exists()


def test_a_finished_run_keeps_no_frames_and_gives_its_verdict_again(finished):
    folder, verdict, *_ = finished
    assert read_run(folder).state == "done"
    assert not (folder / "work").exists()
    assert finetune(folder, None) == verdict


def test_log_and_preview_show_the_score_and_a_frame(finished):
    folder, *_ = finished
    head, *rows = (folder / "log.csv").read_text().splitlines()
    assert head == "minutes,step,loss,held_out,base"
    assert rows and all(float(number) >= 0 for row in rows for number in row.split(","))
    with np.load(folder / "preview.npz", allow_pickle=False) as file:
        assert file["noisy"].shape == file["before"].shape == file["after"].shape == (96, 96)
        assert file["before"].std() < file["noisy"].std()
        assert (int(file["cine"]), int(file["frame"])) == (0, 5)


def test_what_cannot_teach_is_told_by_name_and_written_without(finished):
    folder, _, _, rows = finished
    assert [row.usable for row in rows] == [True, True, True, False]
    assert "Secret Person" in rows[-1].label
    run = read_run(folder)
    assert len(run.rows) == 3 and len(run.left_out) == 1
    assert "Secret" not in (folder / "run.json").read_text()


def test_progress_ends_with_nothing_left(finished):
    *_, (done, total) = finished[2]
    assert done == total > 0


def test_a_pause_keeps_what_was_learnt_and_the_run_can_go_on(order, tmp_path):
    folder, asked = tmp_path / "run", []

    def while_training():
        asked.append(read_run(folder).state)
        return asked.count("training") > 3

    with pytest.raises(Cancelled):
        finetune(folder, {**order, "minutes": 0.5}, cancelled=while_training)
    assert read_run(folder).state == "paused"
    step = load_checkpoint(folder / "work" / CHECKPOINT)["step"]
    assert step > 0
    run = read_run(folder)
    run.training_minutes = 1e-6  # the rest of the time is not needed here
    run.write(folder)
    assert finetune(folder, None)["minutes"] > 0


def test_the_time_to_learn_leaves_what_the_verdict_will_take(order, tmp_path, monkeypatch):
    looks, folder = 200, tmp_path / "run"
    monkeypatch.setattr(Judge, "looks", looks)
    monkeypatch.setattr(Judge, "base_score", lambda judge: time.sleep(0.05) or 1.0)
    with pytest.raises(Cancelled):
        finetune(folder, {**order, "minutes": 2}, cancelled=lambda: read_run(folder).state == "training")
    run, judging = read_run(folder), read_json(folder / "work" / "before.json")["seconds"]
    assert judging > looks * 0.05
    assert 120 - run.seconds_done <= 60 * run.training_minutes + judging < 120


def test_damaged_measures_of_the_base_are_named_and_made_anew_when_they_are_deleted(order, tmp_path):
    folder = tmp_path / "run"
    with pytest.raises(Cancelled):
        finetune(folder, order, cancelled=lambda: read_run(folder).state == "training")
    before = folder / "work" / "before.json"
    before.write_text('{"score"')
    with pytest.raises(UnreadableInput, match=r"before.json is damaged.* Delete it, and it is made anew"):
        finetune(folder, None)
    before.unlink()
    assert "score" in finetune(folder, None)


@pytest.mark.slow
def test_a_run_that_was_killed_goes_on_from_its_last_checkpoint(order, tmp_path):
    folder = tmp_path / "run"
    with pytest.raises(Cancelled):
        finetune(folder, {**order, "minutes": 2}, cancelled=lambda: read_run(folder).state == "training")
    process = subprocess.Popen([sys.executable, "-c", STEPS, str(folder)], cwd=ROOT)
    end, before = time.monotonic() + 90, load_checkpoint(folder / "work" / CHECKPOINT)["step"]
    while time.monotonic() < end and load_checkpoint(folder / "work" / CHECKPOINT)["step"] <= before:
        time.sleep(0.05)
    process.send_signal(getattr(signal, "SIGKILL", signal.SIGTERM))
    process.wait()
    reached = load_checkpoint(folder / "work" / CHECKPOINT)
    assert reached["step"] > before
    run = read_run(folder)
    assert run.state == "training"
    run.training_minutes = (reached["seconds"] + 0.01) / 60
    run.write(folder)
    assert "score" in finetune(folder, None)


def test_a_run_does_not_go_on_from_another_base(order, tmp_path):
    folder, base = tmp_path / "run", load_model("fluoroscopy")
    export_model(base.network, "mine", base.card["network"], {}, tmp_path / "mine")
    with pytest.raises(Cancelled):
        finetune(folder, {**order, "base": str(tmp_path / "mine")}, cancelled=lambda: True)
    with torch.no_grad():
        base.network.leave.bias += 1
    shutil.rmtree(tmp_path / "mine")
    export_model(base.network, "mine", base.card["network"], {}, tmp_path / "mine")
    with pytest.raises(ModelUnavailable, match="other weights in the model mine"):
        finetune(folder, None)


def test_a_full_disk_is_named_and_the_run_goes_on_when_there_is_room(order, tmp_path):
    limits = pytest.importorskip("limits", reason="needs POSIX limits of file sizes")
    folder = tmp_path / "run"
    with limits.largest_file(300_000), pytest.raises(OutputNotWritable, match="larger than this disk"):
        finetune(folder, order)
    assert read_run(folder).state == "failed"
    assert "verdict.json" not in {path.name for path in folder.iterdir()}
    assert "score" in finetune(folder, None)


def test_two_runs_do_not_work_in_one_folder(order, tmp_path):
    assert not is_worked_on(tmp_path / "run")
    with alone(tmp_path / "run"):
        assert is_worked_on(tmp_path / "run")
        other = subprocess.run(
            [sys.executable, "-c", DISCARD, str(tmp_path / "run")], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert "Another process works" in other.stderr
        with pytest.raises(OutputNotWritable, match="Another process works"):
            finetune(tmp_path / "run", order)
    assert not is_worked_on(tmp_path / "run")


@pytest.mark.parametrize(
    ("changes", "error", "reason"),
    [
        ({"base": "no such model"}, ModelUnavailable, "no such model"),
        ({"base": "ct"}, ModelUnavailable, "slices"),
        ({"name": "fluoroscopy"}, OutputNotWritable, "there already"),
        ({"name": "???"}, ModelUnavailable, "letters"),
        ({"minutes": 0}, UnsuitableCine, "minutes"),
    ],
)
def test_what_cannot_be_done_is_refused_before_anything_is_made(order, tmp_path, changes, error, reason):
    if changes.get("base") == "ct" and not (ROOT / "FluoroDenoiseLib" / "models" / "ct").exists():
        pytest.skip("the model for CT is not made yet")
    with pytest.raises(error, match=reason):
        finetune(tmp_path / "run", {**order, **changes})
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda card: {**card, "format": 0}, "of format 0"),
        (lambda card: {**card, "format": 99}, "of format 99"),
        (lambda card: {**card, "sha256": "0" * 64}, "damaged"),
    ],
    ids=["older", "newer", "damaged"],
)
def test_a_base_of_another_version_or_damaged_is_refused(order, tmp_path, damage, reason):
    base = load_model("fluoroscopy")
    export_model(base.network, "base", base.card["network"], {}, tmp_path / "base")
    card = tmp_path / "base" / "card.json"
    card.write_text(json.dumps(damage(json.loads(card.read_text()))))
    with pytest.raises(ModelUnavailable, match=reason):
        finetune(tmp_path / "run", {**order, "base": str(tmp_path / "base")})
    assert not (tmp_path / "run").exists()


def test_a_run_of_that_name_is_not_overwritten(finished, order):
    with pytest.raises(OutputNotWritable, match="already"):
        finetune(finished[0], order)


def test_there_is_nothing_to_resume_where_nothing_was_begun(tmp_path):
    with pytest.raises(UnreadableInput, match="no fine-tuning"):
        finetune(tmp_path / "run", None)


@pytest.mark.parametrize(
    ("cines", "reason"),
    [
        ([site_cine(count=1)], "one frame"),
        ([site_cine(count=8)], "last third"),
        ([site_cine(0), site_cine(1, modality="US")], "1 US, 1 XA"),
    ],
    ids=["one frame", "one short cine", "mixed modalities"],
)
def test_data_that_cannot_teach_is_refused_with_the_reason(tmp_path, cines, reason):
    began = time.monotonic()
    with pytest.raises(UnsuitableCine, match=reason):
        finetune(tmp_path / "run", site_order(tmp_path / "sources", cines, minutes=15))
    assert time.monotonic() - began < 60
    assert read_run(tmp_path / "run").state == "failed"


def test_a_tuned_model_is_kept_under_its_name_and_the_run_goes():
    folder, base = run_folder("kept site"), load_model("fluoroscopy")
    export_model(base.network, "kept site", base.card["network"], {}, folder / "model")
    (folder / "run.json").write_text("{}")
    assert found_runs() == [folder]
    kept = keep(folder)
    assert kept.parent == shelf() and not folder.exists()
    assert load_model("kept site").name == "kept site"
    delete_model(kept)


@pytest.mark.slow
def test_a_damaged_base_that_is_tuned_becomes_better_and_its_card_knows_the_site(order, tmp_path):
    """A base that corrects twice as much as it should has much to gain: the way to a kept model, whole."""
    base = load_model("fluoroscopy")
    with torch.no_grad():
        for weight in base.network.leave.parameters():
            weight *= 2
    export_model(base.network, "spoilt", base.card["network"], {}, tmp_path / "spoilt")
    verdict = finetune(tmp_path / "run", {**order, "base": str(tmp_path / "spoilt"), "minutes": 0.5})
    assert verdict["gain"], verdict["sentence"]
    card = read_card(tmp_path / "run" / "model")
    assert card["training"]["base"]["name"] == "spoilt"
    assert card["site_noise"]["correlation"]["right"] == pytest.approx(0.68, abs=0.1)  # of a blur by 0.8 pixels
    assert np.median(card["site_noise"]["sigma"]) == pytest.approx(21, rel=0.2)
    assert load_model(tmp_path / "run" / "model").network is not None
    discard(tmp_path / "run")
    assert not (tmp_path / "run").exists()
