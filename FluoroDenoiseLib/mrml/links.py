"""Which nodes of a scene belong together: a sequence, its browsers, and the proxies that show its current item."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Node = Any
"""A vtkMRMLNode: VTK's wrapped classes carry no types."""


def nodes_of_class(scene: Any, class_name: str) -> list[Node]:
    """All nodes of a class in a scene, in the scene's order."""
    return [scene.GetNthNodeByClass(i, class_name) for i in range(scene.GetNumberOfNodesByClass(class_name))]


def browsers_of(sequence: Node) -> list[Node]:
    """The sequence browsers that play a sequence."""
    browsers = nodes_of_class(sequence.GetScene(), "vtkMRMLSequenceBrowserNode") if sequence.GetScene() else []
    return [browser for browser in browsers if browser.IsSynchronizedSequenceNode(sequence, True)]


def proxies_of(sequence: Node) -> list[Node]:
    """The nodes that show the current item of a sequence: one for each browser that has one."""
    proxies = [browser.GetProxyNode(sequence) for browser in browsers_of(sequence)]
    return [proxy for proxy in proxies if proxy is not None]


def sequence_of(proxy: Node) -> Node | None:
    """The sequence whose current item a node shows, or None for a node that stands for itself."""
    scene = proxy.GetScene()
    browsers = nodes_of_class(scene, "vtkMRMLSequenceBrowserNode") if scene else []
    return next((sequence for browser in browsers if (sequence := browser.GetSequenceNode(proxy))), None)


def holder_of(node: Node) -> Node:
    """The node that really holds the frames: a proxy's sequence, else the node itself."""
    return (None if is_sequence(node) else sequence_of(node)) or node


def shown_by(node: Node, other: Node) -> Node:
    """What stands for `node` where `other` stands for its own sequence: the proxy in the same browser, or the node itself."""
    if not is_sequence(node) or is_sequence(other):
        return node
    shared = (browser for browser in browsers_of(node) if browser.GetSequenceNode(other))
    return next((proxy for browser in shared if (proxy := browser.GetProxyNode(node))), node)


def synchronised_with(sequence: Node) -> Iterator[Node]:
    """The sequences that play in step with a sequence, itself first (biplane: the two planes)."""
    yield sequence
    seen = {sequence.GetID()}
    for browser in browsers_of(sequence):
        for other in nodes_of_class(sequence.GetScene(), "vtkMRMLSequenceNode"):
            if other.GetID() not in seen and browser.IsSynchronizedSequenceNode(other, True):
                seen.add(other.GetID())
                yield other


def is_sequence(node: Node) -> bool:
    """True for a sequence node."""
    return bool(node.IsA("vtkMRMLSequenceNode"))


def is_present(node: Node) -> bool:
    """False once a node was removed or its scene was closed."""
    scene = node.GetScene()
    return scene is not None and not scene.IsClosing() and bool(scene.IsNodePresent(node))
