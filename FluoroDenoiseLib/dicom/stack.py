"""The files behind one cine, in order: how its frames lie in them, and back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from pydicom import Dataset

from ..errors import UnreadableInput
from . import geometry
from .elements import Frame, frame_count, number, numbers, text
from .header import check_image, check_kind, read_header
from .pixels import grey_frames
from .timing import frame_time

VOLUMES = ("CT", "MR", "PT")
PALETTE = "RedPaletteColorLookupTableDescriptor"


@dataclass(frozen=True)
class Stack:
    """One multi-frame file, or single-frame files in frame order, with their headers."""

    files: tuple[Path, ...]
    headers: tuple[Dataset, ...]

    @classmethod
    def open(cls, files: Sequence[Path]) -> Stack:
        """Reads the headers.

        Raises:
            UnreadableInput: one of the files is no grey-scale image, or they differ in size or type.
        """
        headers = tuple(read_header(file) for file in files)
        for file, header in zip(files, headers, strict=True):
            check_kind(file, header)
            check_image(file, header)
        _check_alike(files, headers)
        return cls(tuple(files), headers)

    @cached_property
    def stored(self) -> list[Frame]:
        """The frames in the order of the files."""
        return [Frame(header, number) for header in self.headers for number in range(frame_count(header))]

    @cached_property
    def places(self) -> np.ndarray | None:
        """Millimetres along the normal, of the frames as stored [T], if they are slices; None if they are moments."""
        places = geometry.positions(self.stored) if len(self.stored) > 1 else None
        return places if places is not None and np.ptp(places) > geometry.SAME_POSITION else None

    @property
    def slices(self) -> bool:
        """Whether frames are slices: at different places, or of CT, MR or PET and without any place or time."""
        unplaced = geometry.positions(self.stored) is None and frame_time(self.stored) is None
        of_volume = text(self.headers[0], "Modality") in VOLUMES and len(self.stored) > 1
        return self.places is not None or (of_volume and unplaced)

    @cached_property
    def order(self) -> np.ndarray:
        """[T]: the k-th frame of the cine is the order[k]-th as stored."""
        return np.arange(len(self.stored)) if self.places is None else np.concatenate(geometry.stacks(self.places))

    @cached_property
    def frames(self) -> list[Frame]:
        """The frames in the order of the cine."""
        return [self.stored[index] for index in self.order]

    @cached_property
    def rescales(self) -> list[tuple[float, float]]:
        """Slope and intercept of each frame as stored."""
        return [_rescale(frame) for frame in self.stored]

    @property
    def mixed(self) -> bool:
        """Whether frames differ in slope or intercept, so that only real-world values can be compared."""
        return len(set(self.rescales)) > 1

    def read(self) -> Iterator[tuple[int, np.ndarray]]:
        """Yields (k, the cine's frame k [H, W]) in the order of the files: stored values, float32 real-world ones if mixed."""
        rank = np.argsort(self.order)
        decoded = (frame for file, header in zip(self.files, self.headers, strict=True) for frame in grey_frames(file, header))
        for index, frame in enumerate(decoded):
            yield int(rank[index]), self._to_cine(index, frame)

    def _to_cine(self, index: int, frame: np.ndarray) -> np.ndarray:
        slope, intercept = self.rescales[index]
        return (frame * np.float32(slope) + np.float32(intercept)).astype(np.float32) if self.mixed else frame

    def limits(self, number: int) -> tuple[int, int]:
        """Lowest and highest value that the file of a stored frame can keep."""
        return stored_range(self.stored[number].header)

    @cached_property
    def valid_range(self) -> tuple[int, int]:
        """Lowest and highest value that any of the files can keep: some scanners set the bits stored file by file."""
        lows, highs = zip(*map(stored_range, self.headers), strict=True)
        return min(lows), max(highs)

    @cached_property
    def stored_type(self) -> np.dtype:
        """The type of the stored values; behind a palette, that of its entries."""
        low, high = self.limits(0)
        palette = text(self.headers[0], "PhotometricInterpretation") == "PALETTE COLOR"
        bits = (8 if high < 256 else 16) if palette else int(self.headers[0].BitsAllocated)
        return np.dtype(f"{'i' if low < 0 else 'u'}{bits // 8}")

    def to_stored(self, number: int, frame: np.ndarray) -> np.ndarray:
        """A frame of the cine as its file keeps it, within its bits; real-world values of a mixed stack are turned back."""
        slope, intercept = self.rescales[number]
        values = np.rint((frame.astype(np.float64) - intercept) / slope) if self.mixed else frame
        return np.clip(values, *self.limits(number)).astype(self.stored_type)

    @property
    def kind(self) -> np.dtype:
        """The type of the cine's frames."""
        return np.dtype(np.float32) if self.mixed else self.stored_type


def _rescale(frame: Frame) -> tuple[float, float]:
    transformation = frame.group("PixelValueTransformationSequence")
    slope, intercept = number(transformation, "RescaleSlope"), number(transformation, "RescaleIntercept")
    return (slope, intercept or 0.0) if slope else (1.0, 0.0)


def stored_range(header: Dataset) -> tuple[int, int]:
    """Lowest and highest value that BitsStored and PixelRepresentation allow; a palette's entries have bits of their own."""
    bits = int(header.BitsStored)
    if text(header, "PhotometricInterpretation") == "PALETTE COLOR":
        return 0, 2 ** int((numbers(header, PALETTE) or (0, 0, bits))[2]) - 1
    return (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if int(header.PixelRepresentation) else (0, 2**bits - 1)


def _check_alike(files: Sequence[Path], headers: Sequence[Dataset]) -> None:
    """Frames that differ in size or type cannot stand in one array."""
    wanted = None
    for file, header in zip(files, headers, strict=True):
        kind = [text(header, keyword) for keyword in ("Rows", "Columns", "BitsAllocated", "PixelRepresentation")]
        kind.append(text(header, "PhotometricInterpretation"))
        wanted = wanted or (file, kind)
        if kind != wanted[1]:
            raise UnreadableInput(
                f"{file.name} ({_described(kind)}) and {wanted[0].name} ({_described(wanted[1])}) are of one series; expected "
                "frames of one size and type. Move those that differ into another folder."
            )


def _described(kind: list[str]) -> str:
    rows, columns, bits, signed, photometric = kind
    return f"{rows}x{columns}, {bits} bits{' signed' if signed == '1' else ''}, {photometric}"
