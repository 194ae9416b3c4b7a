"""JPEG Extended with 12 bits (the lossy syntax of X-ray archives), which GDCM decodes and pydicom does not ask it to.

Its frames equal those of DCMTK and dcm4che (python-gdcm, issue 35).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from pydicom import Dataset, dcmread
from pydicom.encaps import generate_frames
from pydicom.uid import JPEGExtended12Bit

from .elements import frame_count


def is_extended(header: Dataset) -> bool:
    """Whether frames are grey, and of this syntax with more than 8 bits."""
    deep = int(header.BitsStored) > 8 and int(header.SamplesPerPixel) == 1
    return header.file_meta.TransferSyntaxUID == JPEGExtended12Bit and deep


def extended_frames(path: Path, header: Dataset) -> Iterator[np.ndarray]:
    """Yields the frames [H, W] of 16 bits, signed as the header says; the compressed bytes alone are held whole.

    Raises:
        ValueError: GDCM makes no sense of them.
    """
    encoded = dcmread(path).PixelData
    for frame in generate_frames(encoded, number_of_frames=frame_count(header)):
        yield _decode(frame, header)


def _decode(encoded: bytes, header: Dataset) -> np.ndarray:
    import gdcm

    shape = (int(header.Rows), int(header.Columns))
    decoded = _image(gdcm, encoded, header).GetBuffer()
    pixels = np.frombuffer((decoded or "").encode("utf-8", "surrogateescape"), "<u2")
    if pixels.size != shape[0] * shape[1]:
        raise ValueError("GDCM makes no sense of them")
    return (_signed(pixels, int(header.BitsStored)) if int(header.PixelRepresentation) else pixels).reshape(shape)


def _signed(pixels: np.ndarray, bits: int) -> np.ndarray:
    """Two's complement of so many bits."""
    unused = 16 - bits
    return (pixels << unused).view("<i2") >> unused


def _image(gdcm, encoded: bytes, header: Dataset):  # noqa: ANN001, ANN202 (GDCM is imported where it is needed)
    fragment, fragments = gdcm.Fragment(), gdcm.SequenceOfFragments.New()
    fragment.SetByteStringValue(encoded)
    fragments.AddFragment(fragment)
    element = gdcm.DataElement(gdcm.Tag(0x7FE0, 0x0010))
    element.SetValue(fragments.__ref__())
    image = gdcm.Image()
    image.SetNumberOfDimensions(2)
    image.SetDimensions((int(header.Columns), int(header.Rows), 1))
    image.SetDataElement(element)
    grey = gdcm.PhotometricInterpretation.GetPIType("MONOCHROME2")
    image.SetPhotometricInterpretation(gdcm.PhotometricInterpretation(grey))
    image.SetTransferSyntax(gdcm.TransferSyntax(gdcm.TransferSyntax.GetTSType(str(JPEGExtended12Bit))))
    bits = int(header.BitsStored)
    image.SetPixelFormat(gdcm.PixelFormat(1, 16, bits, bits - 1, 0))
    return image
