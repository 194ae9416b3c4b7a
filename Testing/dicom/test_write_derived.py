"""Derived files: new pixels under the source's header, with what was done to them, for every kind that is read."""

from __future__ import annotations

import make_dicom as make
import numpy as np
import pytest
from pydicom import Dataset, dcmread
from pydicom.tag import Tag
from pydicom.uid import CTImageStorage, EnhancedCTImageStorage, ExplicitVRLittleEndian

from FluoroDenoiseLib.dicom import read_cine, write_derived, write_result


def altered(cine, record):
    """A stand-in for a denoised cine: other frames of the same shape, type and range."""
    return cine.with_frames(cine.frames[:, ::-1].copy(), record=record)


@pytest.fixture
def derive(saved, tmp_path, record):
    """Reads a dataset, alters it, writes it; returns the altered cine and the derived dataset."""

    def derive(header):
        cine = read_cine(saved(header))
        result = altered(cine, record)
        return result, dcmread(write_result(result, tmp_path / "derived.dcm", original=cine, overwrite=True)[0])

    return derive


def test_every_kind_keeps_its_new_frames_and_its_meaning(derive, tmp_path):
    for kind, header in make.every_kind().items():
        result, derived = derive(header)
        back = read_cine(tmp_path / "derived.dcm")
        assert np.array_equal(back.frames, result.frames), kind
        assert back.frames.dtype == result.frames.dtype, kind
        for name in (
            "frame_time",
            "intensity",
            "valid_range",
            "modality",
            "inverted",
            "rescale",
            "pixel_spacing",
            "slice_spacing",
        ):
            assert getattr(back, name) == getattr(result, name), (kind, name)
        assert back.traits == result.traits, kind
        assert derived.ImageType[0] == "DERIVED", kind
        assert derived.SOPClassUID == header.SOPClassUID, kind
        assert derived.file_meta.TransferSyntaxUID == ExplicitVRLittleEndian, kind


def test_the_instance_and_series_are_new_and_the_rest_is_kept(derive):
    header = make.xa(PositionerPrimaryAngle="30", ExposureTime=7, SeriesDescription="CORO")
    _, derived = derive(header)
    assert derived.SOPInstanceUID != header.SOPInstanceUID
    assert derived.file_meta.MediaStorageSOPInstanceUID == derived.SOPInstanceUID
    assert derived.SeriesInstanceUID != header.SeriesInstanceUID
    assert derived.SeriesNumber != header.SeriesNumber
    assert derived.SeriesDescription == "CORO denoised"
    anew = {"SOPInstanceUID", "SeriesInstanceUID", "SeriesNumber", "SeriesDescription", "ImageType", "PixelData"}
    for element in header:
        assert element.keyword in anew or derived[element.tag].value == element.value, element.keyword


def test_the_derivation_says_what_was_done_and_from_what(derive):
    header = make.xa()
    _, derived = derive(header)
    for word in ("FluoroDenoise 0.1.0", "fluoroscopy", "ab" * 32, "review", "0.8"):
        assert word in derived.DerivationDescription
    assert derived.DerivationCodeSequence[0].CodeValue == "113087"
    source = derived.SourceImageSequence[0]
    assert source.ReferencedSOPInstanceUID == header.SOPInstanceUID
    assert source.PurposeOfReferenceCodeSequence[0].CodeValue == "121322"
    equipment = derived.ContributingEquipmentSequence[0]
    assert equipment.PurposeOfReferenceCodeSequence[0].CodeValue == "109102"
    assert (equipment.Manufacturer, equipment.SoftwareVersions) == ("FluoroDenoise", "FluoroDenoise 0.1.0")


def test_earlier_steps_of_a_derived_image_stay_on_record(derive):
    code = make.item(CodeValue="113086", CodingSchemeDesignator="DCM", CodeMeaning="Edge enhancement")
    _, derived = derive(
        make.xa(DerivationDescription="sharpened", DerivationCodeSequence=[code], ImageType=["DERIVED", "PRIMARY", "X"])
    )
    assert derived.DerivationDescription.startswith("sharpened; Noise reduced")
    assert [item.CodeValue for item in derived.DerivationCodeSequence] == ["113086", "113087"]
    assert derived.ImageType == ["DERIVED", "PRIMARY", "X"]


def test_enhanced_images_say_it_frame_by_frame(derive):
    header = make.enhanced_xa()
    _, derived = derive(header)
    groups = derived.PerFrameFunctionalGroupsSequence
    assert [group.DerivationImageSequence[0].SourceImageSequence[0].ReferencedFrameNumber for group in groups] == [1, 2, 3, 4]
    assert [group.FrameContentSequence for group in groups] == [
        group.FrameContentSequence for group in header.PerFrameFunctionalGroupsSequence
    ]
    properties = derived.SharedFunctionalGroupsSequence[0].FramePixelDataPropertiesSequence[0]
    assert properties.FrameType == ["DERIVED", "PRIMARY", "", "NONE"]
    assert derived.ContentQualification == "RESEARCH"


