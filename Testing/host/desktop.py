"""Puts the stand-in for Slicer's desktop side together: after `start()`, qt, ctk and slicer are what the application gives."""

from __future__ import annotations

import sys
import time
import types
from pathlib import Path

import slicer
import slicer.util
import vtk
from trame_slicer.core.slicer_app import SlicerApp

from Testing.host import (
    application,
    checkable_selector,
    ctk_containers,
    ctk_inputs,
    dialogs,
    dicom_browser,
    dicom_database,
    dicom_utils,
    layouts,
    main_window,
    mrml_widgets,
    other_views,
    palettes,
    parameters,
    plot_view,
    python_packages,
    rendered_view,
    sample_data,
    scripted_modules,
    segment_selector,
    slice_views,
    ui_files,
)
from Testing.host.core_modules import start_core_modules
from Testing.host.layouts import qSlicerLayoutManager
from Testing.host.main_window import qSlicerMainWindow
from Testing.host.pythonqt import QtTest

# VTK's readers and writers chat on stderr, and say at every view that there is no display; errors still show.
vtk.vtkLogger.SetStderrVerbosity(vtk.vtkLogger.VERBOSITY_ERROR)
vtk.vtkObject.GlobalWarningDisplayOff()

ROOT = Path(__file__).resolve().parents[2]
MODULE = ROOT / "FluoroDenoise" / "FluoroDenoise.py"


class Desktop:
    """The running application.

    Attributes:
        app: slicer.app.
        scene: slicer.mrmlScene.
        window: the main window, with the module panel and the views.
        dialogs: answers for modal dialogs, and what was asked.
        errors: what was raised in slots and observers, where nobody catches it; a test that expects one clears it.
    """

    def __init__(self):
        self.errors: list[BaseException] = []
        sys.excepthook = self._on_uncaught
        core = SlicerApp()
        self.core, self.scene, self.dialogs = core, core.scene, dialogs.dialogs
        slicer.mrmlScene = self.scene
        self.app = slicer.app = application.qSlicerApplication(core)
        slicer.modules = types.SimpleNamespace()
        install_modules()
        self.app._modules = scripted_modules.qSlicerModuleManager()
        self._kept = start_core_modules(core, self.app.moduleManager())
        self.app._layouts = qSlicerLayoutManager(core)
        self.window = qSlicerMainWindow(self.app.layoutManager())
        self.module = self.app.moduleManager()._load(MODULE)
        self.app.startupCompleted.emit()

    def open(self, name: str = "FluoroDenoise"):
        """Shows a module's panel, as a click in the module list does; returns its Python object."""
        self.window.moduleSelector().selectModule(name)
        self.process()
        return slicer.util.getModuleWidget(name)

    def process(self) -> None:
        """Lets the event loop handle what waits."""
        self.app.processEvents()

    def press(self, key: str) -> None:
        """Presses a key while the main window is active, as a person does: shortcuts see it."""
        self.process()  # a window that was only just shown cannot become active
        self.window.activateWindow()
        self.process()
        QtTest.QTest.keyClick(self.window, key)
        self.process()

    def wait(self, until, seconds: float = 30.0) -> None:
        """Runs the event loop until the condition holds.

        Raises:
            TimeoutError: it did not in this time.
        """
        end = time.monotonic() + seconds
        while not until():
            if time.monotonic() > end:
                raise TimeoutError(f"waited {seconds} s in vain")
            self.app.processEvents()
            time.sleep(0.002)

    def _on_uncaught(self, kind, error, traceback):
        self.errors.append(error)
        sys.__excepthook__(kind, error, traceback)

    def settle(self, seconds: float = 0.3, turns: int = 30) -> None:
        """Lets layouts, timers and views come to rest; each level of nested layouts takes a turn of the event loop."""
        end = time.monotonic() + seconds
        for _ in range(turns):
            self.process()
        self.wait(lambda: time.monotonic() > end)

    def dress(self, palette: str) -> None:
        """Slicer's "light" or "dark" look."""
        palettes.dress(self.app, palette)

    def reset(self) -> None:
        """Back to an empty scene, no module chosen, no answers laid ready."""
        self.window.moduleSelector().selectModule("")
        for node in slicer.util.getNodesByClass("vtkMRMLScriptedModuleNode"):
            self.scene.RemoveNode(node)
        self.scene.Clear()
        self.app.layoutManager().setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView)
        self.window.hide()
        self.dialogs.reset()
        self.process()
        self.errors.clear()


def python_module(name: str, names: dict) -> types.ModuleType:
    """Puts a module where imports find it."""
    module = types.ModuleType(name)
    module.__dict__.update(names)
    sys.modules[name] = module
    if name.startswith("slicer."):
        setattr(slicer, name.removeprefix("slicer."), module)
    return module


def classes_of(*files) -> dict[str, type]:
    """Slicer's and CTK's classes that these files define."""
    found = (value for file in files for value in vars(file).values() if isinstance(value, type))
    return {kind.__name__: kind for kind in found if vars(kind).get("_of_slicer")}


def slicer_classes() -> dict[str, type]:
    """All of Slicer's and CTK's classes that the host has."""
    return classes_of(
        layouts,
        main_window,
        other_views,
        plot_view,
        rendered_view,
        slice_views,
        ctk_containers,
        ctk_inputs,
        dialogs,
        dicom_browser,
        mrml_widgets,
        segment_selector,
        checkable_selector,
        scripted_modules,
    )


def install_modules() -> None:
    """ctk, and what slicer-core lacks of slicer."""
    kinds = slicer_classes()
    ctk = python_module("ctk", {name: kind for name, kind in kinds.items() if name.startswith("ctk")})
    slicer.__dict__.update({name: kind for name, kind in kinds.items() if name.startswith("q")})
    ui_files.QUiLoader.kinds = (ctk, slicer)
    python_module("slicer.ScriptedLoadableModule", vars(scripted_modules.python_module()))
    python_module(
        "slicer.i18n", {"tr": str, "translate": lambda context, text: text, "getContext": lambda path: Path(path).stem}
    )
    python_module("slicer.parameterNodeWrapper", public(parameters))
    python_module("slicer.packaging", public(python_packages))
    python_module("SampleData", public(sample_data))
    install_dicom()


def install_dicom() -> None:
    """DICOMLib, the registry of plugins and the database."""
    names = public(dicom_utils)
    parts = {"DICOMLoadable", "DICOMPlugin"}
    plugin = python_module("DICOMLib.DICOMPlugin", {name: names[name] for name in parts})
    utils = python_module("DICOMLib.DICOMUtils", {name: value for name, value in names.items() if name not in parts})
    python_module("DICOMLib", {**{name: names[name] for name in parts}, "DICOMUtils": utils, "__path__": []})
    sys.modules["DICOMLib"].DICOMPlugin = plugin.DICOMPlugin
    slicer.modules.dicomPlugins = {}
    slicer.dicomDatabase = slicer.app._database = dicom_database.ctkDICOMDatabase(Path(slicer.app.temporaryPath) / "DICOM")


def public(file: types.ModuleType) -> dict:
    """What a file offers: its __all__, or what it defines itself without underscores."""
    own = [name for name, value in vars(file).items() if getattr(value, "__module__", None) == file.__name__]
    return {name: getattr(file, name) for name in getattr(file, "__all__", own) if not name.startswith("_")}


_running: list[Desktop] = []


def start() -> Desktop:
    """The one application of this process."""
    if not _running:
        _running.append(Desktop())
    return _running[0]
