"""The end of a fine-tuning: its figures are shown, and its model is kept, made the default of its system, or discarded."""

from __future__ import annotations

import pytest
from finetuning import SYSTEM, choose, discard, leaveRun, makeModel, runsOffered


@pytest.fixture
def a_finished_run(panel, home):
    """A run that has brought a gain; its folder."""
    folder = leaveRun(home)
    show(panel)
    return folder


def show(panel, name: str = "angio 2") -> None:
    panel.context.refresh()
    choose(panel.ui.finetuneRunSelector, f"{name} (finished)")


def cells(panel) -> dict[str, list[str]]:
    table = panel.ui.finetuneVerdictTable
    names = [table.verticalHeaderItem(row).text() for row in range(table.rowCount)]
    return {name: [table.item(row, column).text() for column in range(2)] for row, name in enumerate(names)}


def test_the_verdict_and_its_figures_on_held_out_cines_are_shown(host, panel, a_finished_run):
    assert panel.ui.finetuneStateLabel.text == "The fine-tuned model is better on what was held out."
    figures = cells(panel)
    assert list(figures) == ["Score", "Noise", "Edges kept", "Wire kept", "Ghost"]
    assert figures["Score"] == ["1.0000", "0.8000"]
    assert figures["Noise"] == ["0.6", "0.6"] and figures["Ghost"] == ["60%", "70%"]
    score, *_rest, ghost = (panel.ui.finetuneVerdictTable.item(row, 1).toolTip() for row in range(5))
    assert "Difference -0.2, 95% interval -0.25 to -0.15" in score
    assert "cine 1: 50%, not measurable" in ghost and "cine 2: 70%, 70%" in ghost


def test_the_figures_of_each_cine_are_also_in_a_table_of_the_scene(host, panel, a_finished_run):
    import slicer

    (table,) = [node for node in slicer.util.getNodesByClass("vtkMRMLTableNode") if "held-out" in node.GetName()]
    assert table.GetNumberOfRows() == 9 and [table.GetCellText(1, column) for column in (0, 1)] == ["cine 1", "Noise"]


def test_a_kept_model_is_among_the_users_and_chosen(host, panel, home, a_finished_run):
    panel.ui.finetuneKeepButton.click()
    assert (home / "models" / "angio 2" / "weights.safetensors").is_file() and not a_finished_run.exists()
    assert panel.ui.modelSelector.currentText == "angio 2" and "Kept the model angio 2" in panel.ui.messageLabel.text
    assert runsOffered(panel) == ["a new one"] and "Coronary angiography" in panel.ui.modelCardText.plainText


def test_kept_as_default_it_is_proposed_for_its_system(host, panel, a_finished_run):
    from FluoroDenoiseLib.models.defaults import default_for

    assert "Maker, Monoplane 1, coronary" in panel.ui.finetuneDefaultButton.toolTip
    panel.ui.finetuneDefaultButton.click()
    assert default_for(SYSTEM) == "angio 2" == panel.context.parameterNode.model
    assert "will be proposed" in panel.ui.messageLabel.text


def test_without_a_gain_there_is_nothing_to_keep_and_that_is_said(host, panel, home):
    leaveRun(home, gain=False)
    show(panel)
    assert panel.ui.finetuneStateLabel.text == "No gain, nothing changed."
    assert not panel.ui.finetuneKeepButton.enabled and "not better" in panel.ui.finetuneKeepButton.toolTip
    discard(host, panel)
    assert not list((home / "models").glob("*")) and panel.ui.modelSelector.currentText == "fluoroscopy"


def test_of_an_unknown_system_it_cannot_become_the_default(host, panel, home):
    leaveRun(home, system={})
    show(panel)
    assert panel.ui.finetuneKeepButton.enabled and not panel.ui.finetuneDefaultButton.enabled
    assert "do not name the system" in panel.ui.finetuneDefaultButton.toolTip


def test_a_model_of_the_same_name_is_not_overwritten(host, panel, home, a_finished_run):
    makeModel(home / "models" / "angio 2", "angio 2")
    panel.ui.finetuneKeepButton.click()
    assert "already" in panel.ui.messageLabel.text and (a_finished_run / "model" / "card.json").is_file()
    assert panel.ui.modelSelector.currentText == "fluoroscopy"


def test_discarded_nothing_is_left(host, panel, home, a_finished_run):
    discard(host, panel)
    assert not a_finished_run.exists() and not list((home / "models").glob("*")) and runsOffered(panel) == ["a new one"]
