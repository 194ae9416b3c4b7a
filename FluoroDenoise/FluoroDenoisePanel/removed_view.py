"""After, and beside it what was removed."""

from __future__ import annotations

from slicer.i18n import tr as _

from . import layouts, views
from .way import Way


class RemovedView(Way):
    """Two linked views; the difference is signed, has its own scale, and follows the playing frame."""

    layout = layouts.REMOVED
    views = (layouts.AFTER, layouts.TAKEN)
    hint = _("Original minus denoised, in stored values. Noise alone looks like snow; a line or an edge in it was removed.")

    def __init__(self):
        self._removed = None

    def enter(self, after, before) -> None:
        """Shows the denoised node on the left, what was removed on the right."""
        from FluoroDenoiseLib.mrml.removed_volume import RemovedVolume

        self._removed = RemovedVolume(after, before)
        views.show(layouts.AFTER, after)
        views.show(layouts.TAKEN, self._removed.node)
        self._removed.add_colour_bar()
        views.link(*self.views)

    def update(self, after, anew: bool) -> None:
        """Takes the difference again: a volume's pixels change without an event."""
        if anew and self._removed is not None:
            self._removed.update()

    def leave(self) -> None:
        """Removes the difference from the scene."""
        if self._removed is not None:
            self._removed.release()
            self._removed = None
