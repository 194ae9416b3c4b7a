"""Models are chosen, explained, imported and exported in the panel."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest


@pytest.fixture
def a_model(tmp_path) -> Path:
    """A colleague's model."""
    from FluoroDenoiseLib.models.cards import BUNDLED

    folder = shutil.copytree(BUNDLED / "fluoroscopy", tmp_path / "download")
    card = json.loads((folder / "card.json").read_text())
    (folder / "card.json").write_text(json.dumps({**card, "name": "our angio", "purpose": "Coronary angiography."}))
    return folder


@pytest.fixture(autouse=True)
def an_empty_shelf(panel):
    from FluoroDenoisePanel.models_section import shelf

    yield
    shutil.rmtree(shelf(), ignore_errors=True)


def test_the_bundled_model_is_chosen_and_its_card_told_in_words(panel):
    assert panel.ui.modelSelector.currentText == "fluoroscopy"
    text = panel.ui.modelCardText.plainText
    assert "Trained on" in text and "quanta per pixel 5 to 200" in text and "Not a medical device" in text


def test_an_imported_model_is_chosen_at_once_and_told_in_words(host, panel, a_model):
    host.dialogs.answer(a_model / "card.json")
    panel.ui.importModelButton.click()
    assert panel.ui.modelSelector.currentText == "our angio"
    assert "Coronary angiography" in panel.ui.modelCardText.plainText
    assert Path(panel.context.parameterNode.model).is_dir()
    assert Path(panel.context.parameterNode.model) != a_model


def test_a_damaged_model_is_refused_and_the_choice_stays(host, panel, a_model):
    weights = a_model / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"x")
    host.dialogs.answer(a_model / "card.json")
    panel.ui.importModelButton.click()
    assert "damaged or was altered" in panel.ui.messageLabel.text
    assert panel.context.parameterNode.model == "fluoroscopy"


def test_the_chosen_model_is_exported_into_a_folder_of_its_name(host, panel, tmp_path):
    host.dialogs.answer(tmp_path)
    panel.ui.exportModelButton.click()
    assert sorted(file.name for file in (tmp_path / "fluoroscopy").iterdir()) == ["card.json", "weights.safetensors"]


def test_a_scene_from_another_computer_names_its_missing_model(host, panel):
    panel.context.parameterNode.model = "X:/angio"
    host.process()
    assert panel.ui.modelSelector.currentText == "angio (not on this computer)"
    assert "Found no model" in panel.ui.modelCardText.plainText
    panel.ui.modelSelector.currentIndex = 0
    panel.ui.modelSelector.activated.emit(0)
    assert panel.context.parameterNode.model == "fluoroscopy"
