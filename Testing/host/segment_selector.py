"""Slicer's selector of a segment: a segmentation node, and one of its segments."""

from __future__ import annotations

from Testing.host.mrml_widgets import qMRMLNodeComboBox, qMRMLWidget
from Testing.host.pythonqt import QtCore, of_slicer, qt


@of_slicer
class qMRMLSegmentSelectorWidget(qMRMLWidget):
    """Chooses a segmentation and a segment in it."""

    currentNodeChanged = QtCore.Signal(object)
    currentSegmentChanged = QtCore.Signal(str)
    _SIGNALS = {
        **qMRMLWidget._SIGNALS,
        "currentNodeChanged(vtkMRMLNode*)": "currentNodeChanged",
        "currentSegmentChanged(QString)": "currentSegmentChanged",
    }

    def __init__(self, parent=None):
        super().__init__(parent)
        self._ids: list[str] = []
        self._followed, self._tag = None, 0
        self._nodes, self._segments = qMRMLNodeComboBox(), qt.QComboBox()
        self._nodes.nodeTypes = ["vtkMRMLSegmentationNode"]
        self._nodes.addEnabled = self._nodes.removeEnabled = False
        layout = qt.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._nodes)
        layout.addWidget(self._segments)
        self._nodes.currentNodeChanged.connect(self.onCurrentNodeChanged)
        self._segments.currentIndexChanged.connect(lambda index: self.currentSegmentChanged.emit(self.currentSegmentID()))

    noneEnabled = QtCore.Property(
        bool, lambda self: self._nodes.noneEnabled, lambda self, to: setattr(self._nodes, "noneEnabled", to)
    )
    segmentationNodeSelectorVisible = QtCore.Property(
        bool, lambda self: not self._nodes.isHidden(), lambda self, to: setattr(self._nodes, "visible", to)
    )

    def setMRMLScene(self, scene):
        """Offers the segmentations of this scene."""
        super().setMRMLScene(scene)
        self._nodes.setMRMLScene(scene)

    def currentNode(self):
        """The segmentation, or None."""
        return self._nodes.currentNode()

    def setCurrentNode(self, node):
        """Chooses a segmentation."""
        self._nodes.setCurrentNode(node)

    def currentNodeID(self):
        """The segmentation's ID."""
        return self._nodes.currentNodeID

    def segmentIDs(self):
        """IDs of all segments of the segmentation."""
        return [identifier for identifier in self._ids if identifier]

    def currentSegmentID(self):
        """The segment's ID, or ''."""
        index = self._segments.currentIndex
        return self._ids[index] if 0 <= index < len(self._ids) else ""

    def setCurrentSegmentID(self, identifier):
        """Chooses a segment."""
        self._segments.currentIndex = self._ids.index(identifier)

    def onCurrentNodeChanged(self, node):
        """Offers the segments of this segmentation, and those that will be added to it."""
        segmentation = node.GetSegmentation() if node else None
        self._follow(segmentation)
        found = [segmentation.GetNthSegmentID(index) for index in range(segmentation.GetNumberOfSegments())] if node else []
        self._ids = [""] * bool(self.noneEnabled) + found
        names = [segmentation.GetSegment(identifier).GetName() if identifier else "None" for identifier in self._ids]
        self._segments.clear()
        self._segments.addItems(names)
        self.currentNodeChanged.emit(node)

    def _follow(self, segmentation):
        if segmentation is self._followed:
            return
        if self._followed is not None:
            self._followed.RemoveObserver(self._tag)
        self._followed = segmentation
        if segmentation is not None:
            added = segmentation.SegmentAdded
            self._tag = segmentation.AddObserver(added, lambda *_: self.onCurrentNodeChanged(self.currentNode()))