def test_earlier_derivations_stand_in_one_place_and_parts_of_a_whole_are_none_any_more(derive):
    header = make.enhanced_xa()
    header.SharedFunctionalGroupsSequence[0].DerivationImageSequence = [make.item(DerivationDescription="subtracted")]
    header.ConcatenationUID, header.InConcatenationNumber = "1.2.3", 2
    _, derived = derive(header)
    assert "DerivationImageSequence" not in derived.SharedFunctionalGroupsSequence[0]
    for group in derived.PerFrameFunctionalGroupsSequence:
        said = [item.DerivationDescription for item in group.DerivationImageSequence]
        assert said[0] == "subtracted" and "Noise reduced" in said[1] and len(said) == 2
    assert "ConcatenationUID" not in derived and "InConcatenationNumber" not in derived


def test_the_evidence_of_earlier_derivations_stays(derive):
    header, earlier = make.enhanced_xa(), Dataset()
    earlier.StudyInstanceUID = "1.2.3"
    header.SourceImageEvidenceSequence = [earlier]
    _, derived = derive(header)
    assert [item.StudyInstanceUID for item in derived.SourceImageEvidenceSequence] == ["1.2.3", header.StudyInstanceUID]


def test_the_lossy_flag_is_never_lost(derive):
    _, flagged = derive(
        make.xa(LossyImageCompression="01", LossyImageCompressionRatio="12", LossyImageCompressionMethod="ISO_10918_1")
    )
    assert (flagged.LossyImageCompression, flagged.LossyImageCompressionRatio) == ("01", 12)
    _, told_by_syntax = derive(make.jpeg(np.zeros((3, 200, 200), np.uint8)))
    assert told_by_syntax.LossyImageCompression == "01"
    assert told_by_syntax.LossyImageCompressionMethod == "ISO_10918_1"
    assert told_by_syntax.LossyImageCompressionRatio > 1


def test_what_new_pixels_make_untrue_is_removed(derive):
    stale = {"SmallestImagePixelValue": 1, "LargestImagePixelValue": 9, "IconImageSequence": [make.item(Rows=1)]}
    signature = make.item(MACIDNumber=1, DigitalSignatureUID="1.2.3")
    _, derived = derive(make.xa(**stale, DigitalSignaturesSequence=[signature]))
    assert not {*stale, "DigitalSignaturesSequence"} & set(derived.dir())


def test_mask_shutter_and_modality_table_are_kept(derive):
    table = make.item(LUTDescriptor=[2, 0, 16], ModalityLUTType="US", LUTData=b"\x00\x00\xff\x0f")
    mask = make.item(MaskOperation="AVG_SUB", MaskFrameNumbers=1)
    header = make.xa(
        ModalityLUTSequence=[table], MaskSubtractionSequence=[mask], RecommendedViewingMode="SUB", ShutterShape="CIRCULAR"
    )
    make.change(header, CenterOfCircularShutter=[12, 16], RadiusOfCircularShutter=10)
    _, derived = derive(header)
    assert derived.ModalityLUTSequence[0].LUTData == table.LUTData
    assert derived.MaskSubtractionSequence == header.MaskSubtractionSequence
    assert (derived.ShutterShape, derived.RadiusOfCircularShutter) == ("CIRCULAR", 10)


def overlay(header, drawing: np.ndarray, position: int) -> None:
    """An overlay in unused bits, as systems drew them until 2004."""
    header.add_new((0x6000, 0x0010), "US", make.ROWS)
    header.add_new((0x6000, 0x0011), "US", make.COLUMNS)
    header.add_new((0x6000, 0x0040), "CS", "G")
    header.add_new((0x6000, 0x0050), "SS", [1, 1])
    header.add_new((0x6000, 0x0100), "US", 16)
    header.add_new((0x6000, 0x0102), "US", position)
    pixels = np.frombuffer(header.PixelData, "<u2").reshape(drawing.shape) | (drawing.astype("<u2") << position)
    header.PixelData = pixels.tobytes()


@pytest.mark.parametrize("stored", [lambda header: header, make.big_endian], ids=["little endian", "big endian"])
def test_an_overlay_in_unused_bits_is_moved_to_an_element_of_its_own(derive, stored):
    drawing = make.noise(1, 8) > 200
    header = make.xa(make.noise(1))
    overlay(header, drawing, 14)
    result, derived = derive(stored(header))
    assert "overlay" in result.traits
    assert np.array_equal(derived.overlay_array(0x6000), drawing[0])
    assert np.array_equal(derived.pixel_array, result.frames[0])


