"""X-ray cines: what is read of each kind, and what is said of what was done to them."""

from __future__ import annotations

import make_dicom as make
import numpy as np
import pytest
from pydicom.uid import EnhancedXRFImageStorage

from FluoroDenoiseLib.dicom import read_cine


def test_xa_gives_its_frames_as_stored(saved):
    frames = make.noise(bits=12)
    cine = read_cine(saved(make.xa(frames, WindowCenter=[2000, 10], WindowWidth=[4000, 5], ImagerPixelSpacing=["0.3", "0.4"])))
    assert np.array_equal(cine.frames, frames)
    assert cine.frames.dtype == np.uint16
    assert (cine.intensity, cine.modality, cine.frame_time) == ("LIN", "XA", 0.0665)
    assert (cine.valid_range, cine.window, cine.pixel_spacing) == ((0, 4095), (2000, 4000), (0.3, 0.4))
    assert (cine.traits, cine.warnings, cine.inverted, cine.plane) == (frozenset(), (), False, 0)


def test_the_name_tells_cines_apart_without_the_patient(saved):
    cine = read_cine(saved(make.xa(), "Doe_John.dcm"))
    assert cine.name == "XA-3-7"


def test_every_kind_of_multi_frame_image_is_read(saved):
    for kind, header in make.every_kind().items():
        cine = read_cine(saved(header))
        assert cine.shape == (header.NumberOfFrames, make.ROWS, make.COLUMNS), kind


def test_enhanced_xrf_is_read_from_its_functional_groups(saved):
    cine = read_cine(saved(make.enhanced_xa(EnhancedXRFImageStorage)))
    assert (cine.intensity, cine.frame_time, cine.pixel_spacing) == ("LOG", pytest.approx(0.04), (0.2, 0.25))


@pytest.mark.parametrize(("term", "intensity"), [("LIN", "LIN"), ("LOG", "LOG"), ("DISP", "DISP"), (None, "UNKNOWN")])
def test_intensity_follows_the_pixel_intensity_relationship(saved, term, intensity):
    assert read_cine(saved(make.xa(PixelIntensityRelationship=term))).intensity == intensity


def test_a_vendors_own_relationship_is_a_display_value_and_named(saved):
    cine = read_cine(saved(make.xa(PixelIntensityRelationship="DRM")))
    assert cine.intensity == "DISP"
    assert "vendor LUT" in cine.traits
    assert any("DRM" in sentence for sentence in cine.warnings)


def test_low_values_displayed_bright_are_noted(saved):
    assert read_cine(saved(make.xa(PhotometricInterpretation="MONOCHROME1"))).inverted


@pytest.mark.parametrize(
    ("elements", "plane"),
    [({"ImageType": ["ORIGINAL", "PRIMARY", "BIPLANE A"]}, 0), ({"ImageType": ["ORIGINAL", "PRIMARY", "BIPLANE B"]}, 1)],
)
def test_each_plane_of_a_biplane_acquisition_is_a_cine(saved, elements, plane):
    assert read_cine(saved(make.xa(**elements))).plane == plane


def test_enhanced_images_name_their_plane_apart(saved):
    header = make.enhanced_xa(PlanesInAcquisition="BIPLANE", PlaneIdentification="PLANE B")
    assert read_cine(saved(header)).plane == 1


@pytest.mark.parametrize(
    "elements",
    [
        {"ImageType": ["DERIVED", "PRIMARY", "SINGLE PLANE", "SUBTRACTED"]},
        {"AppliedMaskSubtractionFlag": "YES"},
        {"DerivationCodeSequence": [make.item(CodeValue="113062", CodingSchemeDesignator="DCM", CodeMeaning="Subtraction")]},
    ],
)
def test_subtracted_frames_are_named(saved, elements):
    cine = read_cine(saved(make.xa(**elements)))
    assert "subtracted" in cine.traits
    assert any("DSA" in sentence for sentence in cine.warnings)


def test_a_mask_that_the_viewer_subtracts_is_no_subtraction_yet(saved):
    mask = make.item(MaskOperation="AVG_SUB", MaskFrameNumbers=1)
    cine = read_cine(saved(make.xa(MaskSubtractionSequence=[mask])))
    assert "subtracted" not in cine.traits
    assert any("mask" in sentence for sentence in cine.warnings)


def test_processing_named_by_an_enhanced_image_is_recognised(saved):
    header = make.enhanced_xa()
    properties = header.SharedFunctionalGroupsSequence[0].FramePixelDataPropertiesSequence[0]
    properties.ImageProcessingApplied = ["DIGITAL_SUBTR", "HIGH_PASS_FILTER"]
    assert read_cine(saved(header)).traits == {"subtracted", "edge enhanced"}


def test_lossy_compression_is_named_by_flag_or_by_syntax(saved):
    flagged = read_cine(saved(make.xa(LossyImageCompression="01", LossyImageCompressionRatio="12.2")))
    assert flagged.traits == {"lossy"}
    assert "12 to 1" in flagged.warnings[0]
    assert read_cine(saved(make.jpeg(make.noise(2, 8)))).traits == {"lossy"}


SHUTTER = {
    "ShutterShape": "RECTANGULAR",
    "ShutterLeftVerticalEdge": 3,
    "ShutterRightVerticalEdge": make.COLUMNS - 1,
    "ShutterUpperHorizontalEdge": 2,
    "ShutterLowerHorizontalEdge": make.ROWS,
}


def test_a_rectangular_shutter_covers_what_lies_outside_its_edges(saved):
    covered = read_cine(saved(make.xa(**SHUTTER))).covered
    visible = np.argwhere(~covered) + 1
    assert visible.min(axis=0).tolist() == [2, 3]
    assert visible.max(axis=0).tolist() == [make.ROWS, make.COLUMNS - 1]


def test_a_circular_shutter_covers_the_corners(saved):
    cine = read_cine(saved(make.xa(ShutterShape="CIRCULAR", CenterOfCircularShutter=[12, 16], RadiusOfCircularShutter=10)))
    assert "shutter" in cine.traits
    assert (~cine.covered).sum() == pytest.approx(np.pi * 100, rel=0.03)
    assert not cine.covered[11, 15]


def test_a_polygonal_shutter_covers_what_lies_outside_its_outline(saved):
    square = {"ShutterShape": "POLYGONAL", "VerticesOfThePolygonalShutter": [4, 5, 4, 20, 14, 20, 14, 5]}
    covered = read_cine(saved(make.xa(**square))).covered
    assert (~covered).sum() == 150
    assert not covered[8, 10]
    assert covered[2, 10]


def test_a_shutter_without_its_edges_covers_nothing(saved):
    assert read_cine(saved(make.xa(ShutterShape="RECTANGULAR"))).covered is None
