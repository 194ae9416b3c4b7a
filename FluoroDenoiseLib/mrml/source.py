"""The DICOM files behind a node, where Slicer's DICOM database leads to them."""

from __future__ import annotations

from pathlib import Path

import slicer

from .attributes import CINE
from .identity import instance_uids
from .node_frames import NodeFrames


def source_files(frames: NodeFrames) -> tuple[Path, ...]:
    """The DICOM files that the frames came from, each once; () where they are unknown."""
    database = getattr(slicer, "dicomDatabase", None)
    uids = instance_uids(frames) if database is not None else []
    files = [database.fileForInstance(uid) for uid in uids]
    return tuple(Path(file) for file in files) if all(files) else ()


def untold_files(frames: NodeFrames) -> tuple[Path, ...]:
    """Those files, where the node itself does not say what its values mean: Slicer's readers leave that in the headers."""
    return source_files(frames) if frames.node.GetAttribute(CINE) is None else ()
