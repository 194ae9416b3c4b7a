"""`fluorodenoise denoise`: what it makes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from cine_files import listing, noisy_frames, write_xa
from make_dicom import slices
from pydicom import dcmread
from pydicom.uid import CTImageStorage

from FluoroDenoiseLib.dicom import read_cine


def spread(frames):
    """Noise between neighbouring frames of a static cine."""
    return np.diff(frames.astype(float), axis=0).std()


def test_a_cine_becomes_a_derived_file_with_less_noise_and_the_original_stays(fluorodenoise, xa, folder):
    before = listing(folder)
    outcome = fluorodenoise("denoise", xa, folder / "clear.dcm")
    assert outcome.code == 0
    assert "run.dcm -> " in outcome.out and "6 frames of 96 x 96" in outcome.out
    after = listing(folder)
    assert after.pop("clear.dcm") and after.pop("clear.dcm.provenance.json")
    assert after == before
    assert dcmread(folder / "clear.dcm").ImageType[0] == "DERIVED"
    assert spread(read_cine(folder / "clear.dcm").frames) < 0.7 * spread(noisy_frames())


def test_the_provenance_record_says_everything_and_nothing_about_the_patient(fluorodenoise, xa, folder):
    fluorodenoise("denoise", xa, folder / "clear.dcm", "--strength", "0.5", "--mode", "live", "--roi", 10, 20, 50, 40)
    text = (folder / "clear.dcm.provenance.json").read_text()
    origin, hashes = json.loads(text), listing(folder)
    assert origin["inputs"] == [{"file": "run.dcm", "sha256": hashes["run.dcm"]}]
    assert origin["outputs"] == [{"file": "clear.dcm", "sha256": hashes["clear.dcm"]}]
    assert origin["model"]["name"] == "fluoroscopy" and len(origin["model"]["sha256"]) == 64
    assert origin["parameters"].pop("device")
    assert origin["parameters"] == {"mode": "live", "strength": 0.5, "region": [10, 20, 50, 40]}
    assert set(origin["versions"]) == {"python", "numpy", "torch", "opencv", "pydicom"}
    assert origin["date"].endswith("+00:00")
    header = dcmread(xa)
    secrets = ("Secret", "PID-4711", header.SOPInstanceUID, header.SeriesInstanceUID, header.StudyInstanceUID, str(folder))
    assert not [secret for secret in secrets if secret in text]


def test_outside_a_region_nothing_changes_and_inside_the_noise_goes(fluorodenoise, array, folder):
    assert fluorodenoise("denoise", array, folder / "clear.npy", "--roi", 20, 30, 40, 50).code == 0
    before, after = np.load(array), np.load(folder / "clear.npy")
    outside = np.ones(before.shape[1:], bool)
    outside[30:80, 20:60] = False
    np.testing.assert_array_equal(before[:, outside], after[:, outside])
    inside = np.s_[:, 40:70, 30:50]
    assert spread(after[inside]) < 0.7 * spread(before[inside])


def test_strength_0_gives_the_original_back(fluorodenoise, array, folder):
    assert fluorodenoise("denoise", array, folder / "same.npy", "--strength", 0).code == 0
    np.testing.assert_array_equal(np.load(array), np.load(folder / "same.npy"))


def test_a_folder_gives_every_cine_in_it_and_lists_what_failed(fluorodenoise, folder):
    source = folder / "patients"
    (source / "a").mkdir(parents=True)
    write_xa(source / "a" / "one.dcm", noisy_frames(3))
    write_xa(source / "flat.dcm", np.full((3, 96, 96), 7, np.uint16))
    np.save(source / "two.npy", noisy_frames(3, seed=1))
    (source / "letter.txt").write_text("no image")
    outcome = fluorodenoise("denoise", source, folder / "clear", "--json")
    assert outcome.code == 1
    assert set(listing(folder / "clear")) == {
        "a",
        "a/one.dcm",
        "a/one.dcm.provenance.json",
        "two.npy",
        "two.npy.provenance.json",
    }
    assert [entry["input"] for entry in outcome.json["done"]] == ["one.dcm", "two.npy"]
    (failed,) = outcome.json["failed"]
    assert (failed["input"], failed["error"], failed["exit_code"]) == ("flat.dcm", "UnsuitableCine", 4)
    assert [entry["input"] for entry in outcome.json["skipped"]] == ["letter.txt"]
    assert "flat.dcm: Found constant frames" in outcome.err and "Passed over letter.txt" in outcome.err


def test_a_series_of_single_files_becomes_a_folder(fluorodenoise, folder):
    source = folder / "series"
    source.mkdir()
    shared = {}
    for number, frame in enumerate(noisy_frames(4)):
        path = write_xa(source / f"{number}.dcm", frame[None])
        header = dcmread(path)
        shared = shared or {"SeriesInstanceUID": header.SeriesInstanceUID, "StudyInstanceUID": header.StudyInstanceUID}
        header.SeriesInstanceUID, header.InstanceNumber = shared["SeriesInstanceUID"], number + 1
        del header.NumberOfFrames, header.FrameIncrementPointer
        header.save_as(path)
    outcome = fluorodenoise("denoise", source, folder / "clear")
    assert outcome.code == 0, outcome.err
    assert len(list((folder / "clear").iterdir())) == 4
    origin = json.loads((folder / "clear.provenance.json").read_text())
    assert len(origin["inputs"]) == len(origin["outputs"]) == 4
    assert read_cine(folder / "clear").shape == (4, 96, 96)


def test_slices_of_a_ct_get_the_model_for_them_where_none_is_named(fluorodenoise, folder):
    source = folder / "ct"
    slices(CTImageStorage, "CT", [0.0, 2.0, 4.0], source)
    assert fluorodenoise("denoise", source, folder / "clear").code == 0
    assert json.loads((folder / "clear.provenance.json").read_text())["model"]["name"] == "ct"


def test_an_existing_output_is_replaced_only_when_asked(fluorodenoise, array, folder):
    target = folder / "clear.npy"
    target.write_bytes(b"precious")
    outcome = fluorodenoise("denoise", array, target)
    assert outcome.code == 5 and "clear.npy exists already" in outcome.sentence
    assert target.read_bytes() == b"precious"
    outcome = fluorodenoise("denoise", array, target, "--overwrite")
    assert outcome.code == 5 and "not the output of an earlier run" in outcome.sentence
    assert target.read_bytes() == b"precious"
    target.unlink()
    assert fluorodenoise("denoise", array, target, "--strength", "0").code == 0
    assert fluorodenoise("denoise", array, target, "--overwrite").code == 0
    assert np.load(target).std() < np.load(array).std()


def test_a_name_in_capitals_is_written_whole(fluorodenoise, array, folder):
    source, target = array.rename(folder / "RUN.NPY"), folder / "out" / "RUN.NPY"
    assert fluorodenoise("denoise", source, target).code == 0
    assert np.load(target).shape == (6, 96, 96)
    assert {path.name for path in target.parent.iterdir()} == {"RUN.NPY", "RUN.NPY.provenance.json"}


def test_two_series_of_one_folder_have_outputs_of_their_own(fluorodenoise, folder):
    """Files named by their UIDs: what looks like a suffix is the UID's last part."""
    for place in (1234, 9876):
        part = folder / str(place)
        slices(CTImageStorage, "CT", [0.0, 2.0, 4.0], part, SeriesInstanceUID=f"1.2.{place}")
        for number, path in enumerate(sorted(part.iterdir())):
            (folder / "data").mkdir(exist_ok=True)
            path.rename(folder / "data" / f"CT.1.3.12.54693.{place}{number}")
    done = fluorodenoise("denoise", folder / "data", folder / "out", "--model", "ct")
    assert done.code == 0, done.err
    made = [path for path in (folder / "out").iterdir() if path.is_dir()]
    assert len(made) == 2 and all(len(list(path.iterdir())) == 3 for path in made)


