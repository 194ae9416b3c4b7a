"""How a derived file stores its pixels and words: little endian, grey or three equal samples."""

from __future__ import annotations

import numpy as np
from pydicom import DataElement, Dataset

from .elements import text

WIDTHS = {"OW": 2, "OF": 4, "OL": 4, "OD": 8, "OV": 8}


def to_little_endian(header: Dataset) -> None:
    """Swaps the words of binary elements of a big-endian header, which pydicom hands on as they are."""
    if header.original_encoding[1]:
        return

    def swap(_: Dataset, element: DataElement) -> None:
        width = WIDTHS.get(element.VR)
        if width and isinstance(element.value, bytes) and len(element.value) % width == 0:
            element.value = np.frombuffer(element.value, f"u{width}").byteswap().tobytes()

    header.walk(swap)


def describe_pixels(header: Dataset, limits: tuple[float, float], bits: int) -> None:
    """Makes the image pixel module say how pixels between the limits are stored, in `bits` allocated.

    A palette has been applied, so the file becomes MONOCHROME2; luminance and chrominance have become RGB.
    """
    signed = limits[0] < 0
    stored = int(max(limits[1], -limits[0] - 1)).bit_length() + signed
    header.BitsAllocated, header.BitsStored, header.HighBit = bits, stored, stored - 1
    header.PixelRepresentation = int(signed)
    if text(header, "PhotometricInterpretation") == "PALETTE COLOR":
        header.PhotometricInterpretation = "MONOCHROME2"
        for element in [each for each in header if "PaletteColorLookupTable" in each.keyword]:
            del header[element.tag]
    elif int(header.SamplesPerPixel) > 1:
        header.PhotometricInterpretation = "RGB"
        header.PlanarConfiguration = 0
