"""Files cut short, where a format's reader does not notice: NIfTI fills what is missing with zeros, TIFF drops frames."""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from pathlib import Path
from typing import BinaryIO

BLOCK = 1 << 20
GZIP = b"\x1f\x8b"
ORDER = {b"II": "<", b"MM": ">"}
CLASSIC, BIG = 42, 43  # the mark in a TIFF's header: offsets of 4 bytes, or of 8


def nifti_is_whole(path: Path) -> bool:
    """Whether the file holds as many bytes as its header (the NIfTI-1 standard's dim, bitpix, vox_offset) announces.

    Raises:
        RuntimeError: SimpleITK cannot read the header.
    """
    import SimpleITK

    reader = SimpleITK.ImageFileReader()
    reader.SetFileName(str(path))
    reader.ReadImageInformation()
    number = {key: float(reader.GetMetaData(key)) for key in ("bitpix", "vox_offset", "dim[0]")}
    sizes = [float(reader.GetMetaData(f"dim[{axis}]")) for axis in range(1, int(number["dim[0]"]) + 1)]
    return _length(path) >= number["vox_offset"] + math.prod(max(size, 1) for size in sizes) * number["bitpix"] / 8


def _length(path: Path) -> int:
    """Bytes in a file, unpacked as far as they go."""
    with path.open("rb") as stream:
        if stream.read(len(GZIP)) != GZIP:
            return path.stat().st_size
    length = 0
    try:
        with gzip.open(path) as stream:
            while block := stream.read(BLOCK):
                length += len(block)
    except (EOFError, OSError, zlib.error):  # cut short or damaged: what came before is all there is
        pass
    return length


def tiff_is_whole(path: Path) -> bool:
    """Whether every image directory that the file (TIFF 6.0, or BigTIFF) announces lies within it."""
    with path.open("rb") as stream:
        order = ORDER.get(stream.read(2))
        if order is None:
            return False
        try:
            return _chain_ends(stream, order)
        except struct.error:  # fewer bytes than a field has
            return False


def _chain_ends(stream: BinaryIO, order: str) -> bool:
    """Follows the directories from one to the next; the last one says 0."""
    (mark,) = _fields(stream, order + "H")
    count, entry, offset = ("Q", 20, "Q") if mark == BIG else ("H", 12, "I")
    if mark == BIG:
        stream.seek(4, 1)
    (at,) = _fields(stream, order + offset)
    seen = set()
    while at and at not in seen:
        seen.add(at)
        stream.seek(at)
        (entries,) = _fields(stream, order + count)
        stream.seek(entries * entry, 1)
        (at,) = _fields(stream, order + offset)
    return mark in (CLASSIC, BIG) and not at


def _fields(stream: BinaryIO, layout: str) -> tuple[int, ...]:
    return struct.unpack(layout, stream.read(struct.calcsize(layout)))
