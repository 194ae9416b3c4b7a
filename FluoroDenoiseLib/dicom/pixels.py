"""Grey-scale frames of one DICOM file, decoded one at a time so that a long cine is never held twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from pydicom import Dataset, dcmread
from pydicom.pixels import apply_color_lut, get_decoder, iter_pixels, pixel_array
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian

from ..errors import UnreadableInput
from .elements import first_line, frame_count, text
from .extended_jpeg import extended_frames, is_extended
from .lossy import is_lossy

# Grey stored as colour may differ by so much between its samples after lossy compression.
LOSSY_TOLERANCE = 2
# What decoders' own words come to.
JARGON = {"NoneType": "GDCM makes no sense of them", "reshape": "there are fewer than the header claims"}


def grey_frames(path: Path, header: Dataset) -> Iterator[np.ndarray]:
    """Yields the frames [H, W] of a file in its order, as stored; grey kept as RGB or palette becomes one sample.

    Raises:
        UnreadableInput: the syntax is not supported; pixels are absent, truncated or corrupt; the frames are in colour, or of
            another size or number than the header says.
    """
    expected = frame_count(header)
    shape = (int(header.Rows), int(header.Columns))
    done = 0
    for frame in _decoded(path, header):
        if done == expected:
            break  # surplus frames are padding or a damaged count: the header decides
        frame = _grey(path, header, frame)
        if frame.shape != shape:
            raise UnreadableInput(
                f"Frame {done + 1} of {path.name} is {frame.shape[0]}x{frame.shape[1]}, where the header says "
                f"{shape[0]}x{shape[1]}; expected frames of one size. Export it again."
            )
        done += 1
        yield frame
    if done != expected:
        raise UnreadableInput(f"{path.name} holds {done} of the {expected} frames it claims. It was cut short: copy it again.")


def _decoded(path: Path, header: Dataset) -> Iterator[np.ndarray]:
    syntax = UID(header.file_meta.TransferSyntaxUID)
    _check_syntax(path, syntax)
    try:
        source, options = decodable(path, syntax)
        if is_extended(header):
            yield from extended_frames(path, header)
        elif (
            frame_count(header) == 1
        ):  # iter_pixels cannot mend JPEG 2000 whose sign differs from the header's, pixel_array can
            yield pixel_array(source, index=0, **options)
        else:
            # With indices frames come in the header's type; without, as the codec left them.
            yield from iter_pixels(source, indices=range(frame_count(header)), **options)
    except MemoryError:
        raise UnreadableInput(f"{path.name} needs more memory than there is to decode. Close other programs.") from None
    except Exception as error:  # each decoder raises its own kinds
        raise UnreadableInput(_why(path, syntax, error)) from error


def decodable(path: Path, syntax: UID) -> tuple[Path | Dataset, dict[str, UID]]:
    """What pydicom decodes a file's pixels from, and the options that it needs; the header of old files names no syntax."""
    if syntax == DeflatedExplicitVRLittleEndian:  # cannot be read from the middle, so it alone is held whole
        return dcmread(path), {}
    return path, {"transfer_syntax_uid": syntax}


def _check_syntax(path: Path, syntax: UID) -> None:
    try:
        decoder = get_decoder(syntax)
    except NotImplementedError as error:
        raise UnreadableInput(
            f"{path.name} is stored as {syntax.name}, which is not supported; expected uncompressed, RLE or the JPEG family. "
            "Convert it with another program first."
        ) from error
    if not decoder.is_available:
        raise UnreadableInput(f"{path.name} is stored as {syntax.name}, which needs the package python-gdcm. Install it.")


def _why(path: Path, syntax: UID, error: Exception) -> str:
    if "no 'Pixel Data'" in str(error) or "doesn't contain" in str(error):
        return f"{path.name} holds no pixels. Give the image itself; it may not have been sent with its header."
    by_gdcm = (line.partition(":")[2].strip() for line in str(error).splitlines()[1:] if "gdcm" in line)
    reason = next(by_gdcm, first_line(error))
    reason = next((meaning for word, meaning in JARGON.items() if word in reason), reason)
    return (
        f"The pixels of {path.name} ({syntax.name}) cannot be decoded: {reason}. Copy the file again if it was cut short, or "
        "convert it with another program."
    )


def _grey(path: Path, header: Dataset, frame: np.ndarray) -> np.ndarray:
    if text(header, "PhotometricInterpretation") == "PALETTE COLOR":
        frame = _through_palette(path, header, frame)
    if frame.ndim == 2:
        return frame
    tolerance = LOSSY_TOLERANCE if is_lossy(header) else 0
    low, high = frame.min(axis=-1), frame.max(axis=-1)
    if frame.shape[-1] != 3 or np.any(high - low > tolerance):
        raise UnreadableInput(
            f"{path.name} is in colour; expected grey-scale frames. Denoise the X-ray, CT or MR images themselves."
        )
    return np.ascontiguousarray(frame[..., 1])


def _through_palette(path: Path, header: Dataset, frame: np.ndarray) -> np.ndarray:
    try:
        return apply_color_lut(frame, header)
    except Exception as error:  # a palette is read element by element, with as many ways to fail
        raise UnreadableInput(f"{path.name} has a damaged colour palette ({first_line(error)}). Export it again.") from error
