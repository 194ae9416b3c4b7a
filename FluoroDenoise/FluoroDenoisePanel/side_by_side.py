"""Before and after beside each other: the same frame, window, zoom and place."""

from __future__ import annotations

from . import layouts, views
from .way import Way


class SideBySide(Way):
    """Two linked views."""

    layout = layouts.SIDE_BY_SIDE
    views = (layouts.BEFORE, layouts.AFTER)

    def enter(self, after, before) -> None:
        """Shows the original on the left, the denoised node on the right."""
        views.show(layouts.BEFORE, before)
        views.show(layouts.AFTER, after)
        views.link(*self.views)
