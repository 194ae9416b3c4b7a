"""Cines are opened from files and folders, and by Slicer's DICOM browser; all become nodes of the same kind."""

from __future__ import annotations

import make_dicom
import numpy as np
import pytest
from panel_scenes import framesOf
from pydicom.uid import EnhancedXRFImageStorage, MultiFrameGrayscaleWordSecondaryCaptureImageStorage

VECTOR = {"FrameTime": None, "FrameIncrementPointer": 0x00181065, "FrameTimeVector": [0, 50, 100, 50]}
NEW_TO_SLICER = {
    "enhanced XA": lambda: make_dicom.enhanced_xa(),
    "enhanced XRF": lambda: make_dicom.enhanced_xa(EnhancedXRFImageStorage),
    "16-bit secondary capture": lambda: make_dicom.capture(
        MultiFrameGrayscaleWordSecondaryCaptureImageStorage, make_dicom.noise(bits=16), 16
    ),
    "XA with a frame time vector": lambda: make_dicom.xa(**VECTOR),
}


@pytest.fixture
def database(host, tmp_path):
    """An empty DICOM database of Slicer's."""
    from DICOMLib import DICOMUtils

    with DICOMUtils.TemporaryDICOMDatabase(str(tmp_path / "database")) as database:
        yield database


def opened(host, panel, path):
    """Opens a file by the button; returns the chosen node."""
    host.dialogs.answer(path)
    panel.ui.openFileButton.click()
    return panel.context.node


@pytest.mark.parametrize("kind", NEW_TO_SLICER)
def test_what_slicers_own_reader_cannot_is_opened_as_it_would(host, panel, tmp_path, kind):
    from FluoroDenoiseLib.dicom import read_cine
    from FluoroDenoiseLib.mrml.links import browsers_of, holder_of

    file = make_dicom.save(NEW_TO_SLICER[kind](), tmp_path / "cine.dcm")
    node, cine = opened(host, panel, file), read_cine(file)
    sequence = holder_of(node)
    assert np.array_equal(framesOf(node), cine.frames)
    assert sequence.GetIndexUnit() == "s" and len(browsers_of(sequence)) == 1
    assert sequence.GetNthDataNode(0).GetAttribute("DICOM.instanceUIDs")
    assert f"{len(cine)} frames, {cine.shape[2]} x {cine.shape[1]}" in panel.ui.descriptionLabel.text


def test_window_polarity_and_frame_times_are_those_of_the_file(host, panel, tmp_path):
    from FluoroDenoiseLib.mrml.links import holder_of

    inverted = make_dicom.xa(PhotometricInterpretation="MONOCHROME1", WindowCenter=900, WindowWidth=700, **VECTOR)
    node = opened(host, panel, make_dicom.save(inverted, tmp_path / "cine.dcm"))
    display = node.GetDisplayNode()
    assert (display.GetLevel(), display.GetWindow(), display.GetAutoWindowLevel()) == (900, 700, 0)
    assert display.GetColorNodeID() == "vtkMRMLColorTableNodeInvertedGrey"
    times = [float(holder_of(node).GetNthIndexValue(t)) for t in range(4)]
    assert times == pytest.approx([0, 0.05, 0.15, 0.2])


def test_every_cine_of_a_folder_is_opened_and_the_first_chosen_and_shown(host, panel, tmp_path):
    import slicer

    make_dicom.save(make_dicom.xa(InstanceNumber=1), tmp_path / "a.dcm")
    make_dicom.save(make_dicom.xa(InstanceNumber=2), tmp_path / "b.dcm")
    host.dialogs.answer(tmp_path)
    panel.ui.openFolderButton.click()
    assert len(slicer.util.getNodesByClass("vtkMRMLSequenceNode")) == 2
    assert "Opened 2 cines" in panel.ui.messageLabel.text
    views = slicer.util.getNodesByClass("vtkMRMLSliceCompositeNode")
    assert {view.GetBackgroundVolumeID() for view in views} == {panel.context.node.GetID()}


