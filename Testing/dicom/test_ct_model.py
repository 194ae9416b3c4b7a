"""`fluorodenoise denoise FOLDER OUT --model ct`: a CT series in, a derived series out."""

from __future__ import annotations

import json

import make_dicom as make
import numpy as np
from pydicom import dcmread
from pydicom.uid import CTImageStorage

from FluoroDenoiseLib.__main__ import main
from FluoroDenoiseLib.dicom import read_cine


def test_a_ct_series_becomes_a_derived_series_in_hounsfield_units_with_less_noise(tmp_path, capsys):
    make.slices(CTImageStorage, "CT", [0.0, 2.0, 4.0], tmp_path / "in")
    assert main(["denoise", str(tmp_path / "in"), str(tmp_path / "out"), "--model", "ct", "--device", "cpu"]) == 0
    before, after = (read_cine(tmp_path / name) for name in ("in", "out"))
    assert (after.intensity, after.modality, after.shape) == ("HU", "CT", before.shape)
    noise = [np.std(np.diff(cine.frames.astype(float), axis=0)) for cine in (before, after)]
    assert noise[1] < 0.8 * noise[0]
    assert {dcmread(path).ImageType[0] for path in (tmp_path / "out").glob("*.dcm")} == {"DERIVED"}
    (origin,) = (json.loads(path.read_text()) for path in tmp_path.rglob("*.provenance.json"))
    assert origin["model"]["name"] == "ct"
    assert "Note:" not in capsys.readouterr().err


def test_info_tells_the_noise_of_slices_as_the_model_ct_sees_it(tmp_path, capsys):
    make.slices(CTImageStorage, "CT", [0.0, 2.0, 4.0], tmp_path / "in")
    assert main(["info", str(tmp_path / "in")]) == 0
    out = capsys.readouterr().out
    assert "it differs by place and slice" in out
    assert "The model ct is made for" not in out and "less is removed" not in out and "How well this law holds" not in out


def test_the_model_ct_refuses_a_cine_in_one_sentence_and_leaves_nothing_behind(tmp_path, capsys):
    source = make.save(make.xa(), tmp_path / "run.dcm")
    assert main(["denoise", str(source), str(tmp_path / "out.dcm"), "--model", "ct", "--device", "cpu"]) != 0
    (sentence,) = capsys.readouterr().err.strip().splitlines()
    assert "frames in time" in sentence and "choose the model fluoroscopy" in sentence
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run.dcm"]
