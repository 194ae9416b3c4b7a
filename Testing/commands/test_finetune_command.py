"""The command `fluorodenoise finetune`: from DICOM files to a kept model and a report, and not a trace of the patient."""

from __future__ import annotations

import errno
import os
import re
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest
import torch
from cine_files import noisy_frames, write_xa

from FluoroDenoiseLib.commands import finetune_report
from FluoroDenoiseLib.errors import OutputNotWritable
from FluoroDenoiseLib.models.own import delete_model
from FluoroDenoiseLib.models.user_folder import shelf, user_folder
from FluoroDenoiseLib.models.zoo import load_model
from FluoroDenoiseLib.training import finetune
from FluoroDenoiseLib.training import run_folder as runs
from FluoroDenoiseLib.training.export import export_model
from FluoroDenoiseLib.training.run_folder import discard, read_run, run_folder

ROOT = Path(__file__).resolve().parents[2]
SECRETS = {
    "PatientName": "Zzyzx^Quentin",
    "PatientID": "PID-98765431",
    "PatientBirthDate": "19471103",
    "StudyDate": "20190817",
    "InstitutionName": "Saint Elsewhere",
    "ReferringPhysicianName": "Frankenstein^V",
    "AccessionNumber": "ACC-55512",
    "StudyInstanceUID": "1.2.826.0.1.77777.1",
    "SeriesInstanceUID": "1.2.826.0.1.77777.2",
    "StationName": "ROOM-13-XA",
}
WORDS = [word for value in SECRETS.values() for word in re.split(r"\^", value) if len(word) > 2]


@pytest.fixture
def site(folder):
    """Three cines of one patient, and a file that is none."""
    data = folder / "Zzyzx"
    data.mkdir()
    for k in range(3):
        write_xa(data / f"Zzyzx_{k}.dcm", noisy_frames(10, seed=k), **SECRETS, Manufacturer="ACME", ProtocolName="Coro 15")
    (data / "Zzyzx.txt").write_text("no image")
    return data


@pytest.fixture
def spoilt(folder):
    """A base with much to gain: it corrects twice as much as it should."""
    base = load_model("fluoroscopy")
    with torch.no_grad():
        for weight in base.network.leave.parameters():
            weight *= 2
    export_model(base.network, "spoilt", base.card["network"], {}, folder / "spoilt")
    return folder / "spoilt"


def told(paths):
    """Which of the secrets stand in files, as text or packed in an archive that is read entry by entry."""
    content = b"".join(file.read_bytes() for path in paths for file in path.rglob("*") if file.is_file())
    content += b"".join(str(file).encode() for path in paths for file in path.rglob("*"))
    return [word for word in WORDS if word.encode() in content]


def test_the_scan_for_secrets_finds_one(site):
    assert set(told([site])) == set(WORDS)


@pytest.mark.slow
def test_a_gain_is_kept_reported_and_names_nobody(site, spoilt, folder, fluorodenoise):
    report = folder / "report" / "site.html"
    report.parent.mkdir()
    order = ["finetune", site, "--name", "lab 1", "--minutes", "0.5", "--base", spoilt, "--device", "cpu"]
    done = fluorodenoise(*order, "--report", report, "--json")
    assert done.code == 0, done.err
    assert done.json["gain"], done.json["sentence"]
    assert done.json["system"] == {"manufacturer": "ACME", "protocol": "Coro 15"}
    assert "Zzyzx.txt" in done.err
    assert load_model("lab 1").card["training"]["base"]["name"] == "spoilt"
    assert not run_folder("lab 1").exists()
    page = report.read_text()
    assert "<svg" in page and page.count("data:image/png;base64,") == 3
    assert not re.search(r"(src|href)=\"?(http|file)", page)
    assert told([user_folder(), report.parent]) == []
    again = fluorodenoise(*order, "--report", folder / "other.html")
    assert again.code == 5 and "there already" in again.sentence
    delete_model(shelf() / "lab 1")


def test_no_gain_changes_nothing_and_is_no_failure(site, folder, fluorodenoise):
    before = sorted(user_folder().rglob("*"))
    done = fluorodenoise("finetune", site, "--name", "lab 2", "--minutes", "0.001", "--report", folder / "r.html")
    assert done.code == 0, done.err
    assert done.out.startswith("No gain, nothing changed: ")
    assert (folder / "r.html").exists()
    assert not [word for word in WORDS if word in (folder / "r.html").read_text()]
    assert [path for path in sorted(user_folder().rglob("*")) if path.is_file()] == [path for path in before if path.is_file()]


def test_data_that_cannot_teach_is_refused_and_nothing_is_left(folder, fluorodenoise):
    write_xa(folder / "one.dcm", noisy_frames(1))
    done = fluorodenoise("finetune", folder / "one.dcm", "--name", "lab 3", "--report", folder / "r.html", "--json")
    assert done.code == 4
    assert "one frame" in done.json["failed"][0]["message"]
    assert not run_folder("lab 3").exists() and not (folder / "r.html").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "reason"),
    [
        (["--name", "x", "--resume"], 4, "no fine-tuning called x"),
        (["--name", "x"], 4, "no DATA"),
        (["{site}", "--name", "x", "--resume", "--minutes", "60"], 4, "Found DATA and --minutes beside --resume"),
        (["{site}", "--name", "x", "--report", "{site}/Zzyzx.txt"], 5, "exists already"),
        (["{site}", "--name", "x", "--report", "nowhere/x.html"], 5, "does not exist"),
        (["{site}", "--name", "x", "--minutes", "-1"], 4, "above 0"),
        (["{site}", "--name", "x", "--minutes", "inf"], 4, "above 0"),
        (["{site}", "--name", "x", "--seed", "-1"], 4, "a whole number from 0"),
        (["{site}", "--name", "x", "--seed", "99999999999999999999"], 4, "a whole number from 0"),
        (["{site}", "--name", "x", "--base", "nothing"], 6, "no model"),
        (["{site}", "--name", "x", "--device", "tpu"], 7, "tpu"),
    ],
)
def test_what_cannot_be_begun_is_one_sentence(arguments, code, reason, site, fluorodenoise, monkeypatch, folder):
    monkeypatch.chdir(folder)
    done = fluorodenoise("finetune", *(part.format(site=site) for part in arguments))
    assert done.code == code
    assert reason in done.sentence


