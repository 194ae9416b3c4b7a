"""From a node of the scene to a Cine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import slicer

from ..cine import Cine
from .attributes import RECORD, read_json
from .identity import instance_uids
from .links import Node, is_sequence
from .meaning import recall
from .node_frames import NodeFrames

IN_SECONDS = {"s": 1.0, "ms": 1e-3}
ROUNDING = 1.1e-3
"""Seconds: index values are written with three decimals, so equal steps differ by up to a millisecond."""


def cine_from_node(node: Node) -> Cine:
    """The frames of a volume, a sequence, or the sequence behind a proxy, with all that is known of them.

    Frames of a volume are a view on the node's memory; frames of a sequence are one copy.

    Raises:
        UnsuitableCine: the node holds no grey-scale frames of one size.
    """
    frames = NodeFrames(node)
    return Cine(
        frames.stack(),
        frame_time=_frame_time(frames.node) if is_sequence(frames.node) else None,
        name=frames.name,
        sources=tuple(_source_files(frames)),
        record=read_json(frames.node, RECORD),
        **recall(frames),
    )


def _frame_time(sequence: Node) -> float | np.ndarray | None:
    """Seconds between items, or their increments where they differ; None where the index is no time."""
    seconds = IN_SECONDS.get(sequence.GetIndexUnit() or "")
    count = sequence.GetNumberOfDataNodes()
    if seconds is None or count < 2 or sequence.GetIndexType() != sequence.NumericIndex:
        return None
    steps = np.diff([float(sequence.GetNthIndexValue(i)) * seconds for i in range(count)])
    if np.any(steps <= 0):
        return None
    return float(steps.mean()) if np.ptp(steps) <= ROUNDING else np.concatenate([[0.0], steps])


def _source_files(frames: NodeFrames) -> Iterator[Path]:
    """The DICOM files that the frames came from, where Slicer's DICOM database knows them."""
    database = getattr(slicer, "dicomDatabase", None)
    for uid in instance_uids(frames) if database else ():
        file = database.fileForInstance(uid)
        if file:
            yield Path(file)
