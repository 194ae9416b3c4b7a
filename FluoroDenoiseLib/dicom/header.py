"""Headers of DICOM files, and the refusal of whatever holds no grey-scale frames."""

from __future__ import annotations

from pathlib import Path

from pydicom import Dataset, dcmread
from pydicom.dataset import FileMetaDataset
from pydicom.errors import InvalidDicomError
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from ..errors import UnreadableInput
from .elements import first_line, frame_count, number, text

NEEDED = [
    "SOPClassUID",
    "SOPInstanceUID",
    "Rows",
    "Columns",
    "BitsAllocated",
    "BitsStored",
    "PixelRepresentation",
    "SamplesPerPixel",
    "PhotometricInterpretation",
]
ITEM = 8  # bytes of an empty fragment, the least that a compressed frame takes
DEFLATION = 1032  # how far deflate can shrink
NATIVE = (ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian)
NOT_CINES = ("Segmentation", "RT Dose", "Parametric Map", "Whole Slide", "Real World Value", "Encapsulated")


def read_header(path: Path, only: list[str] | None = None) -> Dataset:
    """Everything of a DICOM file but its pixels.

    Args:
        path: a file; one without the 128-byte preamble is read too if it begins as DICOM does.
        only: keywords to read, where not all are needed.

    Raises:
        UnreadableInput: the file is absent, locked, not DICOM, or damaged.
    """
    try:
        header = dcmread(path, stop_before_pixels=True, specific_tags=only, force=_begins_with_an_element(path))
    except InvalidDicomError as error:
        raise UnreadableInput(
            f"{path.name} is not a DICOM file (it lacks the mark DICM). "
            "Give a DICOM, NIfTI, NRRD, MetaImage, TIFF or .npy file."
        ) from error
    except OSError as error:
        raise UnreadableInput(f"{path.name} cannot be opened: {(error.strerror or str(error)).lower()}.") from error
    except Exception as error:  # pydicom has no common base for what damaged bytes make it raise
        raise UnreadableInput(
            f"{path.name} has a damaged DICOM header ({first_line(error)}). Copy or export it again."
        ) from error
    _name_the_syntax(header)
    return header


def _begins_with_an_element(path: Path) -> bool:
    with path.open("rb") as stream:
        start = stream.read(132)
    return start[128:] != b"DICM" and start[:4] in (
        b"\x02\0\0\0",
        b"\x08\0\0\0",
        b"\x08\0\x05\0",
        b"\x08\0\x08\0",
        b"\x08\0\x16\0",
    )


def _name_the_syntax(header: Dataset) -> None:
    """A file without meta information has no transfer syntax; then the one that its elements show."""
    if not hasattr(header, "file_meta"):
        header.file_meta = FileMetaDataset()
    if "TransferSyntaxUID" not in header.file_meta:
        implicit, little = header.original_encoding
        explicit = ExplicitVRLittleEndian if little else ExplicitVRBigEndian
        header.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian if implicit else explicit


def check_kind(path: Path, header: Dataset) -> None:
    """Refuses what is no image, or no image that can be a cine.

    Raises:
        UnreadableInput: a report, plan, segmentation, list of files, ...; the message names it.
    """
    sop_class = UID(text(header, "SOPClassUID"))
    kind = sop_class.name if sop_class.type else "of no known kind"
    if "DirectoryRecordSequence" in header:
        raise UnreadableInput(f"{path.name} is a DICOMDIR, a list of files. Give the folder that it lies in.")
    image = "Image Storage" in kind or {"Rows", "Columns", "BitsAllocated"} & set(header.dir())
    if any(name in kind for name in NOT_CINES) or not image:
        raise UnreadableInput(f"{path.name} holds no cine: it is {kind.removesuffix(' Storage')}. Give X-ray, CT or MR images.")


def check_image(path: Path, header: Dataset) -> None:
    """Refuses an image whose header cannot be relied on.

    Raises:
        UnreadableInput: elements that an image must have are missing, nonsense, or claim more frames than the file holds.
    """
    missing = [keyword for keyword in NEEDED if not text(header, keyword)]
    if missing:
        raise UnreadableInput(f"{path.name} lacks {', '.join(missing)}, which every DICOM image must have. Export it again.")
    _check_numbers(path, header)
    _check_length(path, header)


def _check_numbers(path: Path, header: Dataset) -> None:
    bits, stored, high = (number(header, f"{name}") for name in ("BitsAllocated", "BitsStored", "HighBit"))
    if bits not in (8, 16, 32) or not stored or not 0 < stored <= bits or high not in (None, stored - 1):
        raise UnreadableInput(
            f"{path.name} stores {stored or '?'} bits of {bits or '?'} with high bit {high}; expected 8, 16 or 32 bits with "
            "the value in the lowest ones. Convert it with another program first."
        )
    if not number(header, "Rows") or not number(header, "Columns"):
        raise UnreadableInput(f"{path.name} has no rows or no columns. Export it again.")
    if text(header, "NumberOfFrames") and number(header, "NumberOfFrames") is None:
        raise UnreadableInput(f"{path.name} does not say in numbers how many frames it holds. Export it again.")


def _check_length(path: Path, header: Dataset) -> None:
    """A count of frames that the file cannot hold is found here, before memory is asked for them."""
    syntax = header.file_meta.TransferSyntaxUID
    least = ITEM if syntax not in NATIVE else int(header.Rows) * int(header.Columns) * int(header.BitsAllocated) // 8
    needed, held = frame_count(header) * least, path.stat().st_size
    if needed > held * (DEFLATION if syntax == DeflatedExplicitVRLittleEndian else 1):
        raise UnreadableInput(
            f"{path.name} holds no pixels or is cut short: its {frame_count(header)} frames need {needed} bytes or more, "
            f"and the file has {held}. Copy it again."
        )
