"""A denoised cine in the panel, and what the slice views show of it."""

from __future__ import annotations

import numpy as np
import slicer
from panel_scenes import addCine, framesOf

RECORD = {"model": "fluoroscopy", "mode": "review", "strength": 1.0, "software": "FluoroDenoise 0.1.0"}
WIRE = 30
"""Column of the wire in frame 5 of `aCine`."""


def aCine(frames: int = 8, size: int = 128):
    """Noise on an even grey; a wire stands in frame 5 only. Returns its proxy."""
    noisy = np.random.default_rng(0).normal(400, 8, (frames, size, size))
    noisy[5, :, WIRE : WIRE + 2] -= 60
    return addCine(np.rint(noisy).astype(np.uint16), pixel_spacing=(0.5, 0.5))


def write(node, frames: np.ndarray) -> None:
    """What a denoiser would write into a node."""
    from FluoroDenoiseLib.mrml import InPlaceEdit

    with InPlaceEdit(node) as edit:
        edit.write(0, frames)
        edit.finish(RECORD)


def denoisedWell(node) -> None:
    """All noise goes, the wire stays."""
    clean = np.full_like(framesOf(node), 400)
    clean[5, :, WIRE : WIRE + 2] = 340
    write(node, clean)


def denoisedBadly(node) -> None:
    """The wire goes with the noise."""
    write(node, np.full_like(framesOf(node), 400))


def original(node):
    """The proxy of a denoised node's original."""
    from FluoroDenoiseLib.mrml import original_node

    return original_node(node)


def browser():
    """The one sequence browser of the scene."""
    return slicer.mrmlScene.GetFirstNodeByClass("vtkMRMLSequenceBrowserNode")


def shownIn(name: str) -> tuple:
    """Background and foreground volume of a slice view."""
    composite = slicer.app.layoutManager().sliceWidget(name).mrmlSliceCompositeNode()
    identifiers = composite.GetBackgroundVolumeID(), composite.GetForegroundVolumeID()
    return tuple(slicer.mrmlScene.GetNodeByID(each) if each else None for each in identifiers)


def picture(name: str) -> np.ndarray:
    """[H, W, 3] uint8: the pixels of a slice view, first row on top."""
    import vtk
    from vtk.util.numpy_support import vtk_to_numpy

    view = slicer.app.layoutManager().sliceWidget(name).sliceView()
    view.forceRender()
    grab = vtk.vtkWindowToImageFilter()
    grab.SetInput(view.renderWindow())
    grab.ReadFrontBufferOff()
    grab.Update()
    columns, rows, _ = grab.GetOutput().GetDimensions()
    return vtk_to_numpy(grab.GetOutput().GetPointData().GetScalars()).reshape(rows, columns, 3)[::-1]


def graininess(image: np.ndarray) -> float:
    """Standard deviation of neighbouring pixels' differences in the middle, where no mark is: what noise makes large."""
    middle = image[image.shape[0] // 3 : -image.shape[0] // 3, image.shape[1] // 3 : -image.shape[1] // 3, 1]
    return float(np.diff(middle.astype(float), axis=1).std())
