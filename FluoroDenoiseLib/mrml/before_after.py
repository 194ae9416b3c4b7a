"""Before and after in the scene: which nodes show the one and the other, looking alike."""

from __future__ import annotations

from vtk import vtkCommand

from .attributes import ORIGINAL
from .denoise_node import planes_of
from .display import displays_of, look_alike, show_alike
from .history import is_denoised, original_node
from .links import Node, holder_of


def is_original(node: Node) -> bool:
    """True for the kept original of a denoised node, and for its proxy."""
    return bool(holder_of(node).GetAttribute(ORIGINAL))


def pairs(node: Node) -> list[tuple[Node, Node]]:
    """A denoised node and its original, as they are shown; with what plays in step (biplane), where that was denoised too."""
    found = ((plane, original_node(plane)) for plane in planes_of(node) if is_denoised(plane))
    return [(plane, original) for plane, original in found if original is not None]


class Alike:
    """Keeps window, level and colours of two volumes alike, whichever of them the user changes, until `release`.

    Args:
        one: the denoised one; its transform is the other's, too.
        other: its original.
    """

    def __init__(self, one: Node, other: Node) -> None:
        self._following = False
        self._observed = [
            (display, display.AddObserver(vtkCommand.ModifiedEvent, self._follower(target, source)))
            for source, target in ((one, other), (other, one))
            for display in displays_of(source)
        ]
        self._observed.append((one, one.AddObserver(one.TransformModifiedEvent, lambda *_: show_alike(other, one))))
        show_alike(other, one)

    def _follower(self, target: Node, source: Node):
        def follow(*_: object) -> None:
            if not self._following:
                self._following = True
                look_alike(target, source)
                self._following = False

        return follow

    def release(self) -> None:
        """Lets the two go their own ways."""
        for observed, tag in self._observed:
            observed.RemoveObserver(tag)
        self._observed.clear()
