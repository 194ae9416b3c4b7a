"""A dialog that lets the user select series in Slicer's DICOM database."""

from __future__ import annotations

import ctk
import qt
import slicer
from slicer.i18n import tr as _


def askForSeries() -> list[str]:
    """Shows the database's browser; returns the UIDs of the series that were selected, none where the user cancelled."""
    dialog = qt.QDialog(slicer.util.mainWindow())
    dialog.windowTitle = _("Select the series to denoise")
    browser = slicer.app.createDICOMBrowserForMainDatabase()
    buttons = qt.QDialogButtonBox(qt.QDialogButtonBox.Ok | qt.QDialogButtonBox.Cancel)
    buttons.connect("accepted()", dialog.accept)
    buttons.connect("rejected()", dialog.reject)
    layout = qt.QVBoxLayout(dialog)
    layout.addWidget(browser)
    layout.addWidget(buttons)
    accepted = dialog.exec_()
    return list(browser.selectedItems(ctk.ctkDICOMModel.SeriesType)) if accepted else []
