"""Facts that MRML has no place for, kept as text attributes of a node: they are saved with the scene and read back."""

from __future__ import annotations

import json
from typing import Any

from .links import Node

PREFIX = "FluoroDenoise."
CINE = PREFIX + "cine"
"""What the frames mean: `meaning.to_json`."""
RECORD = PREFIX + "record"
"""How the frames were made: `Cine.record` as JSON. Only an altered node has it."""
DONE = PREFIX + "done"
"""The same in one sentence, on every altered volume."""
PIXELS = PREFIX + "pixels"
"""Hash of the frames that FluoroDenoise wrote: other pixels are somebody's edit."""
ORIGINAL = PREFIX + "original"
"""Role of the reference from an altered node to the hidden node that holds its original frames; on that node, their hash."""


def read_json(node: Node, name: str) -> dict[str, Any]:
    """A JSON attribute, or {} where it is absent or was damaged by hand."""
    try:
        found = json.loads(node.GetAttribute(name) or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def write_json(node: Node, name: str, value: dict[str, Any]) -> None:
    """Keeps a JSON-ready dict as an attribute."""
    node.SetAttribute(name, json.dumps(value))


def move(node: Node, source: str, target: str) -> None:
    """Renames an attribute, if the node has it."""
    value = node.GetAttribute(source)
    if value is not None:
        node.SetAttribute(target, value)
        node.RemoveAttribute(source)


def remove(node: Node, *names: str) -> None:
    """Removes attributes, where they are."""
    for name in names:
        if node.GetAttribute(name) is not None:
            node.RemoveAttribute(name)
