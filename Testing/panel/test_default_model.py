"""Denoise proposes the default model of the system that a cine comes from, unless the user has chosen another himself."""

from __future__ import annotations

import make_dicom
import pytest
from finetuning import SYSTEM, choose, makeModel, movingFrames
from panel_scenes import addCine, addCT, denoise, waitForRun

from FluoroDenoiseLib.mrml.attributes import CINE, RECORD, read_json, remove
from FluoroDenoiseLib.mrml.links import holder_of

OURS = {"Manufacturer": "Maker", "ManufacturerModelName": "Monoplane 1", "ProtocolName": "coronary"}


@pytest.fixture
def site_model(home):
    """The user's model, the default of a system."""
    from FluoroDenoiseLib.models.defaults import make_default

    makeModel(home / "models" / "angio 2", "angio 2")
    make_default(SYSTEM, "angio 2")
    return "angio 2"


def openCine(host, panel, folder, name: str, **elements):
    """Opens a DICOM cine and waits until the worker has looked at it; its node."""
    file = make_dicom.save(make_dicom.xa(movingFrames(8, 96, 0), 12, **elements), folder / f"{name}.dcm")
    panel.context.devices = {}  # known devices come with the look, too: their return says that it was done
    host.dialogs.answer(file)
    panel.ui.openFileButton.click()
    host.wait(lambda: panel.context.devices, 60)
    return panel.context.node


def test_the_default_model_is_chosen_and_the_line_says_why(host, panel, site_model, tmp_path):
    openCine(host, panel, tmp_path, "ours", **OURS)
    assert panel.ui.modelSelector.currentText == "angio 2 (default for this system)"
    assert "Model angio 2: your default for Maker, Monoplane 1, coronary." in panel.ui.descriptionLabel.text


def test_a_cine_of_another_system_gets_the_bundled_model_again(host, panel, site_model, tmp_path):
    openCine(host, panel, tmp_path, "ours", **OURS)
    openCine(host, panel, tmp_path, "theirs", **OURS | {"ProtocolName": "cerebral"})
    assert panel.ui.modelSelector.currentText == "fluoroscopy" and "your default" not in panel.ui.descriptionLabel.text


def test_slices_of_a_ct_get_the_model_for_them_at_once_and_a_cine_its_own_again(host, panel):
    panel.context.parameterNode.inputVolume = addCT()
    host.process()
    assert panel.ui.modelSelector.currentText == "ct"
    denoise(host, panel)
    assert "denoised: ct" in panel.ui.descriptionLabel.text
    panel.context.parameterNode.inputVolume = addCine()
    host.process()
    assert panel.ui.modelSelector.currentText == "fluoroscopy"


@pytest.mark.parametrize("chosen", ["ours", "theirs"])
def test_in_a_batch_each_gets_the_default_of_its_own_system(host, panel, site_model, tmp_path, chosen):
    ours = openCine(host, panel, tmp_path, "ours", **OURS)
    theirs = openCine(host, panel, tmp_path, "theirs", **OURS | {"ProtocolName": "cerebral"})
    nodes = {"ours": ours, "theirs": theirs}
    panel.context.parameterNode.inputVolume = nodes[chosen]
    host.process()
    for node in nodes.values():
        panel.ui.batchNodesSelector.check(node)
    panel.ui.batchNodesButton.click()
    waitForRun(host, panel, 120)
    used = {name: read_json(holder_of(node), RECORD)["model"] for name, node in nodes.items()}
    assert used == {"ours": "angio 2", "theirs": "fluoroscopy"}


def test_in_a_batch_each_gets_the_model_of_its_kind(host, panel):
    from FluoroDenoiseLib.mrml.glance import glance

    nodes = [addCine(), addCT()]
    panel.enter()
    for node in nodes:
        panel.ui.batchNodesSelector.check(node)
    panel.ui.batchNodesButton.click()
    waitForRun(host, panel, 120)
    assert [glance(node).record["model"] for node in nodes] == ["fluoroscopy", "ct"]


def test_in_a_batch_the_users_own_choice_is_taken_for_all(host, panel, home):
    from FluoroDenoiseLib.mrml.glance import glance

    makeModel(home / "models" / "mine", "mine")
    nodes = [addCine(name="one"), addCine(name="two")]
    panel.enter()
    choose(panel.ui.modelSelector, "mine")
    for node in nodes:
        panel.ui.batchNodesSelector.check(node)
    panel.ui.batchNodesButton.click()
    waitForRun(host, panel, 120)
    assert [glance(node).record["model"] for node in nodes] == ["mine", "mine"]


def test_what_the_user_has_chosen_himself_stays(host, panel, site_model, home, tmp_path):
    makeModel(home / "models" / "mine", "mine")
    panel.context.refresh()
    choose(panel.ui.modelSelector, "mine")
    openCine(host, panel, tmp_path, "ours", **OURS)
    assert panel.context.parameterNode.model == "mine" and "your default" not in panel.ui.descriptionLabel.text


def test_the_default_is_used_for_denoising(host, panel, site_model, tmp_path):
    openCine(host, panel, tmp_path, "ours", **OURS)
    denoise(host, panel)
    assert "denoised: angio 2" in panel.ui.descriptionLabel.text


def test_what_the_headers_say_is_told_to_the_worker_where_the_node_does_not_say_it(host, panel, tmp_path, monkeypatch):
    """Slicer's own reader leaves out what stored values mean, and how many bits they have."""
    from FluoroDenoiseLib.jobs import Runner

    node, told, denoise_in_worker = openCine(host, panel, tmp_path, "ours", **OURS), [], Runner.denoise

    def watched(runner, cine, *arguments, **named):
        told.append((cine.intensity, named["headers"]))
        return denoise_in_worker(runner, cine, *arguments, **named)

    remove(holder_of(node), CINE)
    monkeypatch.setattr(Runner, "denoise", watched)
    denoise(host, panel)
    assert [(intensity, [path.name for path in headers]) for intensity, headers in told] == [("UNKNOWN", ["ours.dcm"])]


def test_the_default_is_used_by_a_click_that_does_not_wait_until_the_cine_was_looked_at(host, panel, site_model, tmp_path):
    host.dialogs.answer(make_dicom.save(make_dicom.xa(movingFrames(8, 96, 0), 12, **OURS), tmp_path / "ours.dcm"))
    panel.ui.openFileButton.click()
    host.wait(lambda: panel.context.node is not None and not panel.context.busy, 60)
    panel.context.stopBackground()
    panel.context.system = {}
    denoise(host, panel)
    assert "denoised: angio 2" in panel.ui.descriptionLabel.text


def test_the_chosen_model_becomes_the_default_of_the_cines_system(host, panel, home, tmp_path):
    from FluoroDenoiseLib.models.defaults import default_for

    makeModel(home / "models" / "mine", "mine")
    openCine(host, panel, tmp_path, "ours", **OURS)
    choose(panel.ui.modelSelector, "mine")
    panel.ui.defaultModelButton.click()
    assert default_for(SYSTEM) == "mine" and "will be proposed" in panel.ui.messageLabel.text
    assert not panel.ui.defaultModelButton.enabled and "already" in panel.ui.defaultModelButton.toolTip


def test_a_cine_of_an_unknown_system_says_that_it_has_no_default(host, panel):
    addCine()
    panel.enter()
    assert not panel.ui.defaultModelButton.enabled and "do not name the system" in panel.ui.defaultModelButton.toolTip
