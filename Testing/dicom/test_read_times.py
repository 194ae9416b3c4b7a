"""Seconds between frames, from each of the clocks that files carry."""

from __future__ import annotations

import make_dicom as make
import numpy as np
import pytest
from pydicom.tag import Tag
from pydicom.uid import XRayAngiographicImageStorage

from FluoroDenoiseLib.dicom import read_cine

VECTOR = Tag("FrameTimeVector")


def test_frame_time_is_in_milliseconds(saved):
    assert read_cine(saved(make.xa(FrameTime="33.3"))).frame_time == pytest.approx(0.0333)


def test_a_vector_of_different_steps_is_kept(saved):
    header = make.xa(FrameIncrementPointer=VECTOR, FrameTime=None, FrameTimeVector=[0, 50, 100, 50])
    assert read_cine(saved(header)).frame_time == pytest.approx([0, 0.05, 0.1, 0.05])


def test_a_vector_of_equal_steps_is_one_number(saved):
    header = make.xa(FrameIncrementPointer=VECTOR, FrameTime=None, FrameTimeVector=[0, 40, 40, 40])
    assert read_cine(saved(header)).frame_time == pytest.approx(0.04)


def test_the_pointer_decides_between_frame_time_and_vector(saved):
    header = make.xa(FrameIncrementPointer=VECTOR, FrameTime="66", FrameTimeVector=[0, 50, 100, 50])
    assert np.ndim(read_cine(saved(header)).frame_time) == 1
    header.FrameIncrementPointer = Tag("FrameTime")
    assert read_cine(saved(header)).frame_time == pytest.approx(0.066)


@pytest.mark.parametrize("vector", [[0, 50], [0, 50, 0, 50], [0, 50, -1, 50]])
def test_a_vector_that_cannot_be_is_left_for_the_next_clock(saved, vector):
    header = make.xa(FrameIncrementPointer=VECTOR, FrameTime=None, FrameTimeVector=vector, CineRate=10)
    assert read_cine(saved(header)).frame_time == pytest.approx(0.1)


@pytest.mark.parametrize("keyword", ["CineRate", "RecommendedDisplayFrameRate"])
def test_rates_serve_where_no_time_is_given(saved, keyword):
    header = make.xa(FrameTime=None, FrameIncrementPointer=None, **{keyword: 30})
    assert read_cine(saved(header)).frame_time == pytest.approx(1 / 30)


def test_a_zero_frame_time_is_no_time(saved):
    cine = read_cine(saved(make.xa(FrameTime="0")))
    assert cine.frame_time is None
    assert any("how fast" in sentence for sentence in cine.warnings)


def test_functional_groups_time_each_frame(saved):
    header = make.enhanced_xa()
    groups = header.PerFrameFunctionalGroupsSequence
    groups[3].FrameContentSequence[0].FrameAcquisitionDateTime = "20260102101112.200"
    assert read_cine(saved(header)).frame_time == pytest.approx([0, 0.04, 0.04, 0.12])


def test_single_frames_are_timed_by_their_acquisition(tmp_path):
    make.single_frames(XRayAngiographicImageStorage, "XA", tmp_path / "run")
    assert read_cine(tmp_path / "run").frame_time == pytest.approx(0.1)


def test_single_frames_taken_at_one_moment_have_no_time(tmp_path):
    make.single_frames(XRayAngiographicImageStorage, "XA", tmp_path / "run", AcquisitionDate="", ContentDate="")
    assert read_cine(tmp_path / "run").frame_time is None


def test_one_frame_has_no_time_and_no_complaint(saved):
    cine = read_cine(saved(make.xa(make.noise(1))))
    assert cine.frame_time is None
    assert cine.warnings == ()
