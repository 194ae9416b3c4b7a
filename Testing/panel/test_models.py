"""Models are listed, chosen, explained, renamed, deleted, imported and exported in the panel."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from finetuning import SYSTEM, makeModel
from panel_scenes import addCine, denoise


@pytest.fixture
def a_model(tmp_path) -> Path:
    """A colleague's model."""
    from FluoroDenoiseLib.models.cards import BUNDLED

    folder = shutil.copytree(BUNDLED / "fluoroscopy", tmp_path / "download")
    card = json.loads((folder / "card.json").read_text())
    (folder / "card.json").write_text(json.dumps({**card, "name": "our angio", "purpose": "Coronary angiography."}))
    return folder


@pytest.fixture
def my_models(panel, home) -> Path:
    """The folder of the user's models, with two in it."""
    for name in ("angio 1", "angio 2"):
        makeModel(home / "models" / name, name)
    panel.context.refresh()
    return home / "models"


def listed(panel) -> list[str]:
    return [panel.ui.modelsList.item(row).text() for row in range(panel.ui.modelsList.count)]


def pick(panel, name: str) -> None:
    """Clicks a model in the list."""
    panel.ui.modelsList.setCurrentRow(listed(panel).index(name))


def test_the_bundled_model_is_chosen_and_its_card_told_in_words(panel):
    assert panel.ui.modelSelector.currentText == "fluoroscopy"
    text = panel.ui.modelCardText.plainText
    assert "Trained on" in text and "quanta per pixel 5 to 2500" in text and "Not a medical device" in text


def test_an_imported_model_is_chosen_at_once_and_told_in_words(host, panel, home, a_model):
    host.dialogs.answer(a_model / "card.json")
    panel.ui.importModelButton.click()
    assert panel.ui.modelSelector.currentText == "our angio"
    assert "Coronary angiography" in panel.ui.modelCardText.plainText
    assert panel.context.parameterNode.model == "our angio" == listed(panel)[-1]
    assert (home / "models" / "our angio" / "weights.safetensors").is_file()


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


def test_all_models_are_listed_and_a_click_in_the_list_chooses_one(panel, my_models):
    assert listed(panel) == ["fluoroscopy", "ct", "angio 1", "angio 2"]
    pick(panel, "angio 2")
    assert panel.context.parameterNode.model == panel.ui.modelSelector.currentText == "angio 2"
    assert "Coronary angiography" in panel.ui.modelCardText.plainText


def test_a_renamed_model_stays_chosen_and_the_default_of_its_system(host, panel, my_models):
    from FluoroDenoiseLib.models.defaults import default_for, make_default

    make_default(SYSTEM, "angio 2")
    pick(panel, "angio 2")
    host.dialogs.answer("room 7")
    panel.ui.renameModelButton.click()
    assert listed(panel) == ["fluoroscopy", "ct", "angio 1", "room 7"] and panel.context.parameterNode.model == "room 7"
    assert default_for(SYSTEM) == "room 7" and "Renamed" in panel.ui.messageLabel.text


@pytest.mark.parametrize("name", ["fluoroscopy", "angio 1", "///"])
def test_a_name_that_is_taken_or_empty_is_refused_and_nothing_changes(host, panel, my_models, name):
    pick(panel, "angio 2")
    host.dialogs.answer(name)
    panel.ui.renameModelButton.click()
    assert listed(panel) == ["fluoroscopy", "ct", "angio 1", "angio 2"] and panel.ui.messageLabel.text
    assert panel.context.parameterNode.model == "angio 2"


def test_a_deleted_model_is_gone_and_the_bundled_one_is_chosen(host, panel, my_models):
    import qt

    from FluoroDenoiseLib.models.defaults import default_for, make_default

    make_default(SYSTEM, "angio 2")
    pick(panel, "angio 2")
    host.dialogs.answer(qt.QMessageBox.Cancel, qt.QMessageBox.Ok)
    panel.ui.deleteModelButton.click()
    assert (my_models / "angio 2").is_dir() and panel.context.parameterNode.model == "angio 2"
    panel.ui.deleteModelButton.click()
    assert listed(panel) == ["fluoroscopy", "ct", "angio 1"] and panel.context.parameterNode.model == "fluoroscopy"
    assert not (my_models / "angio 2").exists() and default_for(SYSTEM) is None


def test_the_bundled_model_can_be_neither_renamed_nor_deleted_and_that_is_said(panel):
    for button in (panel.ui.renameModelButton, panel.ui.deleteModelButton):
        assert not button.enabled and "came with FluoroDenoise" in button.toolTip


def test_a_model_of_the_users_denoises_by_its_name(host, panel, my_models):
    addCine()
    panel.enter()
    pick(panel, "angio 1")
    denoise(host, panel)
    assert "denoised: angio 1" in panel.ui.descriptionLabel.text
