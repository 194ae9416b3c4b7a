"""Slicer's main window: the module panel at the left, the views at the right, a status bar."""

from __future__ import annotations

import slicer

from Testing.host.pythonqt import Look, QtCore, QtWidgets, of_slicer, qt

PANEL_WIDTH = 480


@of_slicer
class qSlicerModuleSelectorToolBar(Look, QtWidgets.QToolBar):
    """Chooses the module whose panel is shown."""

    moduleSelected = QtCore.Signal(str)

    def __init__(self, parent=None):
        super().__init__(parent)
        self._chosen = ""
        self._label = qt.QLabel()
        self.addWidget(self._label)

    selectedModule = QtCore.Property(str, lambda self: self._chosen)

    def selectModule(self, name):
        """Leaves the module shown and enters this one; '' enters none."""
        if name == self._chosen:
            return
        self._chosen = name
        self._label.text = f"Modules:  {name}"
        self.moduleSelected.emit(name)


@of_slicer
class qSlicerMainWindow(Look, QtWidgets.QMainWindow):
    """The main window."""

    def __init__(self, layouts):
        super().__init__()
        self.objectName, self.windowTitle = "qSlicerMainWindow", "3D Slicer"
        self._selector = qSlicerModuleSelectorToolBar(self)
        self.addToolBar(self._selector)
        self._panel = scrolled_panel(self)
        self._shown = None
        self._selector.moduleSelected.connect(self._show)
        self.setCentralWidget(layouts.viewport())
        self.statusBar()

    def moduleSelector(self):
        """The tool bar that chooses the module."""
        return self._selector

    def _show(self, name):
        if self._shown is not None:
            self._panel.takeWidget()
            self._shown._exit()
            self._shown.hide()
        module = slicer.app.moduleManager().module(name)
        self._shown = module.widgetRepresentation() if module else None
        if self._shown is not None:
            self._panel.setWidget(self._shown)
            self.resizeDocks([self._panel.parent()], [PANEL_WIDTH], QtCore.Qt.Horizontal)
            self._shown.show()
            self._shown._enter()


def scrolled_panel(window) -> QtWidgets.QScrollArea:
    """The dock with the module panel."""
    dock = qt.QDockWidget(window)
    dock.windowTitle = "3D Slicer"
    dock.objectName = "PanelDockWidget"
    panel = qt.QScrollArea(dock)
    panel.widgetResizable = True
    panel.horizontalScrollBarPolicy = QtCore.Qt.ScrollBarAlwaysOff
    dock.setWidget(panel)
    window.addDockWidget(QtCore.Qt.LeftDockWidgetArea, dock)
    return panel
