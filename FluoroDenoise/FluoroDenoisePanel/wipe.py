"""Before and after in one view, parted by a line that the mouse drags."""

from __future__ import annotations

from slicer.i18n import tr as _

from . import layouts, views
from .way import Way
from .wipe_line import WipeLine


class Wipe(Way):
    """One view."""

    layout = layouts.WIPE
    views = (layouts.WIPED,)
    hint = _("Drag the yellow line.")

    def __init__(self):
        self._line = None

    def enter(self, after, before) -> None:
        """Shows the original left of the line, the denoised node right of it."""
        widget = views.sliceWidget(layouts.WIPED)
        views.show(layouts.WIPED, after, before)
        self._line = WipeLine(widget.sliceView(), widget.sliceLogic(), (_("original"), _("denoised")))

    def leave(self) -> None:
        """Takes the line away, and the original, which would cover the view without it."""
        if self._line is not None:
            self._line.release()
            self._line = None
            views.sliceWidget(layouts.WIPED).mrmlSliceCompositeNode().SetForegroundVolumeID(None)