def test_an_output_above_the_input_never_leads_back_to_another_original(fluorodenoise, folder):
    outer, inner = folder / "data" / "raw" / "x.npy", folder / "data" / "raw" / "raw" / "x.npy"
    inner.parent.mkdir(parents=True)
    for seed, path in enumerate((outer, inner)):
        np.save(path, noisy_frames(5, seed=seed))
    before = outer.read_bytes(), inner.read_bytes()
    done = fluorodenoise("denoise", folder / "data" / "raw", folder / "data", "--overwrite")
    assert done.code == 1 and "originals are never touched" in done.err
    assert (outer.read_bytes(), inner.read_bytes()) == before
    assert (folder / "data" / "x.npy").exists()


@pytest.mark.parametrize("option", [(), ("--json",)])
def test_stdout_holds_the_answer_alone(fluorodenoise, array, folder, option):
    outcome = fluorodenoise("denoise", array, folder / "clear.npy", *option)
    assert outcome.json["done"][0]["frames"] == 6 if option else len(outcome.out.splitlines()) == 1


def test_the_real_command_works_from_any_folder(as_process, array, folder):
    outcome = as_process("denoise", "run.npy", "clear.npy", cwd=folder)
    assert outcome.code == 0, outcome.err
    assert (folder / "clear.npy").exists()


def test_a_folder_may_be_named_from_where_the_user_stands(fluorodenoise, folder, monkeypatch):
    (folder / "in" / "deep").mkdir(parents=True)
    for name in ("one.npy", "deep/two.npy"):
        np.save(folder / "in" / name, noisy_frames(2, size=72))
    monkeypatch.chdir(folder)
    outcome = fluorodenoise("denoise", "in", "out")
    assert outcome.code == 0, outcome.err
    assert {"one.npy", "deep/two.npy"} < set(listing(folder / "out"))


@pytest.mark.parametrize(("header", "whole"), [("run.mhd", "run.mha"), ("run.nhdr", "run.nrrd")])
def test_a_header_beside_its_data_becomes_one_file_of_the_same_format(fluorodenoise, folder, header, whole):
    import SimpleITK

    (folder / "in").mkdir()
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(noisy_frames()), str(folder / "in" / header))
    assert fluorodenoise("denoise", folder / "in", folder / "out").code == 0
    assert SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(folder / "out" / whole))).shape == noisy_frames().shape
    outcome = fluorodenoise("denoise", folder / "in" / header, folder / header)
    assert outcome.code == 5 and f"name the output {Path(whole).suffix} instead" in outcome.sentence
