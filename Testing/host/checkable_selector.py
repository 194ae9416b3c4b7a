"""Slicer's selector of several nodes: a list that drops down, with a check box at each node."""

from __future__ import annotations

from Testing.host.mrml_widgets import qMRMLNodeComboBox
from Testing.host.pythonqt import QtCore, of_slicer

CHECKED, UNCHECKED = QtCore.Qt.Checked, QtCore.Qt.Unchecked


@of_slicer
class qMRMLCheckableNodeComboBox(qMRMLNodeComboBox):
    """Lets the user check nodes of some classes."""

    checkedNodesChanged = QtCore.Signal()

    def __init__(self, parent=None):
        self._checked: set[str] = set()
        super().__init__(parent)
        self._combo.model().dataChanged.connect(lambda *_: self._read_boxes())

    def checkedNodes(self):
        """The nodes that are checked, in the list's order."""
        return [node for node in self._nodes if node and node.GetID() in self._checked]

    def uncheckedNodes(self):
        """The others."""
        return [node for node in self._nodes if node and node.GetID() not in self._checked]

    def allChecked(self):
        """Is every node checked?"""
        return not self.uncheckedNodes()

    def noneChecked(self):
        """Is no node checked?"""
        return not self.checkedNodes()

    def checkState(self, node):
        """Is this node checked?"""
        return CHECKED if node.GetID() in self._checked else UNCHECKED

    def setCheckState(self, node, state):
        """Checks or unchecks a node."""
        if self.checkState(node) != state:
            self._checked ^= {node.GetID()}
            self._show_boxes()
            self.checkedNodesChanged.emit()

    def check(self, node):
        """Checks a node."""
        self.setCheckState(node, CHECKED)

    def uncheck(self, node):
        """Unchecks a node."""
        self.setCheckState(node, UNCHECKED)

    def _fill(self):
        super()._fill()
        gone = self._checked - {node.GetID() for node in self._nodes if node}
        self._checked -= gone
        self._show_boxes()
        if gone:
            self.checkedNodesChanged.emit()

    def _show_boxes(self):
        model = self._combo.model()
        blocked = model.blockSignals(True)
        for row, node in enumerate(self._nodes):
            if node:
                model.item(row).setData(self.checkState(node), QtCore.Qt.CheckStateRole)
        model.blockSignals(blocked)

    def _read_boxes(self):
        model = self._combo.model()
        boxes = {node.GetID(): model.item(row).checkState() for row, node in enumerate(self._nodes) if node and model.item(row)}
        checked = {identifier for identifier, state in boxes.items() if state == CHECKED}
        if checked != self._checked:
            self._checked = checked
            self.checkedNodesChanged.emit()