def locked(monkeypatch, folder):
    """Lets nothing be written into a folder, whoever runs the tests."""
    opened = os.open

    def refuse(path, *rest, **named):
        if Path(path).parent == folder:
            raise PermissionError(errno.EACCES, "Permission denied")
        return opened(path, *rest, **named)

    monkeypatch.setattr(os, "open", refuse)


def test_a_report_that_cannot_be_written_is_refused_before_anything_is_made(site, folder, fluorodenoise, monkeypatch):
    (folder / "locked").mkdir()
    locked(monkeypatch, folder / "locked")
    done = fluorodenoise("finetune", site, "--name", "lab 5", "--minutes", "0.001", "--report", folder / "locked" / "r.html")
    assert done.code == 5
    assert "locked could not be written: you have no permission" in done.sentence
    assert not run_folder("lab 5").exists()


def test_a_model_that_could_not_be_kept_is_not_begun(site, folder, fluorodenoise, monkeypatch):
    monkeypatch.setenv("FLUORODENOISE_HOME", str(folder / "home"))
    (folder / "home").mkdir()
    (folder / "home" / "models").write_text("no folder")
    done = fluorodenoise("finetune", site, "--name", "lab 6", "--minutes", "0.001", "--report", folder / "r.html")
    assert done.code == 5
    assert "could not be kept in" in done.sentence and "FLUORODENOISE_HOME" in done.sentence
    assert not run_folder("lab 6").exists()


@pytest.mark.parametrize("fails", [(finetune_report, "write_report"), (runs, "keep")], ids=["report", "model"])
def test_an_end_that_cannot_be_written_says_where_what_was_learnt_is(fails, site, folder, fluorodenoise, monkeypatch):
    def refused(*_):
        raise OutputNotWritable("The disk is full.")

    monkeypatch.setattr(finetune, "finetune", lambda *_, **__: {"gain": True})
    monkeypatch.setattr(finetune_report, "write_report", lambda *_: None)
    monkeypatch.setattr(*fails, refused)
    done = fluorodenoise("finetune", site, "--name", "lab 7", "--report", folder / "r.html")
    assert done.code == 5
    assert f"not lost, it is in {run_folder('lab 7')}" in done.sentence
    assert "finetune --name 'lab 7' --resume --report NEW_FILE" in done.sentence


def test_a_damaged_run_is_named_and_can_be_begun_anew_as_advised(site, folder, fluorodenoise):
    run, order = run_folder("lab 8"), ["finetune", site, "--name", "lab 8", "--minutes", "0.001", "--report", folder / "r.html"]
    run.mkdir(parents=True)
    (run / "run.json").write_text('{"order"')
    for arguments in (order, ["finetune", "--name", "lab 8", "--resume"]):
        done = fluorodenoise(*arguments)
        assert done.code == 3
        assert f"{run / 'run.json'} is damaged" in done.sentence and "remove that folder" in done.sentence
    discard(run)
    assert fluorodenoise(*order).code == 0


def test_of_a_failed_run_that_is_damaged_one_thing_is_advised(folder, fluorodenoise):
    run = run_folder("lab 10")
    (run / "work" / "clips").mkdir(parents=True)
    runs.Run({"name": "lab 10", "base": "fluoroscopy", "device": "auto"}, state=runs.FAILED).write(run)
    (run / "work" / "clips" / "000.json").write_text("{")
    done = fluorodenoise("finetune", "--name", "lab 10", "--resume", "--report", folder / "r.html")
    assert done.code == 3
    assert f"Remove the folder {run} and start anew" in done.sentence and "go on with --resume" not in done.err
    discard(run)


def test_an_empty_folder_is_named(folder, fluorodenoise):
    (folder / "nothing here").mkdir()
    done = fluorodenoise("finetune", folder / "nothing here", "--name", "lab 9", "--report", folder / "r.html")
    assert done.code == 4
    assert "Passed over nothing here: Found no files in the folder" in done.err


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="sends POSIX signals")
def test_control_c_pauses_says_how_to_go_on_and_writes_no_name(site, folder):
    command = [sys.executable, "-m", "FluoroDenoiseLib", "finetune", str(site), "--name", "lab 4", "--minutes", "1"]
    process = subprocess.Popen(
        [*command, "--device", "cpu", "--report", str(folder / "r.html")],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
        # A shell that runs the tests in the background has SIGINT ignored, and children inherit that.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )
    run, end = run_folder("lab 4"), time.monotonic() + 100
    while time.monotonic() < end and not (run / "log.csv").exists():
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 8
    assert "--resume" in said and "Traceback" not in said
    assert read_run(run).state == "paused"
    assert told([user_folder()]) == []
    discard(run)
