"""slicer.dicomDatabase: what was imported, by patient, study and series; files stay where they lie."""

from __future__ import annotations

import shutil
from pathlib import Path

from Testing.host.pythonqt import Look, QtCore, of_slicer


@of_slicer
class ctkDICOMDatabase(Look, QtCore.QObject):
    """A DICOM database in memory; it keeps paths and reads headers with pydicom."""

    databaseChanged = QtCore.Signal()

    def __init__(self, directory=""):
        super().__init__()
        self._headers, self._directory = {}, str(directory)

    isOpen = property(lambda self: True)
    databaseDirectory = property(lambda self: self._directory)

    def insert(self, path, storeFile=False, generateThumbnail=False):
        """Takes one file in; stored, a copy of it lies in the database's folder."""
        import pydicom

        if storeFile:
            folder = Path(self._directory) / "dicom"
            folder.mkdir(parents=True, exist_ok=True)
            path = shutil.copy(path, folder / f"{len(self._headers)}.dcm")
        self._headers[str(path)] = pydicom.dcmread(path, stop_before_pixels=True)
        self.databaseChanged.emit()

    def patients(self):
        """Keys of the patients."""
        return self._values("PatientID")

    def studiesForPatient(self, patient):
        """UIDs of the studies."""
        return self._values("StudyInstanceUID", PatientID=patient)

    def seriesForStudy(self, study):
        """UIDs of the series."""
        return self._values("SeriesInstanceUID", StudyInstanceUID=study)

    def instancesForSeries(self, series):
        """UIDs of the instances."""
        return self._values("SOPInstanceUID", SeriesInstanceUID=series)

    def filesForSeries(self, series):
        """Paths of the files."""
        return [path for path, header in self._headers.items() if header.SeriesInstanceUID == series]

    def fileForInstance(self, instance):
        """Path of the file, or ''."""
        return next((path for path, header in self._headers.items() if header.SOPInstanceUID == instance), "")

    def instanceForFile(self, path):
        """UID of the instance, or ''."""
        return str(self._headers[path].SOPInstanceUID) if path in self._headers else ""

    def seriesForFile(self, path):
        """UID of the series, or ''."""
        return str(self._headers[path].SeriesInstanceUID) if path in self._headers else ""

    def fileValue(self, path, tag):
        """An element as text, '' where it is absent; tag: "0008,0060"."""
        element = self._headers[str(path)].get(int(tag.replace(",", ""), 16)) if str(path) in self._headers else None
        return "" if element is None or element.value is None else as_text(element.value)

    def instanceValue(self, instance, tag):
        """An element of an instance as text."""
        return self.fileValue(self.fileForInstance(instance), tag)

    def nameForPatient(self, patient):
        """The patient's name."""
        return next(str(header.get("PatientName", "")) for header in self._headers.values() if header.PatientID == patient)

    def descriptionForSeries(self, series):
        """The series' description."""
        return self.fileValue(self.filesForSeries(series)[0], "0008,103E")

    def _values(self, keyword, **wanted):
        headers = self._headers.values()
        found = [header for header in headers if all(header.get(name) == value for name, value in wanted.items())]
        return list(dict.fromkeys(str(header.get(keyword, "")) for header in found))


def as_text(value) -> str:
    """An element's value as DICOM writes it."""
    return (
        "\\".join(str(one) for one in value)
        if hasattr(value, "__iter__") and not isinstance(value, str | bytes)
        else str(value)
    )


def dicom_files(folder) -> list[Path]:
    """The files below a folder that are DICOM."""
    from pydicom.misc import is_dicom

    return sorted(path for path in Path(folder).rglob("*") if path.is_file() and is_dicom(path))
