"""From a stack of files to a Cine."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..cine import Cine
from ..errors import UnreadableInput
from . import geometry, meaning
from .elements import Frame, number, text
from .stack import Stack
from .timing import frame_time


def assemble(stack: Stack) -> Cine:
    """Decodes every frame into one array, in the stored type, and gathers what the headers say of it.

    Raises:
        UnreadableInput: pixels are damaged, in colour, of several sizes, or larger than memory.
    """
    first = stack.frames[0]
    frames = _decode(stack)
    hidden = geometry.covered(first, frames.shape[1:])
    time = frame_time(stack.frames) if not stack.slices else None
    notes = [*meaning.findings(first), *_shutter(hidden), *_slices(stack), *_gaps(stack), *_clock(stack, time)]
    return Cine(
        frames,
        frame_time=time,
        intensity=meaning.intensity(first),
        valid_range=None if stack.mixed else stack.valid_range,
        modality=text(first.header, "Modality"),
        inverted=text(first.header, "PhotometricInterpretation") == "MONOCHROME1",
        rescale=(1.0, 0.0) if stack.mixed else stack.rescales[0],
        pixel_spacing=geometry.pixel_spacing(first),
        window=_window(first),
        covered=hidden,
        slice_spacing=None if stack.places is None else geometry.slice_spacing(stack.places[stack.order])[0],
        placement=None if stack.places is None else geometry.placement(first),
        traits=frozenset(trait for trait, _ in notes if trait),
        warnings=tuple(sentence for _, sentence in notes if sentence),
        name=_name(stack),
        sources=stack.files,
        plane=meaning.plane(first.header),
    )


def _decode(stack: Stack) -> np.ndarray:
    frames = None
    for place, frame in stack.read():
        if frames is None:
            frames = _allocate(stack, frame)
        frames[place] = frame
    return frames


def _allocate(stack: Stack, frame: np.ndarray) -> np.ndarray:
    shape = (len(stack.stored), *frame.shape)
    try:
        return np.empty(shape, frame.dtype.newbyteorder("="))
    except MemoryError:
        size = np.prod(shape, dtype=float) * frame.dtype.itemsize / 2**30
        raise UnreadableInput(
            f"{stack.files[0].name} needs {size:.1f} GB of memory for its {shape[0]} frames. "
            "Close other programs, or cut it shorter."
        ) from None


def _window(frame: Frame) -> tuple[float, float] | None:
    table = frame.group("FrameVOILUTSequence")
    center, width = number(table, "WindowCenter"), number(table, "WindowWidth")
    return (center, width) if center is not None and width and width > 0 else None


def _name(stack: Stack) -> str:
    """Modality, series and instance: enough to tell cines of one study apart, nothing about the patient."""
    header = stack.headers[0]
    numbers = [number(header, "SeriesNumber"), number(header, "InstanceNumber") if len(stack.headers) == 1 else None]
    return "-".join([text(header, "Modality") or "cine", *(f"{each:.0f}" for each in numbers if each is not None)])


def _shutter(hidden: np.ndarray | None) -> Iterator[tuple[str, str]]:
    if hidden is not None:
        yield "shutter", f"A shutter hides {100 * hidden.mean():.0f}% of each frame; what it hides is left as it is."


def _slices(stack: Stack) -> Iterator[tuple[str, str]]:
    if stack.mixed:
        yield "", "The frames have different rescale slopes: they were converted to real-world values (float32)."
    if stack.slices:
        yield (
            "slices",
            "" if stack.places is not None else "The file does not say where its slices lie; they are taken in its order.",
        )
    if stack.places is None:
        return
    places = stack.places[stack.order]
    spacing, even = geometry.slice_spacing(places)
    if np.any(np.diff(places) <= 0):
        yield (
            "",
            "The file holds several stacks of slices one after the other: across their seams, neighbours do not touch.",
        )
    elif not even:
        yield "", f"The slices are not evenly spaced (mostly {spacing:.3g} mm): some may be missing."


def _gaps(stack: Stack) -> Iterator[tuple[str, str]]:
    """Frames of their own files that are not there: lost on the way, or passed over since they could not be read."""
    numbers = [number(header, "InstanceNumber") for header in stack.headers]
    if stack.slices or len(numbers) < 3 or None in numbers:
        return
    steps = np.diff(np.sort(np.array(numbers)))
    usual = np.median(steps)  # of one plane of a biplane series, every second number
    missing = int(np.sum(steps[steps > usual] // usual - 1)) if usual > 0 else 0
    if missing:
        yield "", f"Missing in the series, by its numbers: {missing} of {missing + len(numbers)} frames. The cine jumps there."


def _clock(stack: Stack, time: float | np.ndarray | None) -> Iterator[tuple[str, str]]:
    if time is None and not stack.slices and len(stack.stored) > 1:
        yield "", "The file does not say how fast the frames follow each other."
