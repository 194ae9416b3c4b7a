"""The section Open: a cine from a file or a folder, or the sample."""

from __future__ import annotations

from pathlib import Path

import qt
import slicer
from slicer.i18n import tr as _

from FluoroDenoiseLib.errors import FluoroDenoiseError

from .packages import ensurePackages
from .sample import SAMPLE
from .section import Section

KINDS = "*.dcm *.DCM *.ima *.IMA *.nii *.nii.gz *.nrrd *.nhdr *.mha *.mhd *.tif *.tiff *.npy"
FOLDER_KEY = "FluoroDenoise/OpenFolder"


class OpenSection(Section):
    """Opens what the library reads, also what Slicer's own readers cannot."""

    def __init__(self, ui, context):
        super().__init__(ui, context)
        ui.openFileButton.clicked.connect(self._onOpenFile)
        ui.openFolderButton.clicked.connect(self._onOpenFolder)
        ui.openSampleButton.clicked.connect(lambda: self.open(SAMPLE))

    def refresh(self) -> None:
        """Nothing is opened during a run."""
        for button in (self.ui.openFileButton, self.ui.openFolderButton, self.ui.openSampleButton):
            button.enabled = not self.context.busy

    def open(self, path: Path) -> None:
        """Opens every cine in a file or folder and chooses the first."""
        try:
            ensurePackages()
            with slicer.util.WaitCursor():
                nodes, reasons = loadCines(path)
        except FluoroDenoiseError as error:
            self.context.tell(error)
            return
        self.context.parameterNode.inputVolume = nodes[0]
        opened = [_("Opened {count} cines.").format(count=len(nodes))] if len(nodes) > 1 or reasons else []
        self.context.show("\n".join([*opened, *reasons]), "warning" if reasons else "info")

    def _onOpenFile(self) -> None:
        title, every = _("Open a cine"), _("All files")
        cines = _("Cines")
        path = qt.QFileDialog.getOpenFileName(
            slicer.util.mainWindow(), title, self._lastFolder(), f"{cines} ({KINDS});;{every} (*)"
        )
        self._openChosen(path)

    def _onOpenFolder(self) -> None:
        title = _("Open every cine in a folder")
        self._openChosen(qt.QFileDialog.getExistingDirectory(slicer.util.mainWindow(), title, self._lastFolder()))

    def _openChosen(self, path: str) -> None:
        if path:
            qt.QSettings().setValue(FOLDER_KEY, str(Path(path).parent))
            self.open(Path(path))

    @staticmethod
    def _lastFolder() -> str:
        return slicer.util.settingsValue(FOLDER_KEY, "")


def loadCines(path: Path) -> tuple[list, list[str]]:
    """Puts the cines in a file or folder into the scene and shows the first.

    Returns:
        The nodes that show them, and why others of them were not opened.

    Raises:
        UnreadableInput: nothing readable.
    """
    from FluoroDenoiseLib.dicom import cines_in

    cines, failed = [], {}
    for found in cines_in(path):
        try:
            cines.append(found.read())
        except FluoroDenoiseError as error:
            failed[found.files[0].name] = error
    if not cines:
        raise next(iter(failed.values()))
    return showCines(cines), [_("{name} was not opened: {reason}").format(name=n, reason=e) for n, e in failed.items()]


def showCines(cines: list) -> list:
    """Puts cines into the scene and shows the first; returns the nodes that show them."""
    from FluoroDenoiseLib.mrml import load

    nodes = [_shownBy(node) for node in load(cines, slicer.mrmlScene)]
    _putInView(nodes[0])
    return nodes


def _shownBy(node):
    """A sequence's proxy, or the volume itself."""
    from FluoroDenoiseLib.mrml.links import is_sequence, proxies_of

    return proxies_of(node)[0] if is_sequence(node) else node


def _putInView(node) -> None:
    """As Slicer's image sequence reader does: in the slice views, with the sequence toolbar."""
    from FluoroDenoiseLib.mrml.links import browsers_of, holder_of

    slicer.util.setSliceViewerLayers(background=node, fit=True)
    for browser in browsers_of(holder_of(node))[:1]:
        slicer.modules.sequences.showSequenceBrowser(browser)
