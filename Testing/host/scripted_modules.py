"""How Slicer finds, loads, shows and reloads a scripted module; and slicer.ScriptedLoadableModule."""

from __future__ import annotations

import importlib.util
import sys
import types
import unittest
from pathlib import Path

import slicer

from Testing.host.mrml_widgets import qSlicerWidget
from Testing.host.pythonqt import Look, QtCore, of_slicer, qt


def stored(name: str, kind, default) -> QtCore.Property:
    """A property that keeps what is put in."""
    return QtCore.Property(
        kind, lambda self: self._kept.get(name, default), lambda self, value: self._kept.__setitem__(name, value)
    )


@of_slicer
class qSlicerAbstractCoreModule(Look, QtCore.QObject):
    """What the module list shows of a module."""

    _TEXTS = ("title", "helpText", "acknowledgementText", "name", "path")

    def __init__(self):
        super().__init__()
        self._kept, self._logic = {}, None

    title, helpText, acknowledgementText = (stored(name, str, "") for name in ("title", "helpText", "acknowledgementText"))
    name, path = stored("name", str, ""), stored("path", str, "")
    categories, dependencies, contributors, associatedNodeTypes = (
        stored(name, "QStringList", []) for name in ("categories", "dependencies", "contributors", "associatedNodeTypes")
    )
    hidden = stored("hidden", bool, False)
    widgetRepresentationCreationEnabled = stored("widgetRepresentationCreationEnabled", bool, True)
    index = stored("index", int, -1)
    icon = stored("icon", "QIcon", None)

    def logic(self):
        """The C++ logic."""
        return self._logic


@of_slicer
class qSlicerScriptedLoadableModule(qSlicerAbstractCoreModule):
    """A module written in Python."""

    def __init__(self, path: Path):
        super().__init__()
        self._kept |= {"path": str(path), "name": path.stem}
        self._widget = None
        self._self = getattr(load_source(path), path.stem)(self)

    def widgetRepresentation(self):
        """The one panel of the module, made when first asked for."""
        if self._widget is None:
            self._widget = self.createNewWidgetRepresentation()
        return self._widget

    def createNewWidgetRepresentation(self):
        """A further panel."""
        return qSlicerScriptedLoadableModuleWidget(self)


@of_slicer
class qSlicerScriptedLoadableModuleWidget(qSlicerWidget):
    """The Qt side of a panel written in Python."""

    def __init__(self, module):
        super().__init__()
        self._module, self._entered = module, False
        qt.QVBoxLayout(self)
        self.setMRMLScene(slicer.mrmlScene)
        self.reload()

    moduleName = QtCore.Property(str, lambda self: self._module.name)
    isEntered = QtCore.Property(bool, lambda self: self._entered)

    def self(self):
        """The Python object."""
        return self._python

    def reload(self):
        """Makes the panel anew from the class that the module has now."""
        name = f"{self._module.name}Widget"
        self._python = getattr(sys.modules[self._module.name], name)(self)
        setattr(slicer.modules, name, self._python)
        self._python.setup()

    def _enter(self):
        self._entered = True
        self._call("enter")

    def _exit(self):
        self._entered = False
        self._call("exit")

    def _call(self, method):
        if hasattr(self._python, method):
            getattr(self._python, method)()


class FactoryManager:
    """qSlicerModuleFactoryManager."""

    def __init__(self, modules):
        self._modules = modules

    def loadedModuleNames(self):
        """Names of all modules."""
        return list(self._modules)


@of_slicer
class qSlicerModuleManager(Look, QtCore.QObject):
    """Knows the modules that are loaded."""

    moduleAboutToBeUnloaded = QtCore.Signal(str)
    moduleLoaded = QtCore.Signal(str)

    def __init__(self):
        super().__init__()
        self._by_name: dict = {}

    def _load(self, path: Path):
        module = qSlicerScriptedLoadableModule(path)
        self._add(path.stem, module)
        return module

    def _add(self, name, module):
        self._by_name[name] = module
        setattr(slicer.modules, name.lower(), module)
        self.moduleLoaded.emit(name)

    def module(self, name):
        """A module by its name, or None."""
        return self._by_name.get(name)

    def modulesNames(self):
        """Names of all modules."""
        return list(self._by_name)

    def factoryManager(self):
        """Slicer's maker of modules."""
        return FactoryManager(self._by_name)


