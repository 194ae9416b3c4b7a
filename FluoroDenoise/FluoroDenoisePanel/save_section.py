"""The section Save: the denoised frames as derived DICOM, in a folder or in Slicer's database, or as a new node."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import qt
import slicer
from slicer.i18n import tr as _

from .saving import importDerived, nameFor, savingDicom
from .section import Section
from .verdicts import canSaveDicom, canSaveToDatabase, enable, needsDenoised

FOLDER_KEY = "FluoroDenoise/SaveFolder"


class SaveSection(Section):
    """Never overwrites: every save makes a new file or node."""

    def __init__(self, ui, context):
        super().__init__(ui, context)
        ui.saveDicomButton.clicked.connect(self._onSaveDicom)
        ui.saveDatabaseButton.clicked.connect(self._onSaveToDatabase)
        ui.saveCopyButton.clicked.connect(self._onSaveCopy)

    def refresh(self) -> None:
        """Offers what can be saved."""
        enable(self.ui.saveDicomButton, canSaveDicom(self.context))
        enable(self.ui.saveDatabaseButton, canSaveToDatabase(self.context))
        able, reason = needsDenoised(self.context)
        enable(self.ui.saveCopyButton, (able, reason or _("Put a copy of the denoised frames beside this node.")))

    def _onSaveDicom(self) -> None:
        title = _("Save derived DICOM in this folder")
        last = slicer.util.settingsValue(FOLDER_KEY, "")
        folder = qt.QFileDialog.getExistingDirectory(slicer.util.mainWindow(), title, last)
        if folder:
            qt.QSettings().setValue(FOLDER_KEY, folder)
            self._save(Path(folder), lambda files: self.context.show(_("Saved {name}.").format(name=_shown(files))))

    def _onSaveToDatabase(self) -> None:
        folder = TemporaryDirectory()

        def takeIn(files):
            try:
                with folder:
                    importDerived(files, Path(folder.name))
            except Exception as error:  # of the database, of the disk: nobody else would hear of it
                self.context.tell(error)
                return
            self.context.show(_("The derived series is in Slicer's DICOM database."))

        self._save(Path(folder.name), takeIn)

    def _save(self, folder: Path, saved) -> None:
        node = self.context.node
        steps = savingDicom(node, self.context.runner, nameFor(node, folder))
        self._run(steps, _("Saving..."), saved)

    def _onSaveCopy(self) -> None:
        from FluoroDenoiseLib.mrml.history import copy_steps

        def shown(copy):
            self.context.show(_("The denoised frames are also in the node {name}.").format(name=copy.GetName()))

        self._run(copy_steps(self.context.node), _("Copying..."), shown)

    def _run(self, steps, doing: str, done) -> None:
        def ended(result, error):
            if error is not None:
                self.context.tell(error)
            else:
                done(result)

        self.context.foreground.begin(steps, doing, ended)


def _shown(files: list[Path]) -> str:
    return files[0].name if len(files) == 1 else files[0].parent.name
