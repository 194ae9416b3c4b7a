"""Check: noise, edges, ghosts and removed structure in figures; profile and region of the user's own."""

from __future__ import annotations

import qt
import slicer
from slicer.i18n import tr as _

from .check_run import checking
from .check_table import rowsOf, warningOf
from .compare_section import NOTHING
from .context import COLOURS
from .figures_widget import fill, prepare
from .live_figures import LiveFigures
from .section import Section
from .views import arePresent, pixelsOf


class CheckSection(Section):
    """Measuring runs in the worker; nothing of it changes a pixel."""

    def __init__(self, ui, context):
        super().__init__(ui, context)
        self._pair = None
        self._digest = None
        self._check = None
        self._map = None
        self._isMeasuring = False
        self._figures = LiveFigures(self._tellRegion, context.refresh)
        ui.checkButton.clicked.connect(self.onMeasure)
        ui.structureCheckBox.toggled.connect(self.onMark)
        for selector in (ui.rulerSelector, ui.measuredRegionSelector):
            selector.connect("currentNodeChanged(vtkMRMLNode*)", self.onMarkupsChosen)
            selector.connect("nodeAddedByUser(vtkMRMLNode*)", self.onMarkupsAdded)
        slicer.app.layoutManager().connect("layoutChanged(int)", self.onLayoutChanged)
        prepare(ui.checkTable)
        self._tellRegion("")
        self.refresh()

    def refresh(self) -> None:
        """Offers what the chosen node allows; figures of another node, or of an earlier denoising, are taken away."""
        if self.context.parameterNode is not None:
            pair, digest = self._findPair()
            if (pair, digest) != (self._pair, self._digest):
                self._forget()
                self._pair, self._digest = pair, digest
            self._follow()
        self._showState()

    def leaveScene(self) -> None:
        """Takes the figures away where the cine or its original is leaving; the results stay in the scene."""
        if not arePresent(self._pair or ()):
            self._forget()
            self._showState()

    def cleanup(self) -> None:
        """The layout manager no longer reaches this section."""
        self._forget()
        slicer.app.layoutManager().disconnect("layoutChanged(int)", self.onLayoutChanged)

    def onMeasure(self, checked=False) -> None:
        """Measures the denoised cine against its original; a second click stops it."""
        if self._isMeasuring:
            self.context.foreground.cancel()
        elif self.context.packagesAreThere():
            self._measure()

    def onMeasured(self, check, error) -> None:
        """Shows the figures, or says what went wrong."""
        if error is not None:
            self.context.tell(error)
        self._check = check
        self.ui.structureCheckBox.checked = bool(check and check.frames)
        self.onMark()  # the box may have been ticked before, which tells nobody
        self.context.refresh()

    def onMark(self, checked=False) -> None:
        """Lays the map of removed structure over the views, or takes it away."""
        self._removeMap()
        if self.ui.structureCheckBox.checked and self._check is not None:
            from FluoroDenoiseLib.mrml.structure_map import StructureMap

            self._map = StructureMap(self._pair[0], self._check.structure)
            self._spreadMap()

    def onLayoutChanged(self, layout) -> None:
        """New views have come; they get their volumes within this event, and the map after it."""
        qt.QTimer.singleShot(0, self._spreadMap)

    def onMarkupsChosen(self, node=None) -> None:
        """Another ruler or region, or none."""
        self._follow()
        self.context.refresh()

    def onMarkupsAdded(self, node) -> None:
        """Lets the user place a new ruler or region with the mouse."""
        application = slicer.app.applicationLogic()
        selection, interaction = application.GetSelectionNode(), application.GetInteractionNode()
        selection.SetReferenceActivePlaceNodeClassName(node.GetClassName())
        selection.SetActivePlaceNodeID(node.GetID())
        interaction.SetPlaceModePersistence(0)
        interaction.SetCurrentInteractionMode(interaction.Place)

    def _findPair(self) -> tuple:
        from FluoroDenoiseLib.mrml.before_after import pairs

        node = self.context.node
        found = [] if node is None or node.GetScene() is None else [pair for pair in pairs(node) if pair[0] is node]
        return (found[0], pixelsOf(node)) if found else (None, None)

    def _forget(self) -> None:
        if self._isMeasuring:
            self.context.foreground.giveUp()
        self._removeMap()
        self._figures.release()
        self._pair = self._digest = self._check = None

    def _removeMap(self) -> None:
        shown, self._map = self._map, None
        if shown is not None:
            shown.release()

    def _spreadMap(self) -> None:
        from FluoroDenoiseLib.mrml.removed_volume import removed_of

        if self._map is not None:
            self._map.show([*self._pair, *removed_of(self._pair[0])])

    def _follow(self) -> None:
        self._figures.follow(self._pair, self.ui.rulerSelector.currentNode(), self.ui.measuredRegionSelector.currentNode())

    def _measure(self) -> None:
        steps = self._measuring(checking(*self._pair, self.context.runner, self._progress))
        self.context.foreground.begin(steps, _("Measuring..."), self.onMeasured, target=self._pair[0], cancellable=False)

    def _measuring(self, steps):
        self._isMeasuring = True
        self._showState()
        try:
            return (yield from steps)
        finally:
            self._isMeasuring = False
            self._showState()

    def _progress(self, done: int, total: int) -> None:
        self.ui.checkProgressBar.maximum = total
        self.ui.checkProgressBar.value = done

    def _tellRegion(self, text: str) -> None:
        self.ui.regionFiguresLabel.text = text
        self.ui.regionFiguresLabel.visible = bool(text)

    def _showState(self) -> None:
        ui, check = self.ui, self._check
        reason = _("A run is under way.") if self.context.busy else "" if self._pair else NOTHING
        ui.checkButton.enabled = self._isMeasuring or not reason
        ui.checkButton.text = _("Stop") if self._isMeasuring else _("Measure")
        ui.checkButton.toolTip = reason or _("Noise, edges, ghosts, and whether structure was removed; takes a few seconds")
        ui.checkProgressBar.visible = self._isMeasuring
        ui.structureCheckBox.enabled = bool(check and check.frames)
        ui.checkTable.visible = check is not None
        warning = warningOf(check) if check else ""
        ui.checkWarningLabel.text = warning
        ui.checkWarningLabel.visible = bool(warning)
        ui.checkWarningLabel.styleSheet = COLOURS["error"]
        fill(ui.checkTable, rowsOf(check) if check else [])
