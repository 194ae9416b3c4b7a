"""Slicer's own C++ modules, as far as their logics are in slicer-core: slicer.modules.sequences and its like."""

from __future__ import annotations

import slicer

from Testing.host.pythonqt import of_slicer, qt
from Testing.host.scripted_modules import qSlicerAbstractCoreModule

LOGICS = {
    "Sequences": slicer.vtkSlicerSequencesLogic,
    "Plots": slicer.vtkSlicerPlotsLogic,
    "Tables": slicer.vtkSlicerTablesLogic,
}
OF_TRAME = {"Volumes": "volumes_logic", "Segmentations": "segmentations_logic"}
PLAYING_MS = 20


@of_slicer
class CoreModule(qSlicerAbstractCoreModule):
    """A C++ module."""

    def __init__(self, name, logic):
        super().__init__()
        self._kept["name"] = self._kept["title"] = name
        self._logic = logic


@of_slicer
class SequencesModule(CoreModule):
    """The module Sequences, with its toolbar."""

    def setToolBarActiveBrowserNode(self, browser):
        """The browser that the toolbar plays."""
        self._kept["browser"] = browser

    def showSequenceBrowser(self, browser):
        """Shows the toolbar with this browser."""
        self.setToolBarActiveBrowserNode(browser)


def start_core_modules(core, manager) -> list:
    """Registers the logics with the application's logic and the modules with its manager; returns what must be kept alive."""
    logics = {name: core.register_module_logic(kind(), logic_name=name) for name, kind in LOGICS.items()}
    for name, attribute in OF_TRAME.items():
        logics[name] = getattr(core, attribute)
    logics["Markups"] = core.markups_logic._logic
    for name, logic in logics.items():
        manager._add(name, (SequencesModule if name == "Sequences" else CoreModule)(name, logic))
    core.scene.RegisterNodeClass(slicer.vtkMRMLColorLegendDisplayNode())  # as the Colors module does
    return [*logics.values(), player(core.scene, logics["Sequences"])]


def player(scene, sequences_logic):
    """Moves playing sequences on, as the Sequences module's timer does."""
    timer = qt.QTimer()
    timer.interval = PLAYING_MS
    timer.timeout.connect(lambda: any_playing(scene) and sequences_logic.UpdateAllProxyNodes())
    timer.start()
    return timer


def any_playing(scene) -> bool:
    """Does any sequence play?"""
    return any(browser.GetPlaybackActive() for browser in slicer.util.getNodesByClass("vtkMRMLSequenceBrowserNode", scene))
