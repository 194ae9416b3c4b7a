"""Overlays: drawings over the frames, in elements of their own or (until 2004) in the unused bits of the pixels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from pydicom import Dataset
from pydicom.pixels import iter_pixels
from pydicom.uid import UID

from .elements import frame_count
from .pixels import decodable


def groups(header: Dataset) -> list[int]:
    """The groups 6000, 6002, ... that describe an overlay."""
    return sorted({tag.group for tag in header.keys() if tag.group & 0xFF01 == 0x6000})  # noqa: SIM118 (elements, not tags)


def lift(header: Dataset, file: Path) -> None:
    """Moves overlays from the unused bits, which new pixels overwrite, into OverlayData (PS3.5 8.1.2)."""
    for group in groups(header):
        position = header.get((group, 0x0102))
        if (group, 0x3000) not in header and position is not None and position.value:
            _lift(header, file, group, int(position.value))


def _lift(header: Dataset, file: Path, group: int, position: int) -> None:
    source, options = decodable(file, UID(header.file_meta.TransferSyntaxUID))
    frames = iter_pixels(source, correct_unused_bits=False, **options)
    planes = [(frame >> position & 1).astype(np.uint8) for frame in frames]
    bits = np.packbits(np.concatenate([plane.ravel() for plane in planes]), bitorder="little").tobytes()
    header.add_new((group, 0x3000), "OW", bits + bytes(len(bits) % 2))
    header.add_new((group, 0x0100), "US", 1)
    header.add_new((group, 0x0102), "US", 0)
    if frame_count(header) > 1:
        header.add_new((group, 0x0015), "IS", len(planes))
        header.add_new((group, 0x0051), "US", 1)
