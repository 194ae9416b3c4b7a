"""What a user can get wrong: one clear sentence, the right exit code, and nothing changed on disk."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import make_dicom
import numpy as np
import pytest
from cine_files import listing, noisy_frames, write_xa
from limits import largest_file
from pydicom.uid import CTImageStorage

from FluoroDenoiseLib import provenance
from FluoroDenoiseLib.commands import denoise
from FluoroDenoiseLib.errors import OutputNotWritable
from FluoroDenoiseLib.models import cards
from FluoroDenoiseLib.provenance import describe_origin, origin_path


@pytest.fixture
def refused(fluorodenoise, folder):
    """Runs a command that must fail: one sentence, the expected code, and the same files as before."""

    def run(code, *arguments):
        before = listing(folder)
        outcome = fluorodenoise(*arguments)
        assert outcome.code == code, outcome.err
        assert "Traceback" not in outcome.err
        assert outcome.sentence.endswith(".") and len(outcome.sentence) < 400
        assert listing(folder) == before
        return outcome.sentence

    return run


def test_no_such_file(refused, folder):
    assert "does not exist" in refused(3, "denoise", folder / "nothing.dcm", folder / "out.dcm")


def test_not_a_cine(refused, folder):
    (folder / "letter.dcm").write_text("Dear colleague, this is no image at all.")
    assert "letter.dcm" in refused(3, "denoise", folder / "letter.dcm", folder / "out.dcm")


def test_truncated_pixels(refused, folder):
    path = write_xa(folder / "cut.dcm", noisy_frames())
    path.write_bytes(path.read_bytes()[:-20_000])
    assert "cut.dcm" in refused(3, "denoise", path, folder / "out.dcm")


def test_an_empty_folder(refused, folder):
    (folder / "empty").mkdir()
    assert "The folder empty is empty" in refused(3, "denoise", folder / "empty", folder / "out")


def test_an_array_that_is_no_cine(refused, folder):
    np.save(folder / "line.npy", np.arange(10))
    assert "line.npy" in refused(3, "denoise", folder / "line.npy", folder / "out.npy")


def test_a_pickle_is_never_opened(refused, folder):
    np.save(folder / "trap.npy", np.array([{"a": 1}]), allow_pickle=True)
    assert "trap.npy" in refused(3, "denoise", folder / "trap.npy", folder / "out.npy")


def test_constant_frames(refused, folder):
    np.save(folder / "flat.npy", np.full((4, 96, 96), 5, np.uint16))
    assert "constant" in refused(4, "denoise", folder / "flat.npy", folder / "out.npy")


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_that_are_no_numbers(refused, folder, value):
    frames = noisy_frames().astype(np.float32)
    frames[2, 5, 5] = value
    np.save(folder / "holes.npy", frames)
    assert "NaN or infinity in frame 2" in refused(4, "denoise", folder / "holes.npy", folder / "out.npy")


def test_one_frame_only_is_denoised_and_says_so(fluorodenoise, folder):
    np.save(folder / "still.npy", noisy_frames(1, size=128))
    outcome = fluorodenoise("denoise", folder / "still.npy", folder / "out.npy")
    assert outcome.code == 0
    assert "Only one frame" in outcome.err


@pytest.mark.parametrize("region", [(90, 0, 10, 10), (0, 0, 0, 5), (-1, 0, 5, 5)])
def test_a_region_outside_the_image(refused, array, folder, region):
    assert "within the 96 columns and 96 rows" in refused(4, "denoise", array, folder / "out.npy", "--roi", *region)


def test_a_strength_outside_0_to_1(refused, array, folder):
    assert "strength 2.0; expected" in refused(4, "denoise", array, folder / "out.npy", "--strength", 2)


def test_the_input_as_output(refused, array):
    assert "originals are never touched" in refused(5, "denoise", array, array, "--overwrite")


def test_an_output_within_the_input(refused, array, folder):
    assert "lies within it" in refused(5, "denoise", folder, folder / "out")


def test_the_input_under_another_name(refused, array, folder):
    (folder / "link.npy").symlink_to(array)
    assert "originals are never touched" in refused(5, "denoise", array, folder / "link.npy", "--overwrite")


def test_an_output_of_another_kind(refused, array, xa, folder):
    assert "the kind must stay the same" in refused(5, "denoise", array, folder / "out.dcm")
    assert "the kind must stay the same" in refused(5, "denoise", xa, folder / "out.nii.gz")


def test_a_file_name_for_several_cines(refused, array, xa, folder):
    source = folder / "both"
    source.mkdir()
    shutil.copy(array, source)
    shutil.copy(xa, source)
    assert "holds 2 cines" in refused(5, "denoise", source, folder / "out.dcm")


def test_an_output_in_a_place_that_takes_no_files(refused, array, folder):
    (folder / "file").write_text("a file, not a folder")
    assert "takes no new files" in refused(5, "denoise", array, folder / "file" / "out.npy")


def test_an_unknown_model(refused, array, folder):
    sentence = refused(6, "denoise", array, folder / "out.npy", "--model", "miracle")
    assert "'miracle'" in sentence and "fluoroscopy" in sentence


@pytest.mark.parametrize("damage", ["flipped", "cut", "no card"])
def test_a_damaged_model(refused, array, folder, damage):
    model = shutil.copytree(cards.BUNDLED / "fluoroscopy", folder / "mine")
    weights = model / cards.WEIGHTS
    if damage == "flipped":
        weights.write_bytes(weights.read_bytes()[:-1] + b"\x55")
    elif damage == "cut":
        weights.write_bytes(weights.read_bytes()[:1000])
    else:
        (model / cards.CARD).unlink()
    assert "mine" in refused(6, "denoise", array, folder / "out.npy", "--model", model)


def test_a_device_that_is_not_there(refused, array, folder):
    assert "cpu" in refused(7, "denoise", array, folder / "out.npy", "--device", "cuda:7")
    refused(7, "denoise", array, folder / "out.npy", "--device", "abacus")


def test_a_full_disk(refused, array, folder):
    with largest_file(50_000):
        assert "could not be written" in refused(5, "denoise", array, folder / "new" / "out.npy")


def earlier_output(path):
    """A file that FluoroDenoise is on record to have written."""
    path.write_bytes(b"of an earlier run")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    origin_path(path).write_text(json.dumps({"outputs": [{"file": path.name, "sha256": digest}]}))


def test_an_original_of_another_study_is_not_overwritten(refused, array, folder):
    """Media name their files alike: IM1.dcm of one day must not replace IM1.dcm of another."""
    shutil.copy(array, folder / "another.npy")
    assert "not the output of an earlier run" in refused(5, "denoise", array, folder / "another.npy", "--overwrite")


def test_a_series_into_the_folder_that_one_is_in_is_refused_before_the_work(refused, folder, monkeypatch):
    make_dicom.slices(CTImageStorage, "CT", [0.0, 2.0, 4.0], folder / "series")
    (folder / "empty").mkdir()
    (folder / "link").symlink_to(folder / "empty")
    assert "new folder" in refused(5, "denoise", folder / "series", folder / "link")
    monkeypatch.chdir(folder / "empty")
    assert "new folder" in refused(5, "denoise", folder / "series", ".")


@pytest.mark.parametrize("options", [(), ("--overwrite",)], ids=["new", "replacing"])
def test_a_disk_that_fills_up_before_the_record_changes_nothing(options, refused, array, folder, monkeypatch):
    if options:
        earlier_output(folder / "out.npy")
    with ExitStack() as full:

        def fill_up_and_describe(*arguments):
            full.enter_context(largest_file(100))
            return describe_origin(*arguments)

        monkeypatch.setattr(provenance, "describe_origin", fill_up_and_describe)
        sentence = refused(5, "denoise", array, folder / "out.npy", *options)
    assert "out.npy.provenance.json could not be written" in sentence


def test_a_former_output_is_kept_where_the_disk_has_no_second_names(refused, array, folder, monkeypatch):
    def no_links(*names):
        raise PermissionError(errno.EPERM, "Operation not permitted")

    earlier_output(folder / "out.npy")
    monkeypatch.setattr(os, "link", no_links)
    monkeypatch.setattr(provenance, "write_origin", refuse)
    assert "the record" in refused(5, "denoise", array, folder / "out.npy", "--overwrite")


def test_a_disk_that_removes_nothing_any_more_gives_the_former_output_back(refused, array, folder, monkeypatch):
    """As Windows does where a virus scanner, or a viewer, holds a file."""
    earlier_output(folder / "out.npy")
    monkeypatch.setattr(provenance, "write_origin", refuse)
    monkeypatch.setattr(Path, "unlink", in_use)
    assert "the record" in refused(5, "denoise", array, folder / "out.npy", "--overwrite")
    monkeypatch.undo()


def in_use(path, missing_ok=False):
    if path.exists():
        raise PermissionError(errno.EACCES, "The file is in use")


@pytest.mark.parametrize("existed", [False, True])
def test_a_series_whose_record_cannot_be_written_leaves_no_file(existed, refused, folder, monkeypatch):
    make_dicom.slices(CTImageStorage, "CT", [0.0, 2.0, 4.0], folder / "series")
    if existed:
        (folder / "out").mkdir()
    monkeypatch.setattr(provenance, "write_origin", refuse)
    assert "the record" in refused(5, "denoise", folder / "series", folder / "out", "--model", "ct")
    assert (folder / "out").is_dir() is existed


def refuse(*arguments):
    raise OutputNotWritable("The disk has no room for the record.")


@pytest.fixture
def on_a_terminal():
    """Starts the command with a terminal as stderr; gives the process and a function that reads until a text appears."""
    ours, theirs = os.openpty()

    def start(*arguments):
        command = [sys.executable, "-m", "FluoroDenoiseLib", *map(str, arguments)]
        # A shell that runs the tests in the background has SIGINT ignored, and children inherit that.
        heeding = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
        place = Path(__file__).parents[2]
        process = subprocess.Popen(command, stderr=theirs, cwd=place, start_new_session=True, preexec_fn=heeding)
        os.close(theirs)
        return process, read_until

    def read_until(text):
        seen = b""
        while text not in seen:
            seen += os.read(ours, 4096)
        return seen.decode()

    yield start
    os.close(ours)


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_stopping_it_in_the_middle_leaves_nothing(on_a_terminal, folder, stop):
    np.save(folder / "run.npy", np.tile(noisy_frames(8, size=128), (100, 1, 1)))
    before = listing(folder)
    process, read_until = on_a_terminal("denoise", folder / "run.npy", folder / "new" / "out.npy")
    read_until(b"frame 2/800, ")
    process.send_signal(stop)
    said = read_until(b"nothing partial was left.")
    assert process.wait(20) == 8
    assert "fluorodenoise: Cancelled" in said and "Traceback" not in said
    assert listing(folder) == before


@pytest.mark.skipif(not Path("/sys").is_dir(), reason="needs /sys, where nobody may make files")
def test_a_place_where_nobody_may_write(refused, array):
    sentence = refused(5, "denoise", array, "/sys/fluorodenoise.npy")
    assert "takes no new files" in sentence or "no permission" in sentence


def broken(*_, **__):
    raise ZeroDivisionError("a fault of ours")


def test_a_fault_of_ours_is_one_sentence_and_the_other_cines_are_done(fluorodenoise, folder, monkeypatch):
    source = folder / "in"
    source.mkdir()
    for name in ("a.npy", "b.npy"):
        np.save(source / name, noisy_frames(3, size=72))
    calls = iter([broken, denoise.rectangle_weights])
    monkeypatch.setattr(denoise, "rectangle_weights", lambda *arguments: next(calls)(*arguments))
    outcome = fluorodenoise("denoise", source, folder / "out", "--roi", 0, 0, 72, 72)
    assert outcome.code == 1
    assert "a.npy: Unexpected error (ZeroDivisionError: a fault of ours). Please report it" in outcome.err
    assert set(listing(folder / "out")) == {"b.npy", "b.npy.provenance.json"}


def test_a_fault_of_ours_can_be_looked_at(fluorodenoise, array, folder, monkeypatch):
    monkeypatch.setattr(denoise, "rectangle_weights", broken)
    assert fluorodenoise("denoise", array, folder / "out.npy", "--roi", 0, 0, 9, 9).code == 70
    monkeypatch.setenv("FLUORODENOISE_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        fluorodenoise("denoise", array, folder / "out.npy", "--roi", 0, 0, 9, 9)


def test_errors_come_as_json_too(fluorodenoise, folder):
    outcome = fluorodenoise("info", folder / "nothing", "--json")
    (failed,) = outcome.json["failed"]
    assert (outcome.code, failed["error"], failed["exit_code"]) == (3, "UnreadableInput", 3)
