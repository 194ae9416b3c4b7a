"""Slicer's light and dark looks: Qt's Fusion style in two palettes."""

from __future__ import annotations

from Testing.host.pythonqt import QtGui, QtWidgets

ROLES = ("Window", "WindowText", "Base", "AlternateBase", "Text", "Button", "ButtonText", "ToolTipBase", "ToolTipText", "Mid")
PALETTES = {
    "light": ("#efefef", "#1a1a1a", "#ffffff", "#f5f5f5", "#1a1a1a", "#f4f4f4", "#1a1a1a", "#ffffdc", "#1a1a1a", "#b8b8b8"),
    "dark": ("#323232", "#e6e6e6", "#232323", "#2b2b2b", "#e6e6e6", "#3f3f3f", "#e6e6e6", "#232323", "#e6e6e6", "#1c1c1c"),
}
FADED = {"light": "#8c8c8c", "dark": "#7d7d7d"}


def dress(app, name: str) -> None:
    """Gives the application this palette."""
    QtWidgets.QApplication.setStyle("Fusion")
    palette = QtGui.QPalette()
    for role, colour in zip(ROLES, PALETTES[name], strict=True):
        palette.setColor(getattr(QtGui.QPalette, role), QtGui.QColor(colour))
    for role in ("WindowText", "Text", "ButtonText"):
        palette.setColor(QtGui.QPalette.Disabled, getattr(QtGui.QPalette, role), QtGui.QColor(FADED[name]))
    palette.setColor(QtGui.QPalette.Highlight, QtGui.QColor("#3a87c8"))
    palette.setColor(QtGui.QPalette.Link, QtGui.QColor("#3a87c8"))
    QtWidgets.QApplication.setPalette(palette)
    app.processEvents()