def test_an_overlay_of_its_own_is_kept(derive):
    header = make.xa(make.noise(1))
    overlay(header, np.zeros((1, make.ROWS, make.COLUMNS), bool), 0)
    header.add_new((0x6000, 0x3000), "OW", bytes(range(make.ROWS * make.COLUMNS // 8)))
    _, derived = derive(header)
    assert derived[0x6000, 0x3000].value == header[0x6000, 0x3000].value


def test_words_of_a_big_endian_header_are_turned_with_it(derive):
    table = make.item(LUTDescriptor=[2, 0, 16], ModalityLUTType="US")
    table.add_new("LUTData", "OW", b"\x01\x02\x03\x04")
    _, derived = derive(make.big_endian(make.xa(ModalityLUTSequence=[table])))
    assert derived.ModalityLUTSequence[0]["LUTData"].value in (b"\x02\x01\x04\x03", [0x0102, 0x0304])


def test_reading_a_derived_file_tells_that_it_was_denoised_before(derive, tmp_path):
    derive(make.xa())
    assert any("denoised by FluoroDenoise before" in sentence for sentence in read_cine(tmp_path / "derived.dcm").warnings)


def test_a_grey_palette_becomes_monochrome(derive):
    header = make.xa(make.noise(2, 8), 8)
    make.palette(header, np.arange(256) * 257)
    result, derived = derive(header)
    assert np.array_equal(derived.pixel_array, result.frames)
    assert (derived.PhotometricInterpretation, derived.BitsAllocated, derived.BitsStored) == ("MONOCHROME2", 16, 16)
    assert not [element for element in derived if "Palette" in element.keyword]


def test_values_are_clipped_to_the_bits_stored(saved, tmp_path, record):
    cine = read_cine(saved(make.xa(make.noise(bits=10), 10)))
    beyond = cine.with_frames(cine.frames + np.uint16(60000), record=record)
    back = read_cine(write_derived(beyond, tmp_path / "derived.dcm")[0])
    assert back.frames.max() == 1023


def test_an_odd_number_of_bytes_is_padded(derive):
    result, derived = derive(make.xa(make.noise(3, 8, rows=5, columns=7), 8))
    assert len(derived.PixelData) == 106
    assert np.array_equal(derived.pixel_array, result.frames)


def test_frame_times_of_a_vector_are_kept(derive):
    _, derived = derive(make.xa(FrameIncrementPointer=Tag("FrameTimeVector"), FrameTime=None, FrameTimeVector=[0, 50, 100, 50]))
    assert derived.FrameTimeVector == [0, 50, 100, 50]
    assert derived.FrameIncrementPointer == Tag("FrameTimeVector")


def test_enhanced_slices_go_back_to_the_place_they_came_from(derive):
    result, derived = derive(make.volume(EnhancedCTImageStorage, "CT", [4.0, 0.0, 2.0]))
    assert np.array_equal(derived.pixel_array[[1, 2, 0]], result.frames)


@pytest.mark.parametrize("kind", list(make.SERIES))
def test_a_series_becomes_a_folder_with_one_file_for_each(tmp_path, record, kind):
    if kind in ("ct", "mr"):
        make.slices(*make.SERIES[kind], [4.0, 0.0, 2.0], tmp_path / "in")
    else:
        make.single_frames(*make.SERIES[kind], tmp_path / "in")
    cine = read_cine(tmp_path / "in")
    result = altered(cine, record)
    files = write_derived(result, tmp_path / "out", original=cine)
    assert sorted((tmp_path / "out").iterdir()) == files
    assert np.array_equal(read_cine(tmp_path / "out").frames, result.frames)
    headers = [dcmread(path) for path in files]
    assert len({header.SeriesInstanceUID for header in headers}) == 1
    for header, source in zip(headers, cine.sources, strict=True):
        assert header.SourceImageSequence[0].ReferencedSOPInstanceUID == dcmread(source).SOPInstanceUID
        assert header.InstanceNumber == dcmread(source).InstanceNumber


def test_slices_of_different_rescale_go_back_to_their_own_units(tmp_path, record):
    make.slices(CTImageStorage, "CT", [0.0, 2.0], tmp_path / "in")
    path = next((tmp_path / "in").iterdir())
    header = dcmread(path)
    header.RescaleSlope, header.RescaleIntercept = 2, -500
    header.save_as(path)
    cine = read_cine(tmp_path / "in")
    write_derived(cine.with_frames(cine.frames + np.float32(2), record=record), tmp_path / "out", original=cine)
    back = read_cine(tmp_path / "out")
    highest = np.reshape([2 * 2047 - 500 if source == path else 2047 - 1024 for source in cine.sources], (-1, 1, 1))
    unclipped = cine.frames + 2 <= highest
    assert back.shape == cine.shape
    assert np.array_equal(back.frames[unclipped], cine.frames[unclipped] + 2)


def test_a_derived_enhanced_image_does_not_say_that_nothing_was_done_to_it(saved, tmp_path):
    header = make.enhanced_xa()
    header.SOPInstanceStatus = "AO"
    write_derived(read_cine(saved(header)), tmp_path / "derived.dcm")
    derived = dcmread(tmp_path / "derived.dcm")
    (group,) = derived.SharedFunctionalGroupsSequence
    assert group.FramePixelDataPropertiesSequence[0].ImageProcessingApplied == "LOW_PASS_FILTER"
    assert "SOPInstanceStatus" not in derived
