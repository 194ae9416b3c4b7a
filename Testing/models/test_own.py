"""A user's own models are taken in and handed out whole, or not at all."""

from __future__ import annotations

import json
import shutil

import pytest

from FluoroDenoiseLib.errors import ModelUnavailable, OutputNotWritable
from FluoroDenoiseLib.models.cards import BUNDLED
from FluoroDenoiseLib.models.own import export_model, import_model, own_models
from FluoroDenoiseLib.models.zoo import load_model


@pytest.fixture
def a_model(tmp_path):
    """A model of somebody's own, in a folder of another name."""
    folder = shutil.copytree(BUNDLED / "fluoroscopy", tmp_path / "download")
    card = json.loads((folder / "card.json").read_text())
    (folder / "card.json").write_text(json.dumps({**card, "name": "our angio"}))
    return folder


@pytest.fixture
def shelf(tmp_path):
    return tmp_path / "user" / "models"


@pytest.mark.parametrize("given", [".", "card.json", "weights.safetensors"])
def test_a_model_is_imported_by_its_folder_or_either_file(a_model, shelf, given):
    folder = import_model(a_model / given, shelf)
    assert own_models(shelf) == {"our angio": folder}
    assert load_model(folder).sha256 == load_model("fluoroscopy").sha256


def test_a_damaged_model_leaves_no_trace(a_model, shelf):
    weights = a_model / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"x")
    with pytest.raises(ModelUnavailable, match="damaged or was altered"):
        import_model(a_model, shelf)
    assert not shelf.exists()


def test_a_name_that_is_taken_is_refused_and_the_first_stays(a_model, shelf):
    first = import_model(a_model, shelf)
    before = (first / "card.json").read_bytes()
    with pytest.raises(OutputNotWritable, match="already"):
        import_model(a_model, shelf)
    assert (first / "card.json").read_bytes() == before
    with pytest.raises(OutputNotWritable, match="fluoroscopy is there already"):
        import_model(BUNDLED / "fluoroscopy", shelf)


@pytest.mark.parametrize("name", ["../../outside", "/etc/model", ".."])
def test_a_name_cannot_lead_out_of_the_shelf(a_model, shelf, name):
    card = json.loads((a_model / "card.json").read_text())
    (a_model / "card.json").write_text(json.dumps({**card, "name": name}))
    try:
        assert import_model(a_model, shelf).parent == shelf
    except ModelUnavailable as error:
        assert "name" in str(error)


def test_an_exported_model_can_be_imported_by_somebody_else(a_model, shelf, tmp_path):
    mine = import_model(a_model, shelf)
    export_model(mine, tmp_path / "for a colleague")
    theirs = import_model(tmp_path / "for a colleague", tmp_path / "colleague")
    assert load_model(theirs).card == load_model(mine).card


def test_an_export_never_overwrites(a_model, tmp_path):
    full = tmp_path / "full"
    full.mkdir()
    (full / "thesis.txt").write_text("three years")
    with pytest.raises(OutputNotWritable, match="other files"):
        export_model(a_model, full)
    assert [file.name for file in full.iterdir()] == ["thesis.txt"]
