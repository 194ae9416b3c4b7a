"""Which node the panel chooses by itself."""

from __future__ import annotations

import slicer

SUITABLE = ("vtkMRMLScalarVolumeNode", "vtkMRMLVectorVolumeNode")


def proposedInput():
    """A volume or a sequence's proxy that could be denoised, the one in view preferred; None where there is none."""
    views = slicer.util.getNodesByClass("vtkMRMLSliceCompositeNode")
    shown = [slicer.mrmlScene.GetNodeByID(view.GetBackgroundVolumeID() or "") for view in views]
    volumes = [node for name in SUITABLE for node in slicer.util.getNodesByClass(name)]
    return next((node for node in (*shown, *volumes) if _isSuitable(node)), None)


def _isSuitable(node) -> bool:
    """Label maps, empty volumes and hidden ones (originals are) are not."""
    if node is None or node.GetClassName() not in SUITABLE or node.GetHideFromEditors():
        return False
    return node.GetImageData() is not None and node.GetImageData().GetNumberOfPoints() > 0
