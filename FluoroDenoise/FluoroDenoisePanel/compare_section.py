"""Compare: before and after by a key, side by side, by a wipe; what was removed; and back to the layout before."""

from __future__ import annotations

import qt
import slicer
from slicer.i18n import tr as _

from .flip import Flip
from .layouts import DESCRIPTIONS
from .plots_view import PlotsView
from .removed_view import RemovedView
from .section import Section
from .side_by_side import SideBySide
from .views import Look, arePresent, lookAtWhole, pixelsOf
from .wipe import Wipe

KEY = "D"
NOTHING = _("Denoise a cine first: so far there is no before and after.")


class CompareSection(Section):
    """Nothing of it changes a pixel."""

    def __init__(self, ui, context):
        super().__init__(ui, context)
        self._pairs: list = []
        self._links: list = []
        self._written: list = []
        self._flip = Flip()
        self._layouts = context.layouts
        self._way = None
        self._buttons = {
            ui.sideBySideButton: (SideBySide, _("Original and denoised beside each other, linked")),
            ui.wipeButton: (Wipe, _("Original and denoised in one view, parted by a line that you drag")),
            ui.removedButton: (RemovedView, _("What was taken away: noise alone, or structure too?")),
            ui.plotsButton: (PlotsView, _("Noise against signal, and the profile along your ruler")),
        }
        ui.flipButton.clicked.connect(self.onFlip)
        ui.layoutBackButton.clicked.connect(self.onBack)
        for button, (way, _tip) in self._buttons.items():
            button.clicked.connect(lambda checked=False, way=way: self.onWay(way))
        self._shortcut = qt.QShortcut(qt.QKeySequence(KEY), slicer.util.mainWindow() or ui.compareSection)
        self._shortcut.activated.connect(self.onFlip)
        slicer.app.layoutManager().connect("layoutChanged(int)", self.onLayoutChanged)
        self.refresh()

    def refresh(self) -> None:
        """Offers what the chosen node allows. Another node, or one restored, ends comparing; leaving the panel does not."""
        if self.context.parameterNode is None:
            return
        pairs, written = self._findPairs(), self._written
        self._written = [pixelsOf(pair[0]) for pair in pairs]
        if pairs != self._pairs:
            self._end()
            self._pairs = pairs
            self._linkLooks()
        elif self._way is not None:
            self._way.update(pairs[0][0], anew=self._written != written)
        self._showState()

    def leaveScene(self) -> None:
        """Ends the comparison where a node of it is leaving; other nodes may come and go, such as its own."""
        if not arePresent(node for pair in self._pairs for node in pair):
            self._letGo()

    def cleanup(self) -> None:
        """The key and the layout manager no longer reach this section."""
        self._letGo()
        self._shortcut.enabled = False
        self._shortcut.setParent(None)
        slicer.app.layoutManager().disconnect("layoutChanged(int)", self.onLayoutChanged)

    def _letGo(self) -> None:
        self._end()
        self._pairs = []
        self._showState()

    def onFlip(self, checked=False) -> None:
        """Original in place of denoised, or back."""
        if self._flip.showsOriginal or not self._pairs:
            self._flip.back()
        else:
            self._flip.toOriginal(self._pairs)
        self._showFlip()

    def onWay(self, way) -> None:
        """Compares in this way, or no longer where it is the present one."""
        if isinstance(self._way, way):
            self.onBack()
            return
        look = Look.at([node for pair in self._pairs for node in pair])
        self._leaveWay()
        self._flip.back()
        self._way = way()
        self._layouts.show(way.layout)
        self._way.enter(*self._pairs[0])
        # A view knows its size only once the new layout has been laid out.
        qt.QTimer.singleShot(0, lambda entered=self._way: self._aim(entered, look))
        self._showState()

    def onBack(self, checked=False) -> None:
        """Back to the layout before."""
        self._leaveWay()
        self._layouts.back()
        self._showState()

    def onLayoutChanged(self, layout) -> None:
        """The user has chosen another layout, or a scene has brought one."""
        if self._way is not None and layout != self._way.layout:
            self._leaveWay()
        self._showState()

    def _findPairs(self) -> list:
        from FluoroDenoiseLib.mrml.before_after import pairs

        node = self.context.node
        found = [] if node is None or node.GetScene() is None else pairs(node)
        return found if any(denoised is node for denoised, _ in found) else []  # other planes beside the chosen one only

    def _linkLooks(self) -> None:
        from FluoroDenoiseLib.mrml.before_after import Alike

        self._links = [Alike(*pair) for pair in self._pairs]

    def _end(self) -> None:
        if self._way is not None:
            self.onBack()
        self._flip.back()
        for link in self._links:
            link.release()
        self._links = []

    def _leaveWay(self) -> None:
        way, self._way = self._way, None
        if way is not None:
            way.leave()

    def _aim(self, way, look: Look | None) -> None:
        if way is not self._way:
            return
        for name in way.views:
            if look is None:
                lookAtWhole(name)
            else:
                look.take(name)

    def _showState(self) -> None:
        reason = "" if self._pairs else NOTHING
        for button, (way, tip) in self._buttons.items():
            missing = reason or way.missing(self._pairs[0][0])
            button.enabled = not missing
            button.checked = isinstance(self._way, way)
            button.toolTip = missing or tip
        self.ui.layoutBackButton.enabled = self._layouts.current in DESCRIPTIONS
        self.ui.layoutBackButton.toolTip = _("The layout that was shown before comparing")
        self.ui.compareLabel.text = self._way.hint if self._way else ""
        self.ui.compareLabel.visible = bool(self.ui.compareLabel.text)
        self._showFlip()

    def _showFlip(self) -> None:
        button, flipped = self.ui.flipButton, self._flip.showsOriginal
        button.enabled = bool(self._pairs)
        self._shortcut.enabled = button.enabled  # a plain key of the whole window: at other times it is others'
        button.checked = flipped
        button.text = (_("Show denoised ({key})") if flipped else _("Show original ({key})")).format(key=KEY)
        button.toolTip = _("Key {key}, also while playing").format(key=KEY) if self._pairs else NOTHING
