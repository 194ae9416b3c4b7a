"""Lossy compression once suffered is told for ever, also by a derived file that is stored without it (PS3.3 C.7.6.1.1.5)."""

from __future__ import annotations

from pathlib import Path

from pydicom import Dataset
from pydicom.uid import HTJ2K, JPEG2000, JPEGBaseline8Bit, JPEGExtended12Bit, JPEGLSNearLossless

from .elements import frame_count, text

# Transfer syntaxes that may lose information, and the method that names them (PS3.3 C.7.6.1.1.5.1).
METHODS = {
    JPEGBaseline8Bit: "ISO_10918_1",
    JPEGExtended12Bit: "ISO_10918_1",
    JPEGLSNearLossless: "ISO_14495_1",
    JPEG2000: "ISO_15444_1",
    HTJ2K: "ISO_15444_15",
}
EITHER = (JPEG2000, HTJ2K)


def is_lossy(header: Dataset) -> bool:
    """Whether the frames were ever compressed with loss; JPEG 2000 is believed where it says 00, no."""
    flag, syntax = text(header, "LossyImageCompression"), header.file_meta.get("TransferSyntaxUID")
    return flag == "01" or (syntax in METHODS and not (syntax in EITHER and flag == "00"))


def carry_lossy_flags(header: Dataset, file: Path) -> None:
    """Sets what a file in a lossy syntax should have said of itself: the flag, the method and the ratio."""
    if not is_lossy(header):
        return
    header.LossyImageCompression = "01"
    syntax = header.file_meta.TransferSyntaxUID
    if syntax in METHODS and not text(header, "LossyImageCompressionRatio"):
        samples = frame_count(header) * int(header.Rows) * int(header.Columns) * int(header.SamplesPerPixel)
        header.LossyImageCompressionRatio = f"{samples * int(header.BitsAllocated) / 8 / file.stat().st_size:.2f}"
        header.LossyImageCompressionMethod = METHODS[syntax]
