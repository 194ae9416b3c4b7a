"""A denoised cine is saved as derived DICOM, or kept beside as a new node; nothing is overwritten."""

from __future__ import annotations

import make_dicom
import numpy as np
import pydicom
import pytest
from panel_scenes import addCine, denoise, framesOf, noisyFrames, waitForRun


@pytest.fixture
def a_denoised_cine(host, panel, tmp_path):
    """A cine, opened from a file and denoised."""
    make_dicom.save(make_dicom.xa(noisyFrames(10, 64), 12), tmp_path / "short.dcm")
    host.dialogs.answer(tmp_path / "short.dcm")
    panel.ui.openFileButton.click()
    denoise(host, panel)
    return panel.context.node


def test_derived_dicom_goes_to_a_folder_with_the_record_of_its_origin(host, panel, a_denoised_cine, tmp_path):
    from FluoroDenoiseLib.dicom import read_cine

    (tmp_path / "out").mkdir()
    host.dialogs.answer(tmp_path / "out", tmp_path / "out")
    for _ in range(2):
        panel.ui.saveDicomButton.click()
        waitForRun(host, panel)
        assert "Saved" in panel.ui.messageLabel.text
    files = sorted((tmp_path / "out").glob("*.dcm"))
    assert len(files) == 2 and len(list((tmp_path / "out").iterdir())) == 4  # the second beside the first, a record each
    assert np.array_equal(read_cine(files[0]).frames, framesOf(a_denoised_cine))
    assert pydicom.dcmread(files[0]).ImageType[0] == "DERIVED"


def test_a_cine_whose_file_is_not_known_cannot_be_derived_and_the_button_says_why(host, panel):
    addCine()
    panel.enter()
    assert "click Denoise first" in panel.ui.saveDicomButton.toolTip
    denoise(host, panel)
    assert not panel.ui.saveDicomButton.enabled
    assert "DICOM file of this cine is not known" in panel.ui.saveDicomButton.toolTip


def test_a_copy_of_the_denoised_frames_stays_when_the_original_is_restored(host, panel):
    import slicer

    node = addCine()
    panel.enter()
    before = framesOf(node)
    denoise(host, panel)
    after = framesOf(node)
    panel.ui.saveCopyButton.click()
    waitForRun(host, panel)
    panel.ui.restoreButton.click()
    waitForRun(host, panel)
    copy = slicer.util.getNode("cine (denoised)*")
    assert np.array_equal(framesOf(node), before)
    assert np.array_equal(framesOf(copy), after)
    panel.context.parameterNode.inputVolume = next(
        volume for volume in slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode") if "(denoised)" in volume.GetName()
    )
    assert "denoised: fluoroscopy" in panel.ui.descriptionLabel.text
    for button in (panel.ui.restoreButton, panel.ui.denoiseButton):
        assert not button.enabled and "not in the scene" in button.toolTip


def test_frames_edited_after_denoising_are_not_passed_off_as_denoised(host, panel, a_denoised_cine, tmp_path):
    import slicer

    from FluoroDenoiseLib.mrml.links import holder_of

    slicer.util.arrayFromVolume(holder_of(a_denoised_cine).GetNthDataNode(3))[0, 5:9, 5:9] = 0
    (tmp_path / "out").mkdir()
    host.dialogs.answer(tmp_path / "out")
    panel.ui.saveDicomButton.click()
    waitForRun(host, panel)
    assert "edited after it was denoised" in panel.ui.messageLabel.text
    assert not list((tmp_path / "out").iterdir())


def test_a_derived_series_goes_into_slicers_database_and_nothing_stays_elsewhere(host, panel, a_denoised_cine, tmp_path):
    from DICOMLib import DICOMUtils

    with DICOMUtils.TemporaryDICOMDatabase(str(tmp_path / "database")) as database:
        panel.ui.saveDatabaseButton.click()
        waitForRun(host, panel)
        assert "in Slicer's DICOM database" in panel.ui.messageLabel.text
        (series,) = DICOMUtils.allSeriesUIDsInDatabase(database)
        (file,) = database.filesForSeries(series)
        assert pydicom.dcmread(file).ImageType[0] == "DERIVED"
