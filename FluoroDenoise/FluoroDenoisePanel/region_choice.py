"""Where to denoise: everywhere, inside a markups ROI, or inside a segment."""

from __future__ import annotations


class RegionChoice:
    """The selectors of a region; the segment's shows only where a segmentation is chosen."""

    def __init__(self, ui, context):
        self._ui, self._context = ui, context

    def refresh(self) -> None:
        """Shows the segments of the chosen segmentation."""
        region = self._region()
        segmentation = region is not None and region.IsA("vtkMRMLSegmentationNode")
        self._ui.segmentLabel.visible = self._ui.segmentSelector.visible = segmentation
        if segmentation and self._ui.segmentSelector.currentNode() is not region:
            self._ui.segmentSelector.setCurrentNode(region)

    def chosen(self):
        """A markups ROI node, a segmentation node with the id of a segment, or None for everywhere."""
        region = self._region()
        if region is None or not region.IsA("vtkMRMLSegmentationNode"):
            return region
        return region, self._ui.segmentSelector.currentSegmentID()

    def _region(self):
        return self._context.parameterNode.region if self._context.parameterNode else None
