"""The plugin of Slicer's DICOM browser: it offers X-ray cines, also those that Slicer's own plugins cannot read."""

from __future__ import annotations

from pathlib import Path

import slicer
from DICOMLib import DICOMLoadable, DICOMPlugin
from slicer.i18n import tr as _

from .open_section import showCines
from .packages import ensurePackages

STORAGE = "1.2.840.10008.5.1.4.1.1."
KNOWN_TO_SLICER = {f"{STORAGE}{end}" for end in ("12.1", "12.2", "7.2")}
"""XA, XRF, and 8-bit multi-frame secondary capture: DICOMImageSequencePlugin offers them with confidence 0.7."""
UNKNOWN_TO_SLICER = {f"{STORAGE}{end}" for end in ("12.1.1", "12.2.1", "7.3")}
"""Enhanced XA, enhanced XRF, and 16-bit multi-frame secondary capture."""
MODALITIES = ("XA", "RF", "OT", "")
BELOW, ABOVE = 0.65, 0.9


class FluoroDenoiseDICOMPlugin(DICOMPlugin):
    """Loads as the panel's Open does: the same nodes as by Slicer's plugin, with window, polarity and frame times."""

    def __init__(self):
        super().__init__()
        self.loadType = _("X-ray cine (FluoroDenoise)")
        self.tags["sopClassUID"] = "0008,0016"
        self.tags["modality"] = "0008,0060"
        self.tags["instanceNumber"] = "0020,0013"
        self.tags["seriesNumber"] = "0020,0011"
        self.tags["seriesDescription"] = "0008,103E"
        self.tags["frames"] = "0028,0008"
        self.tags["samples"] = "0028,0002"
        self.tags["frameTimeVector"] = "0018,1065"

    def examineForImport(self, fileLists):
        """What of these lists of files, one for each series, are cines."""
        return [loadable for files in fileLists for loadable in self.examineFiles(files)]

    def examineFiles(self, files):
        """The cines of a series: one for each instance number; the two planes of a biplane acquisition share theirs."""
        known = self.getCachedLoadables(files)
        if known:
            return known
        groups: dict[str, list[str]] = {}
        for file in files:
            if self._isCine(file):
                groups.setdefault(self._value(file, "instanceNumber"), []).append(file)
        loadables = [self._loadable(group) for group in groups.values()]
        self.cacheLoadables(files, loadables)
        return loadables

    def load(self, loadable):
        """Reads the cine and puts it into the scene and the views."""
        ensurePackages()
        from FluoroDenoiseLib.dicom.read import Found

        for node in showCines([Found((Path(file),)).read() for file in sorted(loadable.files)]):
            self.addSeriesInSubjectHierarchy(loadable, node)
        return True

    def _isCine(self, file: str) -> bool:
        """Several grey frames of X-ray."""
        storage = self._value(file, "sopClassUID")
        if storage not in KNOWN_TO_SLICER | UNKNOWN_TO_SLICER:
            return False  # before more is looked up: a CT has a thousand files
        grey = self._value(file, "samples") in ("", "1") and self._value(file, "modality") in MODALITIES
        return grey and self._frames(file) > 1

    def _loadable(self, files: list[str]):
        loadable = DICOMLoadable()
        loadable.files = files
        loadable.name = self._nameOf(files[0])
        loadable.tooltip = _("X-ray cine of {count} frames").format(count=self._frames(files[0]))
        loadable.selected = True
        better = self._value(files[0], "sopClassUID") in UNKNOWN_TO_SLICER or self._value(files[0], "frameTimeVector") != ""
        loadable.confidence = ABOVE if better else BELOW
        return loadable

    def _nameOf(self, file: str) -> str:
        number, instance = self._value(file, "seriesNumber"), self._value(file, "instanceNumber")
        parts = (f"{number}:" if number else "", self._value(file, "modality"), self._value(file, "seriesDescription"))
        return " ".join(part for part in (*parts, f"[{instance}]" if instance else "") if part)

    def _frames(self, file: str) -> int:
        count = self._value(file, "frames")
        return int(count) if count.isdigit() else 1

    def _value(self, file: str, name: str) -> str:
        return (slicer.dicomDatabase.fileValue(file, self.tags[name]) or "").strip()


def registerPlugin() -> None:
    """Adds the plugin to those that the DICOM browser asks."""
    plugins = getattr(slicer.modules, "dicomPlugins", None)
    if plugins is None:
        plugins = slicer.modules.dicomPlugins = {}
    plugins["FluoroDenoiseDICOMPlugin"] = FluoroDenoiseDICOMPlugin
