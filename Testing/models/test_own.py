"""A user's own models are taken in and handed out whole, renamed and deleted, or nothing changes at all."""

from __future__ import annotations

import json
import shutil

import pytest

from FluoroDenoiseLib.errors import ModelUnavailable, OutputNotWritable
from FluoroDenoiseLib.models.cards import BUNDLED, folder_of, own_models
from FluoroDenoiseLib.models.defaults import default_for, make_default
from FluoroDenoiseLib.models.own import delete_model, export_model, import_model, rename_model
from FluoroDenoiseLib.models.zoo import load_model

SYSTEM = {"manufacturer": "Maker", "model": "Monoplane 1", "protocol": "coronary"}


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


@pytest.fixture
def mine(home, a_model):
    """The model among the user's, and the default of a system."""
    folder = import_model(a_model, home / "models")
    make_default(SYSTEM, "our angio")
    return folder


def test_a_model_of_the_users_is_found_and_loaded_by_its_name(mine):
    assert folder_of("our angio") == mine
    assert load_model("our angio").name == "our angio"


def test_a_renamed_model_keeps_its_weights_and_its_place_as_a_default(mine):
    before = load_model(mine).sha256
    folder = rename_model(mine, "room 7")
    assert own_models(folder.parent) == {"room 7": folder} and load_model("room 7").sha256 == before
    assert default_for(SYSTEM) == "room 7" and not mine.exists()


@pytest.mark.parametrize(
    ("name", "error"), [("our angio", OutputNotWritable), ("fluoroscopy", OutputNotWritable), ("///", ModelUnavailable)]
)
def test_a_name_that_cannot_be_given_changes_nothing(mine, name, error):
    with pytest.raises(error):
        rename_model(mine, name)
    assert own_models(mine.parent) == {"our angio": mine} and default_for(SYSTEM) == "our angio"


def test_a_deleted_model_is_gone_with_its_place_as_a_default(mine):
    delete_model(mine)
    assert list(mine.parent.iterdir()) == [] and default_for(SYSTEM) is None


@pytest.mark.parametrize("change", [delete_model, lambda folder: rename_model(folder, "x")])
def test_only_the_users_own_models_can_be_changed(home, a_model, change):
    for folder in (BUNDLED / "fluoroscopy", a_model):
        with pytest.raises(ModelUnavailable, match="not one of yours"):
            change(folder)
        assert (folder / "weights.safetensors").is_file()


def test_what_was_removed_by_half_is_no_model_and_in_nobodys_way(mine, a_model):
    left = mine.with_name(".removed-our angio")
    mine.rename(left)
    assert own_models(mine.parent) == {}
    delete_model(import_model(left, mine.parent))
    assert own_models(mine.parent) == {}
