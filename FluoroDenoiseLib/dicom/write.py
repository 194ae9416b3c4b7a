"""Writes a denoised cine as derived DICOM: the source's header, new pixels, and how they were made."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import numpy as np
from pydicom import config, dcmwrite

from ..cine import Cine
from ..errors import OutputNotWritable, SourceMismatch, UnreadableInput
from ..files import whole_file, whole_folder
from .derivation import Derivation, derived_header
from .elements import first_line, frame_count, quiet
from .encoding import describe_pixels, to_little_endian
from .images import is_image_file, write_image
from .lossy import carry_lossy_flags
from .overlays import lift
from .protect import refuse_source
from .stack import Stack

LONGEST = 2**32 - 2  # bytes that a length of 32 bits can count, even


def write_result(result: Cine, path: str | Path, original: Cine | None = None, overwrite: bool = False) -> list[Path]:
    """Writes a cine in the kind it was read from: derived DICOM, or an image file; arguments and errors as `write_derived`.

    Raises:
        SourceMismatch: the cine was not read from a file.
    """
    if result.sources and is_image_file(result.sources[0]):
        return write_image(result, path, original, overwrite)
    return write_derived(result, path, original, overwrite)


def write_derived(result: Cine, path: str | Path, original: Cine | None = None, overwrite: bool = False) -> list[Path]:
    """Writes derived DICOM, uncompressed (Explicit VR Little Endian), and returns the files written.

    Args:
        result: a cine that was read from DICOM, denoised; its record goes into the derivation.
        path: the new file; for a series of single-frame files, a new or empty folder.
        original: if given, the sources on disk must still decode to these frames.
        overwrite: whether an existing file may be replaced; a source never is, nor a folder with files in it.

    Raises:
        SourceMismatch: no source, or it holds other frames.
        OutputNotWritable: the target exists, is a source, is too long for DICOM, or the disk refused it; nothing is left.
        UnreadableInput: a source's header is damaged and cannot be written again; nothing is left.
    """
    path = Path(path)
    refuse_source(path, result.sources)
    with quiet(), _lenient():
        stack = _source(result)
        _check(stack, result, original)
        derivation = Derivation.new(result.record)
        if len(stack.files) == 1:
            with whole_file(path, overwrite) as partial:
                _write(partial, stack, 0, result, derivation)
            return [path]
        return _write_series(path, stack, result, derivation)


def _write_series(path: Path, stack: Stack, result: Cine, derivation: Derivation) -> list[Path]:
    names = [f"{index + 1:04d}.dcm" for index in range(len(stack.files))]
    with whole_folder(path) as partial:
        for index, name in enumerate(names):
            _write(partial / name, stack, index, result, derivation)
    return [path / name for name in names]


@contextmanager
def _lenient() -> Iterator[None]:
    """Values that break a rule of DICOM are handed on as the source has them: mending them is not ours."""
    before = config.settings.writing_validation_mode
    config.settings.writing_validation_mode = config.IGNORE
    try:
        yield
    finally:
        config.settings.writing_validation_mode = before


def _source(result: Cine) -> Stack:
    if not result.sources:
        raise SourceMismatch(f"The cine {result.name} was not read from DICOM files, so there is nothing to derive it from.")
    try:
        return Stack.open(result.sources)
    except UnreadableInput as error:
        raise SourceMismatch(f"The source can no longer be read: {error}") from error


def _check(stack: Stack, result: Cine, original: Cine | None) -> None:
    """The pixels that are replaced must be those that were denoised."""
    known = result if original is None else original
    shape = (len(stack.stored), int(stack.headers[0].Rows), int(stack.headers[0].Columns))
    if {known.shape, result.shape} != {shape} or {known.frames.dtype, result.frames.dtype} != {stack.kind}:
        raise SourceMismatch(_changed(stack))
    if original is None:
        return
    try:
        same = all(np.array_equal(frame, original.frames[place]) for place, frame in stack.read())
    except UnreadableInput as error:
        raise SourceMismatch(f"The source can no longer be read: {error}") from error
    if not same:
        raise SourceMismatch(_changed(stack))


def _changed(stack: Stack) -> str:
    return f"{stack.files[0].name} does not hold the frames that were denoised. Read it and denoise it again."


def _write(target: Path, stack: Stack, index: int, result: Cine, derivation: Derivation) -> None:
    header = stack.headers[index]
    samples = 3 if int(header.SamplesPerPixel) > 1 else 1
    bits = 8 * stack.stored_type.itemsize
    length = frame_count(header) * result.frames[0].size * samples * bits // 8
    if length > LONGEST:
        raise OutputNotWritable(
            f"{length / 2**30:.1f} GB of pixels do not fit into one DICOM file (4 GB). Cut the cine shorter."
        )
    described = _described(stack, index, derivation, bits)
    with target.open("wb") as stream:
        stream.write(described)
        _append_pixels(stream, _stored_frames(stack, index, result), samples, length, bits)


def _described(stack: Stack, index: int, derivation: Derivation, bits: int) -> bytes:
    """The file up to its pixels."""
    header, file, content = stack.headers[index], stack.files[index], BytesIO()
    try:
        limits = stack.limits(index)
        to_little_endian(header)  # before anything is added in that order
        lift(header, file)
        carry_lossy_flags(header, file)
        derived_header(header, derivation)
        describe_pixels(header, limits, bits)
        dcmwrite(content, header, enforce_file_format=True)
    except Exception as error:  # a damaged element makes pydicom fail wherever it is touched, in as many ways
        raise UnreadableInput(
            f"The header of {file.name} is damaged and cannot be written again: {first_line(error)}."
        ) from error
    return content.getvalue()


def _stored_frames(stack: Stack, index: int, result: Cine) -> Iterator[np.ndarray]:
    """The frames of one file, in its order and type."""
    rank = np.argsort(stack.order)
    start = sum(frame_count(header) for header in stack.headers[:index])
    for number in range(start, start + frame_count(stack.headers[index])):
        yield stack.to_stored(number, result.frames[rank[number]])


def _append_pixels(stream: BinaryIO, frames: Iterator[np.ndarray], samples: int, length: int, bits: int) -> None:
    """Frame after frame, so that the cine is not copied whole; the element is that of PS3.5 7.1.2."""
    stream.write(struct.pack("<HH2sHI", 0x7FE0, 0x0010, b"OB" if bits == 8 else b"OW", 0, length + length % 2))
    for frame in frames:
        pixels = frame if samples == 1 else np.repeat(frame[..., None], samples, axis=-1)
        stream.write(pixels.astype(pixels.dtype.newbyteorder("<"), copy=False).tobytes())
    stream.write(bytes(length % 2))
