"""What is no cine is refused in one clear sentence, never with a traceback."""

from __future__ import annotations

import re
import warnings

import make_dicom as make
import numpy as np
import pytest
from pydicom import dcmread
from pydicom.encaps import encapsulate
from pydicom.uid import (
    MPEG4HP41,
    ComprehensiveSRStorage,
    EncapsulatedPDFStorage,
    JPEGBaseline8Bit,
    RTDoseStorage,
    SegmentationStorage,
)

from FluoroDenoiseLib.dicom import read_cine, read_cines
from FluoroDenoiseLib.errors import UnreadableInput


def refusal(path) -> str:
    """The sentence that a file is refused with; remarks of other libraries would be errors here."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(UnreadableInput) as caught:
            read_cine(path)
    return str(caught.value)


def test_a_path_that_does_not_exist(tmp_path):
    assert "does not exist" in refusal(tmp_path / "absent.dcm")


@pytest.mark.parametrize("content", [b"", b"plain text", bytes(4000), b"\x08\x00\x05\x00" + bytes(range(256)) * 9])
def test_a_file_that_is_not_dicom(tmp_path, content):
    path = tmp_path / "letter.dcm"
    path.write_bytes(content)
    assert "letter.dcm" in refusal(path)


def test_an_empty_folder(tmp_path):
    assert "is empty" in refusal(tmp_path)


def test_a_folder_without_a_cine_says_how_many_files_it_holds(tmp_path):
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text("none")
    assert "None of the 2 files" in refusal(tmp_path)


@pytest.mark.parametrize(
    ("sop_class", "name"),
    [
        (ComprehensiveSRStorage, "Comprehensive SR"),
        (EncapsulatedPDFStorage, "Encapsulated PDF"),
        (SegmentationStorage, "Segmentation"),
        (RTDoseStorage, "RT Dose"),
    ],
)
def test_reports_and_other_objects_are_named(saved, sop_class, name):
    header = make.xa(SOPClassUID=sop_class)
    if sop_class in (ComprehensiveSRStorage, EncapsulatedPDFStorage):
        make.change(header, Rows=None, Columns=None, BitsAllocated=None, PixelData=None)
    assert name in refusal(saved(header))


def test_pixels_that_are_not_there(saved):
    assert "holds no pixels" in refusal(saved(make.xa(PixelData=None)))


@pytest.mark.parametrize("keep", [0.999, 0.9, 0.1])
def test_a_file_cut_short(saved, keep):
    path = saved(make.xa())
    content = path.read_bytes()
    header = len(content) - len(make.noise().tobytes())
    path.write_bytes(content[: header + int(keep * (len(content) - header))])
    assert re.search("cut short|cannot be decoded", refusal(path))


def test_a_file_cut_short_in_its_header(saved):
    path = saved(make.xa())
    path.write_bytes(path.read_bytes()[:400])
    assert "cine.dcm" in refusal(path)


def test_corrupt_compressed_pixels(saved):
    header = make.jpeg(make.noise(3, 8))
    header.PixelData = encapsulate([b"\xff\xd8garbage, not JPEG!", b"\xff\xd8", b"more"])
    assert "JPEG Baseline" in refusal(saved(header))


def test_fewer_compressed_frames_than_claimed(saved):
    header = make.jpeg(make.noise(3, 8))
    header.NumberOfFrames = 5
    assert "cine.dcm" in refusal(saved(header))


def test_compressed_frames_of_another_size_than_the_header_says(saved):
    header = make.jpeg(make.noise(3, 8))
    header.PixelData = make.jpeg(make.noise(3, 8, rows=make.ROWS * 2)).PixelData
    assert "cine.dcm" in refusal(saved(header))


def test_an_unsupported_syntax_is_named(saved):
    header = make.jpeg(make.noise(3, 8))
    header.file_meta.TransferSyntaxUID = MPEG4HP41
    assert "MPEG-4" in refusal(saved(header))


def test_a_false_syntax_is_not_believed(saved):
    header = make.xa()
    header.PixelData = encapsulate([b"\x00" * 64])
    header["PixelData"].is_undefined_length = True
    header.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
    assert "cannot be decoded" in refusal(saved(header))


@pytest.mark.parametrize(
    "keyword",
    ["SOPClassUID", "Rows", "Columns", "BitsAllocated", "BitsStored", "PixelRepresentation", "PhotometricInterpretation"],
)
def test_a_missing_element_is_named(tmp_path, keyword):
    header = make.xa()
    make.change(header, **{keyword: None})
    header.preamble = bytes(128)
    header.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.12.1"
    header.file_meta.MediaStorageSOPInstanceUID = header.SOPInstanceUID
    header.save_as(tmp_path / "cine.dcm", enforce_file_format=False)
    assert keyword in refusal(tmp_path / "cine.dcm")


def test_a_header_without_an_image_is_told_from_a_report(saved):
    header = make.xa(Rows=None, Columns=None, BitsAllocated=None, PixelData=None)
    assert "lacks Rows, Columns, BitsAllocated" in refusal(saved(header))


@pytest.mark.parametrize("elements", [{"BitsStored": 17}, {"BitsStored": 10}, {"BitsAllocated": 12}, {"Rows": 0}])
def test_numbers_that_cannot_be_are_refused(saved, elements):
    assert "cine.dcm" in refusal(saved(make.xa(**elements)))


def test_an_absurd_number_of_frames_is_refused_without_filling_the_memory(saved):
    assert "cine.dcm" in refusal(saved(make.xa(NumberOfFrames=2**31 - 1)))


def test_true_colour(saved):
    header = make.grey_rgb(make.noise(3, 8))
    header.PixelData = make.noise(3, 8, columns=make.COLUMNS * 3).tobytes()
    assert "in colour" in refusal(saved(header))


def test_a_damaged_image_in_a_folder_is_not_passed_over_silently(tmp_path):
    make.save(make.xa(), tmp_path / "good.dcm")
    make.save(make.xa(PixelData=None), tmp_path / "bad.dcm")
    with pytest.raises(UnreadableInput, match=r"bad\.dcm"):
        read_cines(tmp_path)


def test_every_single_damaged_byte_of_a_header_is_survived(saved):
    path = saved(make.enhanced_xa())
    content = path.read_bytes()
    pixels = len(dcmread(path).PixelData)
    places = np.random.default_rng(5).integers(132, len(content) - pixels, 150)
    for place in places:
        damaged = bytearray(content)
        damaged[place] ^= 0xFF
        path.write_bytes(bytes(damaged))
        try:
            assert read_cine(path).frames.size
        except UnreadableInput as error:
            assert "\n" not in str(error)
