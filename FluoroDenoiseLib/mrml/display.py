"""Window and level: an automatic window would jump when the noise is gone, and before and after could not be compared."""

from __future__ import annotations

from collections.abc import Callable

from .links import Node
from .node_frames import NodeFrames


def freeze(frames: NodeFrames) -> Callable[[], None]:
    """Turns the automatic window and thresholds off, at their present values, wherever frames are shown; returns the undo."""
    nodes = (*frames.volumes, *frames.proxies)
    undo = [_freeze(display) for node in nodes for display in displays_of(node)]
    return lambda: [thaw() for thaw in undo] and None


def displays_of(node: Node) -> list[Node]:
    """The display nodes of a volume that have a window."""
    found = (node.GetNthDisplayNode(i) for i in range(node.GetNumberOfDisplayNodes()))
    return [display for display in found if display is not None and display.IsA("vtkMRMLScalarVolumeDisplayNode")]


def _freeze(display: Node) -> Callable[[], None]:
    window, level = display.GetWindow(), display.GetLevel()
    automatic = display.GetAutoWindowLevel(), display.GetAutoThreshold()
    display.SetAutoWindowLevel(False)
    display.SetAutoThreshold(False)
    display.SetWindowLevel(window, level)

    def thaw() -> None:
        display.SetAutoWindowLevel(automatic[0])
        display.SetAutoThreshold(automatic[1])

    return thaw


def show_alike(node: Node, other: Node) -> None:
    """Shows a volume with the window, level and colours of another, and below the same transform."""
    node.SetAndObserveTransformNodeID(other.GetTransformNodeID())
    look_alike(node, other)


def look_alike(node: Node, other: Node) -> None:
    """Gives a volume the window, level and colours of another."""
    for display, model in zip(displays_of(node), displays_of(other), strict=False):
        if model.GetColorNodeID():
            display.SetAndObserveColorNodeID(model.GetColorNodeID())
        display.SetInterpolate(model.GetInterpolate())
        display.SetAutoWindowLevel(False)
        display.SetWindowLevel(model.GetWindow(), model.GetLevel())
        display.SetInvertDisplayScalarRange(model.GetInvertDisplayScalarRange())
