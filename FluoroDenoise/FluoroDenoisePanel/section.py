"""What every part of the panel has in common: its widgets, the context, and four moments in its life."""

from __future__ import annotations


class Section:
    """One collapsible part of the panel; a subclass connects its widgets in `__init__`.

    Attributes:
        ui: the widgets of FluoroDenoise.ui, by name.
        context: the `PanelContext`, which the sections share.
    """

    def __init__(self, ui, context):
        self.ui = ui
        self.context = context

    def refresh(self) -> None:
        """Brings the widgets in line with the chosen node: after a choice, a run, a restore, a change of the scene."""

    def leaveScene(self) -> None:
        """Lets go of every node: the scene is about to close, or the chosen node has vanished."""

    def cleanup(self) -> None:
        """Removes observers and stops timers: the module is reloaded, or the application closes."""
        self.leaveScene()