def test_a_damaged_file_among_others_is_named_and_the_others_are_opened(host, panel, tmp_path):
    make_dicom.save(make_dicom.xa(InstanceNumber=1), tmp_path / "a.dcm")
    whole = make_dicom.save(make_dicom.xa(InstanceNumber=2), tmp_path / "b.dcm").read_bytes()
    (tmp_path / "b.dcm").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "c.npy").write_bytes(b"no array")
    host.dialogs.answer(tmp_path)
    panel.ui.openFolderButton.click()
    assert panel.context.node is not None
    assert "was not opened" in panel.ui.messageLabel.text and "c.npy" in panel.ui.messageLabel.text


def test_an_unreadable_file_is_told_in_a_sentence_and_changes_nothing(host, panel, tmp_path):
    (tmp_path / "letter.dcm").write_text("Dear colleague,")
    assert opened(host, panel, tmp_path / "letter.dcm") is None
    assert "letter.dcm" in panel.ui.messageLabel.text and "color" in panel.ui.messageLabel.styleSheet


def test_cancelling_the_dialog_changes_nothing(host, panel):
    assert opened(host, panel, "") is None
    assert panel.ui.messageLabel.text == ""


def test_the_sample_opens_by_its_button_and_by_the_sample_data_module(host, panel):
    import SampleData

    panel.ui.openSampleButton.click()
    assert "frames" in panel.ui.descriptionLabel.text
    first = framesOf(panel.context.node)
    nodes = SampleData.SampleDataLogic().downloadSamples("FluoroDenoiseSample")
    assert np.array_equal(framesOf(nodes[0]), first)


@pytest.mark.parametrize("kind", NEW_TO_SLICER)
def test_the_dicom_browser_offers_first_what_slicers_own_reader_cannot(host, panel, database, tmp_path, kind):
    from DICOMLib import DICOMUtils

    file = make_dicom.save(NEW_TO_SLICER[kind](), tmp_path / "cine.dcm")
    database.insert(str(file))
    (loadable,) = offers(database)
    assert loadable.selected and loadable.confidence > 0.7  # DICOMImageSequencePlugin's
    loaded = DICOMUtils.loadSeriesByUID(DICOMUtils.allSeriesUIDsInDatabase(database))
    assert loaded
    panel.enter()
    assert len(framesOf(panel.context.node)) == 4


def test_the_dicom_browser_leaves_plain_cines_to_slicers_own_reader(host, panel, database, tmp_path):
    database.insert(str(make_dicom.save(make_dicom.xa(), tmp_path / "cine.dcm")))
    (loadable,) = offers(database)
    assert 0.5 < loadable.confidence < 0.7  # above a plain volume


def test_the_dicom_browser_is_not_offered_what_is_no_x_ray_cine(host, panel, database, tmp_path):
    database.insert(str(make_dicom.save(make_dicom.xa(make_dicom.noise(1)), tmp_path / "one frame.dcm")))
    database.insert(str(make_dicom.save(make_dicom.grey_rgb(make_dicom.noise(4, 8)), tmp_path / "ultrasound.dcm")))
    assert offers(database) == []


def offers(database) -> list:
    """What the plugin offers of everything in the database."""
    from DICOMLib import DICOMUtils

    series = [database.filesForSeries(uid) for uid in DICOMUtils.allSeriesUIDsInDatabase(database)]
    found, _ = DICOMUtils.getLoadablesFromFileLists(series, ["FluoroDenoiseDICOMPlugin"])
    return [loadable for loadables in found.values() for loadable in loadables]


def test_both_planes_of_a_biplane_acquisition_load_in_step(host, panel, database, tmp_path):
    from DICOMLib import DICOMUtils

    from FluoroDenoiseLib.mrml import planes_of

    shared = {"SeriesInstanceUID": "1.2.3.4", "StudyInstanceUID": "1.2.3", "InstanceNumber": 1}
    for plane in "AB":
        image = make_dicom.xa(ImageType=["ORIGINAL", "PRIMARY", f"BIPLANE {plane}"], **shared)
        database.insert(str(make_dicom.save(image, tmp_path / f"{plane}.dcm")))
    (loadable,) = offers(database)
    assert len(loadable.files) == 2
    DICOMUtils.loadSeriesByUID(["1.2.3.4"])
    panel.enter()
    assert len(planes_of(panel.context.node)) == 2
