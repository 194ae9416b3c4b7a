"""DICOMLib: the plugin's base class, what a plugin offers, and loading from the database by the most confident plugin."""

from __future__ import annotations

import slicer

from Testing.host.dicom_database import ctkDICOMDatabase, dicom_files


class DICOMLoadable:
    """Something that a plugin can load."""

    def __init__(self, qLoadable=None):
        self.files, self.name, self.tooltip, self.warning = [], "Unknown", "No further information available", ""
        self.selected, self.confidence, self.referencedInstanceUIDs = False, 0.5, []


class DICOMPlugin:
    """Base of a plugin."""

    def __init__(self):
        self.loadType, self.loadableCache = "Generic DICOM", {}
        self.tags = {"seriesDescription": "0008,103E", "seriesNumber": "0020,0011"}

    def examineForImport(self, fileList):
        """What can be loaded of these lists of files."""
        return []

    def load(self, loadable):
        """Loads it."""
        return True

    def examineForExport(self, subjectHierarchyItemID):
        """What can be exported."""
        return []

    def export(self, exportable):
        """Exports it."""
        return ""

    def hashFiles(self, files):
        """A key for a list of files."""
        return hash(tuple(files))

    def getCachedLoadables(self, files):
        """What was found before."""
        return self.loadableCache.get(self.hashFiles(files))

    def cacheLoadables(self, files, loadables):
        """Keeps what was found."""
        self.loadableCache[self.hashFiles(files)] = loadables

    def defaultSeriesNodeName(self, seriesUID):
        """'number: description'."""
        path = slicer.dicomDatabase.filesForSeries(seriesUID)[0]
        number, description = (
            slicer.dicomDatabase.fileValue(path, self.tags[name]) for name in ("seriesNumber", "seriesDescription")
        )
        return f"{number}: {description or 'Unnamed Series'}" if number else description or "Unnamed Series"

    def addSeriesInSubjectHierarchy(self, loadable, dataNode):
        """Puts the node below its patient and study."""
        hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)
        names, value = slicer.vtkMRMLSubjectHierarchyConstants, slicer.dicomDatabase.fileValue
        path = loadable.files[0]
        item = hierarchy.CreateItem(hierarchy.GetSceneItemID(), dataNode)
        hierarchy.SetItemUID(item, names.GetDICOMUIDName(), value(path, "0020,000E"))
        hierarchy.SetItemUID(
            item, names.GetDICOMInstanceUIDName(), " ".join(map(slicer.dicomDatabase.instanceForFile, loadable.files))
        )
        uids = (value(path, tag) for tag in ("0010,0020", "0020,000D", "0020,000E"))
        slicer.vtkSlicerSubjectHierarchyModuleLogic.InsertDicomSeriesInHierarchy(hierarchy, *uids)


def importDicom(dicomDataDir, dicomDatabase=None, copyFiles=False):
    """Takes the files below a folder into the database."""
    for path in dicom_files(dicomDataDir):
        (dicomDatabase or slicer.dicomDatabase).insert(path, copyFiles)
    return True


def getLoadablesFromFileLists(fileLists, pluginClassNames=None, messages=None, progressCallback=None, pluginInstances=None):
    """What each plugin offers: {plugin: loadables}, and whether anything was offered."""
    names = pluginClassNames or list(slicer.modules.dicomPlugins)
    plugins = [slicer.modules.dicomPlugins[name]() for name in names]
    offers = {plugin: plugin.examineForImport(fileLists) for plugin in plugins}
    offers = {plugin: loadables for plugin, loadables in offers.items() if loadables}
    return offers, bool(offers)


def selectHighestConfidenceLoadables(loadablesByPlugin):
    """Leaves selected, of the loadables that share files, those offered with the highest confidence."""
    chosen = [one for loadables in loadablesByPlugin.values() for one in loadables if one.selected]
    for one in chosen:
        rivals = [other for other in chosen if set(other.files) & set(one.files)]
        one.selected = one.confidence == max(rival.confidence for rival in rivals)


def loadLoadables(loadablesByPlugin, messages=None, progressCallback=None):
    """Loads what is selected; returns IDs of new nodes."""
    before = set(_node_ids())
    for plugin, loadables in loadablesByPlugin.items():
        for loadable in loadables:
            if loadable.selected and not plugin.load(loadable) and messages is not None:
                messages.append(f"Could not load: {loadable.name} as a {plugin.loadType}")
    return [identifier for identifier in _node_ids() if identifier not in before]


def _node_ids() -> list[str]:
    """IDs of all nodes that can be loaded."""
    return [node.GetID() for kind in ("vtkMRMLVolumeNode", "vtkMRMLSequenceNode") for node in slicer.util.getNodesByClass(kind)]


def loadSeriesByUID(seriesUIDs, messages=None, progressCallback=None, enabledPluginClassNames=None):
    """Loads series of the database."""
    files = [slicer.dicomDatabase.filesForSeries(series) for series in seriesUIDs]
    loadables, _ = getLoadablesFromFileLists(files, enabledPluginClassNames)
    selectHighestConfidenceLoadables(loadables)
    return loadLoadables(loadables, messages)


def loadPatientByUID(patientUID, messages=None, progressCallback=None, enabledPluginClassNames=None):
    """Loads all series of a patient."""
    database = slicer.dicomDatabase
    series = [uid for study in database.studiesForPatient(patientUID) for uid in database.seriesForStudy(study)]
    return loadSeriesByUID(series, messages, progressCallback, enabledPluginClassNames)


def allSeriesUIDsInDatabase(database=None):
    """UIDs of all series."""
    database = database or slicer.dicomDatabase
    studies = [study for patient in database.patients() for study in database.studiesForPatient(patient)]
    return [series for study in studies for series in database.seriesForStudy(study)]


def seriesUIDsForFiles(files):
    """UIDs of the series that the files belong to."""
    return {slicer.dicomDatabase.seriesForFile(path) for path in files} - {""}


class TemporaryDICOMDatabase:
    """A database of its own for the time of a `with` block."""

    def __init__(self, directory=None):
        self._directory = directory

    def __enter__(self):
        self._before, slicer.dicomDatabase = slicer.dicomDatabase, ctkDICOMDatabase(self._directory or "")
        return slicer.dicomDatabase

    def __exit__(self, *error):
        slicer.dicomDatabase = self._before
