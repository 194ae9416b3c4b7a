"""From a node of the scene to a Cine."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..cine import Cine
from ..steps import Steps, finish
from .attributes import RECORD, read_json
from .links import Node, is_sequence
from .meaning import recall
from .node_frames import NodeFrames
from .source import source_files, untold_files

IN_SECONDS = {"s": 1.0, "ms": 1e-3}
ROUNDING = 1.1e-3
"""Seconds: index values are written with three decimals, so equal steps differ by up to a millisecond."""


def cine_from_node(node: Node) -> Cine:
    """The frames of a volume, a sequence, or the sequence behind a proxy, with all that is known of them.

    Frames of a volume are a view on the node's memory; frames of a sequence are one copy.

    Raises:
        UnsuitableCine: the node holds no grey-scale frames of one size.
    """
    from ..dicom.facts import with_facts

    return with_facts(finish(cine_steps(node)), untold_files(NodeFrames(node)))


def cine_steps(node: Node, most: int | None = None) -> Steps[Cine]:
    """`cine_from_node`, a frame at a step, without looking into the files behind the node (see `source.untold_files`).

    Args:
        most: so many frames at most, from the first on.
    """
    frames = NodeFrames(node)
    facts = {"sources": source_files(frames), **facts_of(frames)}
    if isinstance(times := facts.get("frame_time"), np.ndarray):
        facts["frame_time"] = times[:most]
    return Cine((yield from frames.stack_steps(most)), **facts)


def facts_of(frames: NodeFrames) -> dict[str, Any]:
    """What a node itself says of its frames, as keyword arguments for `Cine`; no file is opened."""
    said = {"name": frames.name, "record": read_json(frames.node, RECORD), **recall(frames)}
    return said | _own_time(frames.node)


def _own_time(node: Node) -> dict[str, Any]:
    """The index of a sequence goes before what its file says: the user may have set it."""
    time = _frame_time(node) if is_sequence(node) else None
    return {} if time is None else {"frame_time": time}


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
