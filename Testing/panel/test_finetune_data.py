"""The data of a fine-tuning: cines come from the scene, a folder, the DICOM database; each is looked at before it is used."""

from __future__ import annotations

import make_dicom
import numpy as np
import pytest
from finetuning import addNodes, cines, linesOf, movingFrames, waitForSurvey
from panel_scenes import addCine, denoise, framesOf, noisyFrames


def test_ticked_cines_are_listed_with_frames_noise_and_why_one_cannot_teach(host, panel):
    still, blank = movingFrames(1, 160, 5), np.full((8, 160, 160), 7, np.uint16)
    nodes = [*cines(1), addCine(still, name="still"), addCine(blank, name="blank")]
    lines = addNodes(host, panel, nodes)
    assert [line[0] for line in lines] == ["coronary 1", "still", "blank"]
    assert lines[0][1] == "10" and float(lines[0][2]) == pytest.approx(12, rel=0.25) and lines[0][3] == "yes"
    assert lines[1][1] == "1" and "frame" in lines[1][3] and lines[2][3] not in ("yes", "")


@pytest.mark.timed
def test_the_same_cine_is_listed_once_and_the_window_stays_alive_meanwhile(host, panel):
    from test_figures import longestTurn

    panel.enter()
    for node in cines(2, size=256):
        panel.ui.finetuneNodesSelector.check(node)
    panel.ui.finetuneAddNodesButton.click()
    assert not panel.ui.finetuneAddNodesButton.enabled and linesOf(panel)[0][3] == "looking..."
    assert longestTurn(host, lambda: linesOf(panel)[0][3] != "looking...") < 0.05
    panel.ui.finetuneAddNodesButton.click()
    assert len(waitForSurvey(host, panel)) == 2


def test_a_denoised_cine_teaches_with_its_original(host, panel):
    node = cines(1)[0]
    panel.enter()
    (line,) = addNodes(host, panel, [node])
    panel.ui.finetuneRemoveButton.click()
    denoise(host, panel)
    assert framesOf(node).std() < movingFrames(10, 160, 0).std()
    assert addNodes(host, panel, [node]) == [line]


def test_a_denoised_cine_without_its_original_cannot_teach(host, panel):
    import slicer

    from FluoroDenoiseLib.mrml import original_node
    from FluoroDenoiseLib.mrml.links import holder_of

    node = cines(1)[0]
    panel.enter()
    denoise(host, panel)
    slicer.mrmlScene.RemoveNode(holder_of(original_node(node)))
    ((_name, _frames, _noise, why),) = addNodes(host, panel, [node])
    assert "denoised" in why and not panel.ui.finetuneButton.enabled
    assert "None of these cines can teach" in panel.ui.finetuneButton.toolTip


def test_a_folder_gives_a_line_for_each_cine_and_what_is_unreadable_is_listed(host, panel, tmp_path):
    for number in (1, 2):
        make_dicom.save(make_dicom.xa(movingFrames(8, 160, number), 12), tmp_path / f"{number}.dcm")
    broken = make_dicom.xa(movingFrames(8, 160, 3), 12)
    broken.PixelData = broken.PixelData[:100]
    make_dicom.save(broken, tmp_path / "3.dcm")
    host.dialogs.answer(tmp_path)
    panel.ui.finetuneAddFolderButton.click()
    lines = waitForSurvey(host, panel)
    assert sorted(line[3] == "yes" for line in lines) == [False, True, True]
    panel.ui.finetuneTable.selectRow(0)
    panel.ui.finetuneRemoveButton.click()
    assert linesOf(panel) == lines[1:]


def test_series_of_the_dicom_database_can_be_selected(host, panel, tmp_path):
    import ctk
    from DICOMLib import DICOMUtils

    with DICOMUtils.TemporaryDICOMDatabase(str(tmp_path / "database")) as database:
        cine = make_dicom.xa(movingFrames(8, 160, 1), 12, SeriesNumber=4, SeriesDescription="left")
        database.insert(str(make_dicom.save(cine, tmp_path / "1.dcm")))
        series = DICOMUtils.allSeriesUIDsInDatabase(database)

        def select(dialog):
            browser = next(one for one in dialog.findChildren("QWidget") if hasattr(one, "setSelectedItems"))
            browser.setSelectedItems(ctk.ctkDICOMModel.SeriesType, series)
            return True

        host.dialogs.answer(select)
        panel.ui.finetuneAddDicomButton.click()
        ((_name, frames, _noise, usable),) = waitForSurvey(host, panel)
    assert (frames, usable) == ("8", "yes") and "learn from" in host.dialogs.texts[-1]


def test_cines_that_leave_the_scene_leave_the_list_and_the_rest_can_be_removed(host, panel):
    import slicer

    nodes = cines(2)
    lines = addNodes(host, panel, nodes)
    slicer.mrmlScene.RemoveNode(nodes[0])
    host.wait(lambda: linesOf(panel) == lines[1:])
    panel.ui.finetuneRemoveButton.click()
    assert linesOf(panel) == [] and not panel.ui.finetuneRemoveButton.enabled


def test_a_survey_given_up_leaves_nothing_and_the_next_one_works(host, panel):
    nodes = cines(1)
    panel.enter()
    panel.ui.finetuneNodesSelector.check(nodes[0])
    panel.ui.finetuneAddNodesButton.click()
    panel.ui.finetuneRemoveButton.click()
    assert linesOf(panel) == []
    assert addNodes(host, panel, nodes)[0][3] == "yes"


def test_nothing_ticked_or_selected_is_told_and_a_dialog_left_changes_nothing(host, panel):
    panel.ui.finetuneAddNodesButton.click()
    assert panel.ui.messageLabel.text == "Tick the cines to learn from first."
    host.dialogs.answer("", 0)
    panel.ui.finetuneAddFolderButton.click()
    panel.ui.finetuneAddDicomButton.click()
    assert panel.ui.messageLabel.text == "Select series to learn from first." and linesOf(panel) == []


def test_start_says_what_is_missing(host, panel, home):
    from finetuning import leaveRun, makeModel

    def reason() -> str:
        return "" if panel.ui.finetuneButton.enabled else panel.ui.finetuneButton.toolTip

    assert "Add cines" in reason()
    addNodes(host, panel, cines(1))
    assert "name first" in reason()
    makeModel(home / "models" / "angio 1", "angio 1")
    leaveRun(home, "angio 2")
    for name, part in (("fluoroscopy", "is a model"), ("angio 1", "is a model"), ("angio 2", "was begun"), ("///", "letters")):
        panel.ui.finetuneNameEdit.text = name
        assert part in reason(), name
    panel.ui.finetuneNameEdit.text = "angio 3"
    assert reason() == ""


def test_a_worker_that_dies_during_the_survey_is_told(host, panel):
    import psutil

    panel.logic.close()  # a worker that has still to start cannot be done before it dies
    panel.enter()
    panel.ui.finetuneNodesSelector.check(addCine(noisyFrames(8, 160)))
    panel.ui.finetuneAddNodesButton.click()
    host.wait(lambda: panel.logic.tuner.pid is not None)
    psutil.Process(panel.logic.tuner.pid).kill()
    waitForSurvey(host, panel)
    assert "ended unexpectedly" in panel.ui.messageLabel.text and linesOf(panel) == []
