"""slicer.app: the application object, its folders, its settings."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from Testing.host.pythonqt import Look, QtCore, QtWidgets, of_slicer, qt

VERSION = (5, 12, 0)


@of_slicer
class CommandOptions(Look, QtCore.QObject):
    """qSlicerCommandOptions."""

    testingEnabled = QtCore.Property(bool, lambda self: False)


@of_slicer
class qSlicerApplication(Look, QtWidgets.QApplication):
    """The application; one in a process."""

    startupCompleted = QtCore.Signal()
    mrmlSceneChanged = QtCore.Signal(object)
    renderPaused = QtCore.Signal(bool)
    _SIGNALS = {"mrmlSceneChanged(vtkMRMLScene*)": "mrmlSceneChanged"}

    def __init__(self, core):
        super().__init__([sys.argv[0], "--testing"])
        self._folder = tempfile.TemporaryDirectory(prefix="slicer-host-")
        self._core, self._layouts, self._modules, self._io, self._database = core, None, None, None, None
        self._options, self._paused = CommandOptions(), 0
        self.organizationName, self.applicationName = "NA-MIC", "Slicer"
        QtCore.QSettings.setDefaultFormat(QtCore.QSettings.IniFormat)
        QtCore.QSettings.setPath(QtCore.QSettings.IniFormat, QtCore.QSettings.UserScope, self._folder.name)
        self._make_home()

    def _make_home(self):
        home = Path(self._folder.name) / "Slicer"
        (home / "bin").mkdir(parents=True)
        python = home / "bin" / "PythonSlicer"
        # As in Slicer, a launcher rather than the interpreter itself: killing it alone would leave its child behind.
        python.write_text(f'#!/bin/sh\n"{sys.executable}" "$@"\n')
        python.chmod(0o755)
        os.environ["PATH"] = f"{python.parent}{os.pathsep}{os.environ['PATH']}"

    def _sub_folder(self, name):
        folder = Path(self._folder.name) / name
        folder.mkdir(exist_ok=True)
        return str(folder)

    slicerHome = property(lambda self: str(Path(self._folder.name) / "Slicer"))
    temporaryPath = property(lambda self: self._sub_folder("temporary"))
    cachePath = property(lambda self: self._sub_folder("cache"))
    defaultScenePath = property(lambda self: self._sub_folder("scenes"))
    slicerUserSettingsFilePath = property(lambda self: str(Path(self._folder.name) / "Slicer.ini"))
    extensionsInstallPath = property(lambda self: self._sub_folder("extensions"))
    majorVersion = property(lambda self: VERSION[0])
    minorVersion = property(lambda self: VERSION[1])
    mainApplicationName = property(lambda self: "Slicer")
    os = property(lambda self: {"linux": "linux", "darwin": "macosx", "win32": "win"}[sys.platform])
    revision = property(lambda self: "0")

    def applicationLogic(self):
        """vtkSlicerApplicationLogic."""
        return self._core.app_logic

    def createDICOMBrowserForMainDatabase(self):
        """A new ctkDICOMBrowser on the main database."""
        from Testing.host.dicom_browser import ctkDICOMBrowser

        return ctkDICOMBrowser()

    def mrmlScene(self):
        """The scene."""
        return self._core.scene

    def moduleManager(self):
        """Knows the modules that are loaded."""
        return self._modules

    def moduleLogic(self, name):
        """Logic of a C++ module."""
        return self._core.app_logic.GetModuleLogic(name)

    def layoutManager(self):
        """Knows the views."""
        return self._layouts

    def coreIOManager(self):
        """Reads and writes files."""
        return self._io

    def ioManager(self):
        """Reads and writes files."""
        return self._io

    def dicomDatabase(self):
        """The DICOM database."""
        return self._database

    def commandOptions(self):
        """How the application was started."""
        return self._options

    def testingEnabled(self):
        """Started with --testing? Not here: the tests want to see the dialogs that users see."""
        return self._options.testingEnabled

    def settings(self):
        """Settings, in a folder of their own."""
        return qt.QSettings()

    userSettings = revisionUserSettings = settings

    def startupEnvironment(self):
        """The environment before Slicer's own additions."""
        return qt.QProcessEnvironment.systemEnvironment()

    def pauseRender(self):
        """Views do not draw until resumeRender."""
        self._paused += 1
        self.renderPaused.emit(True)

    def resumeRender(self):
        """Undoes pauseRender."""
        self._paused -= 1
        self.renderPaused.emit(self._paused > 0)
