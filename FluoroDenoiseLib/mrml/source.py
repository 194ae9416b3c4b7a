"""What the DICOM files behind a node say of its values, where Slicer's DICOM database leads to them.

Slicer's readers keep pixels and geometry; the meaning of the intensities, the bits stored, shutters and lossy compression stay
in the files.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import slicer

from ..errors import UnreadableInput
from .identity import instance_uids
from .node_frames import NodeFrames


def source_files(frames: NodeFrames) -> tuple[Path, ...]:
    """The DICOM files that the frames came from, each once; () where they are unknown."""
    database = getattr(slicer, "dicomDatabase", None)
    uids = instance_uids(frames) if database is not None else []
    files = [database.fileForInstance(uid) for uid in uids]
    return tuple(Path(file) for file in files) if all(files) else ()


def source_facts(files: tuple[Path, ...], frames: NodeFrames) -> dict[str, Any]:
    """Keyword arguments for `Cine` from the files' headers; {} where they are not there anymore or hold other frames."""
    from ..dicom.elements import quiet
    from ..dicom.stack import Stack

    try:
        with quiet():
            stack = Stack.open(files)
            fits = (len(stack.frames), int(stack.headers[0].Rows), int(stack.headers[0].Columns)) == frames.shape
            return _facts(stack, frames) if fits else {}
    except UnreadableInput:
        return {}


def _facts(stack: Any, frames: NodeFrames) -> dict[str, Any]:
    from ..dicom import geometry, meaning
    from ..dicom.timing import frame_time

    first = stack.frames[0]
    notes = list(meaning.findings(first))
    hidden = geometry.covered(first, frames.shape[1:])
    facts = {"intensity": meaning.intensity(first), "covered": hidden, "plane": meaning.plane(first.header)}
    traits = {trait for trait, _ in notes if trait} | ({"slices"} if stack.slices else set())
    traits |= {"shutter"} if hidden is not None else set()
    facts |= {"traits": frozenset(traits), "warnings": tuple(sentence for _, sentence in notes if sentence)}
    facts |= {} if stack.slices else {"frame_time": frame_time(stack.frames)}
    # Slicer's volumes hold real-world values: the bits stored bound them only where those are the same.
    as_stored = not stack.mixed and set(stack.rescales) == {(1.0, 0.0)}
    return facts | ({"valid_range": stack.limits(0)} if as_stored and frames.dtype.kind in "iu" else {})
