"""A dialog that lets the user select series in Slicer's DICOM database."""

from __future__ import annotations

import ctk
import qt
import slicer
from slicer.i18n import tr as _


def askForSeries(title: str) -> list[str]:
    """Shows the database's browser; returns the UIDs of the series that were selected, none where the user cancelled."""
    dialog = qt.QDialog(slicer.util.mainWindow())
    dialog.windowTitle = title
    browser = slicer.app.createDICOMBrowserForMainDatabase()
    buttons = qt.QDialogButtonBox()
    buttons.setStandardButtons(qt.QDialogButtonBox.Ok | qt.QDialogButtonBox.Cancel)
    buttons.connect("accepted()", dialog.accept)
    buttons.connect("rejected()", dialog.reject)
    layout = qt.QVBoxLayout(dialog)
    layout.addWidget(browser)
    layout.addWidget(buttons)
    accepted = dialog.exec_()
    chosen = list(browser.selectedItems(ctk.ctkDICOMModel.SeriesType)) if accepted else []
    dialog.deleteLater()
    return chosen


def nameOfSeries(file: str) -> str:
    """Series number and description, as in the DICOM browser."""
    number, description = (slicer.dicomDatabase.fileValue(file, tag) for tag in ("0020,0011", "0008,103E"))
    return " ".join(part for part in (number, description) if part) or _("unnamed series")
