"""What DICOM files say of frames that were read by another program: Slicer's readers keep pixels and geometry only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..cine import Cine
from ..errors import UnreadableInput
from . import geometry, meaning
from .elements import quiet
from .stack import Stack
from .timing import frame_time


def with_facts(cine: Cine, files: Sequence[Path], frames: int | None = None) -> Cine:
    """The cine with what the headers of its files say of it: meaning of the values, bits stored, shutters, lossy compression.

    A frame time that the cine has already stays. Files that are not there any more, or hold other frames, are not believed.

    Args:
        frames: how many the files hold, where the cine has the first ones only.
    """
    if not files:
        return cine
    try:
        with quiet():
            stack = Stack.open(files)
            held = (len(stack.frames), int(stack.headers[0].Rows), int(stack.headers[0].Columns))
            fits = held == (frames or len(cine), *cine.shape[1:])
            return replace(cine, **_facts(stack, cine)) if fits else cine
    except UnreadableInput:
        return cine


def _facts(stack: Stack, cine: Cine) -> dict[str, Any]:
    first = stack.frames[0]
    notes = list(meaning.findings(first))
    hidden = geometry.covered(first, cine.shape[1:])
    facts = {"intensity": meaning.intensity(first), "covered": hidden, "plane": meaning.plane(first.header)}
    traits = {trait for trait, _ in notes if trait} | ({"slices"} if stack.slices else set())
    traits |= {"shutter"} if hidden is not None else set()
    facts |= {"traits": frozenset(traits), "warnings": tuple(sentence for _, sentence in notes if sentence)}
    facts |= {} if stack.slices or cine.frame_time is not None else {"frame_time": frame_time(stack.frames[: len(cine)])}
    # Slicer's volumes hold real-world values: the bits stored bound them only where those are the same.
    as_stored = not stack.mixed and set(stack.rescales) == {(1.0, 0.0)}
    return facts | ({"valid_range": stack.valid_range} if as_stored and cine.frames.dtype.kind in "iu" else {})
