"""The question what becomes of pixels that somebody edited after they were denoised."""

from __future__ import annotations

import qt
import slicer
from slicer.i18n import tr as _


def askAboutEdits(text: str) -> str | None:
    """Asks; the answer is "keep" or "discard", or None where the user would rather not go on."""
    box = qt.QMessageBox(slicer.util.mainWindow())
    box.icon = qt.QMessageBox.Question
    box.windowTitle = "FluoroDenoise"
    box.text = text
    keep = box.addButton(_("Keep a copy"), qt.QMessageBox.AcceptRole)
    discard = box.addButton(_("Discard the edit"), qt.QMessageBox.DestructiveRole)
    box.setDefaultButton(keep)
    box.addButton(qt.QMessageBox.Cancel)
    box.exec_()
    clicked = box.clickedButton()
    return "keep" if clicked == keep else "discard" if clicked == discard else None
