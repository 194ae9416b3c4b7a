"""Nodes that Slicer's own readers made: what they do not say is found in their DICOM files."""

from __future__ import annotations

import numpy as np
import pytest
import slicer
from mrml_scene import pixels, write_xa

from FluoroDenoiseLib.dicom import read_cine, write_derived
from FluoroDenoiseLib.mrml import cine_from_node, denoise_node, in_units_of, load


@pytest.fixture
def as_slicer_loads(scene, monkeypatch):
    """Loads a file as Slicer's reader does, whose nodes know nothing of FluoroDenoise; the DICOM database knows the file."""

    def loaded(file):
        class Database:
            def fileForInstance(self, uid):  # noqa: N802
                return str(file)

        monkeypatch.setattr(slicer, "dicomDatabase", Database(), raising=False)
        sequence = load(read_cine(file), scene)[0]
        sequence.RemoveAttribute("FluoroDenoise.cine")
        return sequence

    return loaded


def test_intensity_and_bits_are_read_from_the_file(as_slicer_loads, an_xa_file):
    cine = cine_from_node(as_slicer_loads(an_xa_file))
    assert (cine.intensity, cine.valid_range, cine.sources) == ("LOG", (0, 1023), (an_xa_file,))


def test_lossy_compression_is_known_from_the_file(as_slicer_loads, tmp_path):
    lossy = write_xa(tmp_path / "xa.dcm", LossyImageCompression="01", LossyImageCompressionRatio=12)
    cine = cine_from_node(as_slicer_loads(lossy))
    assert "lossy" in cine.traits
    assert any("12 to 1" in warning for warning in cine.warnings)


def test_a_shutter_is_known_from_the_file(as_slicer_loads, tmp_path):
    edges = {"ShutterLeftVerticalEdge": 11, "ShutterRightVerticalEdge": 70}
    edges |= {"ShutterUpperHorizontalEdge": 1, "ShutterLowerHorizontalEdge": 64}
    cine = cine_from_node(as_slicer_loads(write_xa(tmp_path / "xa.dcm", ShutterShape="RECTANGULAR", **edges)))
    assert np.flatnonzero(~cine.covered[0])[[0, -1]].tolist() == [10, 69]
    assert "shutter" in cine.traits


def test_frame_times_that_slicers_reader_ignores_are_read_from_the_file(as_slicer_loads, tmp_path):
    times = [0, 100, 100, 200, 100, 100]
    timed = {"FrameTimeVector": times, "FrameIncrementPointer": 0x00181065, "FrameTime": None}
    sequence = as_slicer_loads(write_xa(tmp_path / "xa.dcm", **timed))
    sequence.SetIndexUnit("")
    assert cine_from_node(sequence).frame_time == pytest.approx(np.array(times) / 1000)


def test_a_file_that_holds_other_frames_is_not_believed(as_slicer_loads, an_xa_file):
    sequence = as_slicer_loads(an_xa_file)
    sequence.RemoveDataNodeAtValue(sequence.GetNthIndexValue(5))
    assert cine_from_node(sequence).intensity == "UNKNOWN"


def test_a_file_that_is_gone_is_done_without(as_slicer_loads, an_xa_file):
    sequence = as_slicer_loads(an_xa_file)
    an_xa_file.unlink()
    assert cine_from_node(sequence).intensity == "UNKNOWN"


def test_the_source_is_still_found_after_denoising_and_takes_the_result_as_derived_dicom(
    as_slicer_loads, an_xa_file, denoiser, tmp_path
):
    sequence = as_slicer_loads(an_xa_file)
    denoise_node(sequence, denoiser)
    after = cine_from_node(sequence)
    assert (after.sources, after.valid_range) == ((an_xa_file,), (0, 1023))
    original = read_cine(an_xa_file)
    write_derived(in_units_of(after, original), tmp_path / "derived.dcm", original=original)
    assert np.array_equal(read_cine(tmp_path / "derived.dcm").frames, pixels(sequence))


def test_hounsfield_units_go_back_into_the_files_stored_values(scene, denoiser):
    from mrml_scene import a_cine_of

    cine = a_cine_of(rescale=(2.0, -1024.0), valid_range=(0, 4095), traits=frozenset({"slices"}), modality="CT", intensity="HU")
    node = load(cine, scene)[0]
    assert pixels(node).min() < 0
    assert np.array_equal(in_units_of(cine_from_node(node), cine).frames, cine.frames)
