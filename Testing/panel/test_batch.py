"""Several cines one after another: nodes of the scene, and series of the DICOM database; errors are listed, nothing is lost."""

from __future__ import annotations

import make_dicom
import numpy as np
import pydicom
import pytest
from panel_scenes import addCine, framesOf, noisyFrames, waitForRun


def linesOf(panel) -> list[str]:
    return [panel.ui.batchList.item(row).text() for row in range(panel.ui.batchList.count)]


def tick(panel, nodes) -> None:
    for node in nodes:
        panel.ui.batchNodesSelector.check(node)


def test_the_ticked_cines_are_denoised_and_an_unsuitable_one_does_not_stop_the_others(host, panel):
    nodes = [addCine(name="first"), addCine(np.full((6, 64, 64), 7, np.uint16), name="blank"), addCine(name="third")]
    panel.enter()
    before = [framesOf(node) for node in nodes]
    tick(panel, nodes)
    panel.ui.batchNodesButton.click()
    assert panel.ui.denoiseButton.text == "Cancel" and not panel.ui.batchNodesButton.enabled
    waitForRun(host, panel, 120)
    first, blank, third = linesOf(panel)
    assert first == "first: done" and third == "third: done" and "constant frames" in blank
    assert "1 of 3 cines failed" in panel.ui.messageLabel.text
    assert [framesOf(node).std() < old.std() for node, old in zip(nodes, before, strict=True)] == [True, False, True]


def test_a_cancelled_batch_keeps_what_is_done_and_leaves_the_rest_untouched(host, panel):
    nodes = [addCine(name="first"), addCine(np.tile(noisyFrames(20, 192), (8, 1, 1)), name="long"), addCine(name="third")]
    panel.enter()
    before = [framesOf(node) for node in nodes]
    tick(panel, nodes)
    panel.ui.batchNodesButton.click()
    host.wait(lambda: linesOf(panel)[0] == "first: done" and panel.ui.progressBar.maximum == 160, 120)
    panel.ui.denoiseButton.click()
    waitForRun(host, panel)
    assert linesOf(panel)[2] == "third: not begun" and "ancelled" in linesOf(panel)[1]
    same = [np.array_equal(framesOf(node), old) for node, old in zip(nodes, before, strict=True)]
    assert same == [False, True, True]
    assert "Cancelled: 1 of 3 cines are denoised" in panel.ui.messageLabel.text


def test_a_node_removed_meanwhile_is_listed_and_the_next_is_done(host, panel):
    import slicer

    nodes = [addCine(name="first"), addCine(name="second"), addCine(name="third")]
    panel.enter()
    tick(panel, nodes)
    panel.ui.batchNodesButton.click()
    slicer.mrmlScene.RemoveNode(nodes[1])
    waitForRun(host, panel, 120)
    assert "removed" in linesOf(panel)[1] and linesOf(panel)[2] == "third: done"


def test_nothing_ticked_is_told(panel):
    panel.ui.batchNodesButton.click()
    assert panel.ui.messageLabel.text == "Tick the cines to denoise first."


@pytest.fixture
def database(host, tmp_path):
    """A DICOM database with two cines and a damaged one, each a series."""
    from DICOMLib import DICOMUtils

    images = [make_dicom.xa(noisyFrames(8, 64, seed), 12, SeriesNumber=seed, SeriesDescription="run") for seed in (1, 2)]
    broken = make_dicom.xa(noisyFrames(8, 64), 12, SeriesNumber=3)
    broken.PixelData = broken.PixelData[:100]
    with DICOMUtils.TemporaryDICOMDatabase(str(tmp_path / "database")) as database:
        for number, image in enumerate([*images, broken]):
            database.insert(str(make_dicom.save(image, tmp_path / f"{number}.dcm")))
        yield database


def test_series_of_the_dicom_database_get_derived_series_and_the_damaged_one_is_listed(host, panel, database):
    import ctk
    from DICOMLib import DICOMUtils

    series = DICOMUtils.allSeriesUIDsInDatabase(database)

    def select(dialog):
        browser = dialog.findChildren("QWidget")
        next(one for one in browser if hasattr(one, "setSelectedItems")).setSelectedItems(ctk.ctkDICOMModel.SeriesType, series)
        return True

    host.dialogs.answer(select)
    panel.ui.batchDicomButton.click()
    waitForRun(host, panel, 120)
    lines = linesOf(panel)
    assert sum(line.endswith(": done") for line in lines) == 2 and "1 of 3 cines failed" in panel.ui.messageLabel.text
    added = [uid for uid in DICOMUtils.allSeriesUIDsInDatabase(database) if uid not in series]
    headers = [pydicom.dcmread(database.filesForSeries(uid)[0]) for uid in added]
    assert [header.ImageType[0] for header in headers] == ["DERIVED", "DERIVED"]
    assert {header.SeriesDescription for header in headers} == {"run denoised"}


def test_a_dialog_left_by_cancel_changes_nothing(host, panel, database):
    host.dialogs.answer(0)
    panel.ui.batchDicomButton.click()
    assert not panel.context.busy and "Select series" in panel.ui.messageLabel.text
