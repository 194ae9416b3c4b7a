"""The DICOM files behind a node: found by its instance UIDs in Slicer's DICOM database, or among those opened before."""

from __future__ import annotations

from pathlib import Path

import slicer

from .attributes import CINE
from .identity import instance_uids
from .node_frames import NodeFrames

_opened: dict[str, Path] = {}
"""By SOP Instance UID. Nodes keep no paths: scenes are passed on."""


def note_opened(uids: list[str], files: tuple[Path, ...]) -> None:
    """Notes where instances lie that were opened from files."""
    _opened.update(zip(uids, files, strict=False))


def source_files(frames: NodeFrames) -> tuple[Path, ...]:
    """The DICOM files that the frames came from, each once; () where they are unknown."""
    files = [_file_of(uid) for uid in instance_uids(frames)]
    return tuple(files) if all(files) else ()


def _file_of(uid: str) -> Path | None:
    database = getattr(slicer, "dicomDatabase", None)
    known = database.fileForInstance(uid) if database is not None else ""
    return Path(known) if known else _opened.get(uid)


def untold_files(frames: NodeFrames) -> tuple[Path, ...]:
    """Those files, where the node itself does not say what its values mean: Slicer's readers leave that in the headers."""
    return source_files(frames) if frames.node.GetAttribute(CINE) is None else ()