def load_source(path: Path):
    """Runs a module's file as Slicer does: under the file's name, its folder on sys.path."""
    if str(path.parent) not in sys.path:
        sys.path.insert(0, str(path.parent))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


class ScriptedLoadableModule:
    """Base of a module's first class."""

    def __init__(self, parent):
        self.parent = parent
        self.moduleName = type(self).__name__
        parent.title, parent.categories, parent.dependencies, parent.contributors = "", [], [], []

    def resourcePath(self, filename):
        """Path below the module's Resources."""
        return str(Path(self.parent.path).parent / "Resources" / filename)

    def getDefaultModuleDocumentationLink(self, docPage=None):
        """A link for the help text."""
        return ""

    def runTest(self, msec=100, **kwargs):
        """Runs the module's test class."""
        getattr(sys.modules[self.__module__], f"{self.moduleName}Test")().runTest(**kwargs)


class ScriptedLoadableModuleWidget:
    """Base of a panel."""

    def __init__(self, parent=None):
        self.moduleName = type(self).__name__.removesuffix("Widget")
        self.developerMode = False
        self.parent = parent
        self.layout = parent.layout()
        slicer.app.moduleManager().connect("moduleAboutToBeUnloaded(QString)", self._onModuleAboutToBeUnloaded)

    def resourcePath(self, filename):
        """Path below the module's Resources."""
        return str(Path(slicer.util.modulePath(self.moduleName)).parent / "Resources" / filename)

    def setup(self):
        """Builds the panel."""

    def cleanup(self):
        """The module is about to be unloaded or reloaded."""

    def _onModuleAboutToBeUnloaded(self, moduleName):
        if moduleName == self.moduleName:
            self.cleanup()
            slicer.app.moduleManager().disconnect("moduleAboutToBeUnloaded(QString)", self._onModuleAboutToBeUnloaded)

    def onReload(self):
        """The developer's Reload button."""
        slicer.util.reloadScriptedModule(self.moduleName)


class ScriptedLoadableModuleLogic:
    """Base of a module's logic."""

    def __init__(self, parent=None):
        self.moduleName = type(self).__name__.removesuffix("Logic")
        self.isSingletonParameterNode = True

    def getParameterNode(self):
        """The module's node with parameters: the scene's one, made if there is none."""
        node = slicer.mrmlScene.GetSingletonNode(self.moduleName, "vtkMRMLScriptedModuleNode")
        node = node or slicer.mrmlScene.AddNode(self.createParameterNode())
        node.SetAttribute("ModuleName", self.moduleName)
        return node

    def createParameterNode(self):
        """A new one, outside the scene."""
        node = slicer.mrmlScene.CreateNodeByClass("vtkMRMLScriptedModuleNode")
        node.UnRegister(None)
        node.SetSingletonTag(self.moduleName)
        node.SetAttribute("ModuleName", self.moduleName)
        node.SetName(slicer.mrmlScene.GenerateUniqueName(self.moduleName))
        return node


class ScriptedLoadableModuleTest(unittest.TestCase):
    """Base of a module's self-test."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.messageDelay = 0

    def delayDisplay(self, message, requestedDelay=None, msec=None):
        """Says what comes next."""
        slicer.app.processEvents()

    def setUp(self):
        """Nothing by itself."""

    def runTest(self):
        """To be overridden."""


def python_module() -> types.ModuleType:
    """slicer.ScriptedLoadableModule."""
    module = types.ModuleType("slicer.ScriptedLoadableModule", __doc__)
    classes = (ScriptedLoadableModule, ScriptedLoadableModuleWidget, ScriptedLoadableModuleLogic, ScriptedLoadableModuleTest)
    module.__dict__.update({kind.__name__: kind for kind in classes})
    return module
