"""Slicer's widgets that know the MRML scene: containers and node selectors."""

from __future__ import annotations

from functools import partial

import vtk
from slicer import vtkMRMLScene

from Testing.host.pythonqt import Look, QtCore, QtWidgets, of_slicer, qt


def let_go(observed: list, *_sender) -> None:
    """Ends observations: (object, tag). The application's widgets do so when they are deleted."""
    while observed:
        thing, tag = observed.pop()
        thing.RemoveObserver(tag)


@of_slicer
class qMRMLWidget(Look, QtWidgets.QWidget):
    """A widget that tells its children which scene to show."""

    mrmlSceneChanged = QtCore.Signal(object)
    _SIGNALS = {"mrmlSceneChanged(vtkMRMLScene*)": "mrmlSceneChanged"}

    def __init__(self, parent=None):
        super().__init__(parent)
        self._scene = None

    def mrmlScene(self):
        """The scene shown."""
        return self._scene

    def setMRMLScene(self, scene):
        """Shows this scene."""
        self._scene = scene
        self.mrmlSceneChanged.emit(scene)


@of_slicer
class qSlicerWidget(qMRMLWidget):
    """Base of the module widgets."""


@of_slicer
class qMRMLNodeComboBox(Look, QtWidgets.QWidget):
    """Lets the user choose a node of some classes; follows the scene."""

    currentNodeChanged = QtCore.Signal(object)
    currentNodeIDChanged = QtCore.Signal(str)
    nodeAddedByUser = QtCore.Signal(object)
    _validChanged = QtCore.Signal(bool)
    _SIGNALS = {
        "currentNodeChanged(vtkMRMLNode*)": "currentNodeChanged",
        "currentNodeChanged(bool)": "_validChanged",
        "currentNodeIDChanged(QString)": "currentNodeIDChanged",
        "nodeAddedByUser(vtkMRMLNode*)": "nodeAddedByUser",
    }

    def __init__(self, parent=None):
        super().__init__(parent)
        self._scene, self._nodes, self._observed, self._current = None, [], [], None
        self.destroyed.connect(partial(let_go, self._observed))
        self._types, self._settings = [], {"noneDisplay": "None", "showChildNodeTypes": True}
        self._later = qt.QTimer(self)  # what is named or hidden after it was added
        self._later.singleShot, self._later.interval = True, 0
        self._later.timeout.connect(self._fill)
        self._combo = qt.QComboBox()
        self._combo.sizePolicy = QtWidgets.QSizePolicy(QtWidgets.QSizePolicy.Ignored, QtWidgets.QSizePolicy.Fixed)
        layout = qt.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._combo)
        self._combo.activated.connect(lambda index: self._choose(self._nodes[index]))

    def _setting(name, kind=bool, default=False):  # noqa: N805
        def write(self, value):
            self._settings[name] = value
            self._fill()

        return QtCore.Property(kind, lambda self: self._settings.get(name, default), write)

    noneEnabled = _setting("noneEnabled")
    addEnabled = _setting("addEnabled", default=True)
    removeEnabled = _setting("removeEnabled", default=True)
    renameEnabled = _setting("renameEnabled")
    editEnabled = _setting("editEnabled")
    showHidden = _setting("showHidden")
    showChildNodeTypes = _setting("showChildNodeTypes")
    selectNodeUponCreation = _setting("selectNodeUponCreation", default=True)
    noneDisplay = _setting("noneDisplay", str, "None")
    baseName = _setting("baseName", str, "")

    def _set_types(self, types):
        self._types = [types] if isinstance(types, str) else list(types)
        self._fill()

    nodeTypes = QtCore.Property("QStringList", lambda self: self._types, _set_types)

    def mrmlScene(self):
        """The scene whose nodes are offered."""
        return self._scene

    def setMRMLScene(self, scene):
        """Offers the nodes of this scene."""
        let_go(self._observed)
        self._scene = scene
        one = (vtkMRMLScene.NodeAddedEvent, vtkMRMLScene.NodeRemovedEvent)
        many = (vtkMRMLScene.EndCloseEvent, vtkMRMLScene.EndBatchProcessEvent)
        if scene:
            self._observed += [(scene, scene.AddObserver(event, self._on_node)) for event in one]
            self._observed += [(scene, scene.AddObserver(event, lambda *_: self._fill())) for event in many]
        self._fill()

    @vtk.calldata_type(vtk.VTK_OBJECT)
    def _on_node(self, scene, event, node):
        several = scene.IsClosing() or scene.IsBatchProcessing()  # whose end fills once
        if self._is_of_types(node) and not several:
            self._fill()
            self._later.start()

    def nodeCount(self):
        """How many nodes are offered."""
        return sum(node is not None for node in self._nodes)

    def nodeFromIndex(self, index):
        """The node at a place of the list, without the empty choice."""
        return [node for node in self._nodes if node is not None][index]

    def currentNode(self):
        """The chosen node, or None."""
        return self._current

    def setCurrentNode(self, node):
        """Chooses a node (or its ID), or none."""
        wanted = self._scene.GetNodeByID(node) if isinstance(node, str) else node
        self._choose(wanted if wanted in self._nodes else None)

    def addNode(self, class_name=None):
        """Makes a node of this or the first class and chooses it, as a click on "Create new ..." does."""
        node = self._scene.AddNewNodeByClass(
            class_name or self._types[0], self._scene.GenerateUniqueName(self.baseName or "Node")
        )
        if self.selectNodeUponCreation:
            self.setCurrentNode(node)
        self.nodeAddedByUser.emit(node)
        return node

    def _id(self):
        return self._current.GetID() if self._current else ""

    def setCurrentNodeID(self, identifier):
        """Chooses the node with this ID."""
        self.setCurrentNode(self._scene.GetNodeByID(identifier) if identifier else None)

    currentNodeID = QtCore.Property(str, _id, setCurrentNodeID)
    currentNodeId = currentNodeID

    def _offered(self, node) -> bool:
        return self._is_of_types(node) and (self.showHidden or not node.GetHideFromEditors())

    def _is_of_types(self, node) -> bool:
        return node.GetClassName() in self._types or (self.showChildNodeTypes and any(node.IsA(kind) for kind in self._types))

    def _fill(self):
        nodes = vtk_items(self._scene.GetNodes()) if self._scene else []
        nodes = [node for node in nodes if self._offered(node)]
        none_first = [None] if self.noneEnabled or not nodes else []
        self._nodes = none_first + nodes
        self._combo.clear()
        self._combo.addItems([node.GetName() or "" if node else self.noneDisplay for node in self._nodes])
        fallback = None if self.noneEnabled or not nodes else nodes[0]
        self._choose(self._current if self._current in self._nodes else fallback)

    def _choose(self, node):
        self._combo.currentIndex = self._nodes.index(node) if node in self._nodes else -1
        if node is self._current:
            return
        self._current = node
        self.currentNodeChanged.emit(node)
        self._validChanged.emit(node is not None)
        self.currentNodeIDChanged.emit(self._id())


def vtk_items(collection: vtk.vtkCollection) -> list:
    """What a VTK collection holds."""
    return [collection.GetItemAsObject(index) for index in range(collection.GetNumberOfItems())]
