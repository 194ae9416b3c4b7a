"""loadUI's other half: real .ui files become trees of Qt's, CTK's and Slicer's widgets, connections included."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

from Testing.host.pythonqt import Look, QtCore, QtUiTools, qt

# Connections whose signals carry MRML objects, which PySide6's own loader cannot make.
MRML = "vtk"


class QUiLoader(QtUiTools.QUiLoader):
    """Reads a .ui file; every class name in it must be one that the host has.

    `kinds` holds the modules `ctk` and `slicer`, whose classes the file may name.
    """

    kinds: tuple = ()

    def load(self, device):
        """The widget that the file describes."""
        root = ElementTree.fromstring(bytes(device.readAll()))
        for widget in root.iter("widget"):
            self._kind(widget.get("class"))  # an unknown class is told at once, with its name
        ours = take_out_mrml_connections(root)
        content = QtCore.QBuffer()
        content.setData(ElementTree.tostring(root))
        content.open(QtCore.QIODevice.ReadOnly)
        Look._ui_is_loaded = True
        widget = super().load(content)
        Look._ui_is_loaded = False
        for connection in ours:
            connect(widget, connection)
        return widget

    def createWidget(self, class_name, parent=None, name=""):
        """Called for each widget of the file."""
        widget = self._kind(class_name)(parent)
        widget.objectName = name
        return widget

    def createLayout(self, class_name, parent=None, name=""):
        """Called for each layout of the file."""
        layout = self._kind(class_name)()
        layout.objectName = name
        if parent is not None and parent.isWidgetType() and parent.layout() is None:
            parent.setLayout(layout)
        return layout

    def _kind(self, class_name: str) -> type:
        if class_name == "Line":  # Designer's word
            return qt.QFrame
        places = [place for place in (*self.kinds, qt) if class_name in dir(place) or place is qt]
        return getattr(places[0], class_name)


def take_out_mrml_connections(root: ElementTree.Element) -> list[dict[str, str]]:
    """Removes from the file, and returns, the connections that carry MRML objects."""
    connections = root.find("connections")
    taken = [one for one in root.iter("connection") if MRML in one.findtext("signal", "")]
    for one in taken:
        connections.remove(one)
    return [{part.tag: part.text for part in one} for one in taken]


def connect(root, connection: dict[str, str]) -> None:
    """Makes one connection, with the names that the file gives."""
    sender, receiver = (find(root, connection[end]) for end in ("sender", "receiver"))
    signal, slot = (connection[member].split("(")[0] for member in ("signal", "slot"))
    getattr(sender, signal).connect(getattr(receiver, slot))


def find(root, name: str):
    """The widget of this name: the root or one below it."""
    return root if root.objectName == name else root.findChild(QtCore.QObject, name)


qt.QUiLoader = QUiLoader
