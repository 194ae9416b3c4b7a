"""Models are found, checked and never unpickled."""

import json
import shutil

import pytest

from FluoroDenoiseLib import Denoiser
from FluoroDenoiseLib.errors import DeviceUnavailable, ModelUnavailable
from FluoroDenoiseLib.models.cards import BUNDLED, model_names
from FluoroDenoiseLib.models.zoo import load_model


@pytest.fixture
def a_model(tmp_path):
    return shutil.copytree(BUNDLED / "fluoroscopy", tmp_path / "mine")


def rewrite(folder, **changes):
    card = json.loads((folder / "card.json").read_text())
    (folder / "card.json").write_text(json.dumps({**card, **changes}))


def test_the_bundled_model_loads_and_names_itself():
    assert "fluoroscopy" in model_names()
    model = load_model("fluoroscopy")
    assert model.name == "fluoroscopy"
    assert model.card["training"]["objective"]


def test_bundled_models_are_small():
    for name in model_names():
        assert sum(p.stat().st_size for p in (BUNDLED / name).iterdir()) < 10e6


def test_a_model_of_ones_own_loads_by_its_folder(a_model):
    assert load_model(a_model).sha256 == load_model("fluoroscopy").sha256


def test_an_unknown_name_lists_those_that_exist():
    with pytest.raises(ModelUnavailable, match="fluoroscopy"):
        load_model("x-ray-vision")


def test_altered_weights_are_refused(a_model):
    weights = a_model / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"x")
    with pytest.raises(ModelUnavailable, match="damaged or was altered"):
        load_model(a_model)


def test_a_pickle_is_not_opened_even_if_the_card_vouches_for_it(a_model):
    import hashlib
    import pickle

    content = pickle.dumps({"weights": [1, 2, 3]})
    (a_model / "weights.safetensors").write_bytes(content)
    rewrite(a_model, sha256=hashlib.sha256(content).hexdigest())
    with pytest.raises(ModelUnavailable, match="do not fit"):
        load_model(a_model)


def test_missing_weights_are_named(a_model):
    (a_model / "weights.safetensors").unlink()
    with pytest.raises(ModelUnavailable, match="weights.safetensors"):
        load_model(a_model)


def test_a_broken_card_is_named(a_model):
    (a_model / "card.json").write_text("{")
    with pytest.raises(ModelUnavailable, match="card.json"):
        load_model(a_model)


def test_an_incomplete_card_says_what_is_expected(a_model):
    (a_model / "card.json").write_text('{"format": 1}')
    with pytest.raises(ModelUnavailable, match="sha256"):
        load_model(a_model)


def test_a_model_of_another_format_says_which_this_version_reads(a_model):
    rewrite(a_model, format=99)
    with pytest.raises(ModelUnavailable, match="format 99"):
        load_model(a_model)


def test_a_network_of_another_size_does_not_fit(a_model):
    rewrite(a_model, network={"widths": [8, 8, 8], "depths": [1, 1, 1]})
    with pytest.raises(ModelUnavailable, match="do not fit"):
        load_model(a_model)


def test_an_absent_device_lists_those_that_exist():
    with pytest.raises(DeviceUnavailable, match="cpu"):
        Denoiser.load("fluoroscopy", device="cuda:7")


def test_an_unknown_mode_is_refused():
    with pytest.raises(ModelUnavailable, match="review or live"):
        Denoiser.load("fluoroscopy", mode="fast")
