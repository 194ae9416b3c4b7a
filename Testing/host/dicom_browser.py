"""CTK's DICOM browser, as far as series are selected in it."""

from __future__ import annotations

import enum

import slicer

from Testing.host.pythonqt import Look, QtWidgets, of_slicer


class ctkDICOMModel:
    """The levels of a DICOM database."""

    class IndexType(enum.IntEnum):
        """Its enumeration, whose values PythonQt shows on the class too."""

        RootType, PatientType, StudyType, SeriesType, ImageType = range(5)

    PatientType, StudyType, SeriesType = IndexType.PatientType, IndexType.StudyType, IndexType.SeriesType


ctkDICOMModel._of_slicer = True


@of_slicer
class ctkDICOMBrowser(Look, QtWidgets.QWidget):
    """Lists the series of the main database; a test selects in it as a person would."""

    def __init__(self, parent=None):
        super().__init__(parent)
        self._selected: list[str] = []

    def database(self):
        """The database that is shown."""
        return slicer.dicomDatabase

    def selectedItems(self, level):
        """UIDs of what is selected at a level."""
        return tuple(self._selected) if level == ctkDICOMModel.SeriesType else ()

    def setSelectedItems(self, level, uids):
        """Selects."""
        assert level == ctkDICOMModel.SeriesType
        self._selected = list(uids)
