"""What stands for a patient when CT slices are simulated: a CT with as little noise of its own as can be had."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .anatomy import read_hounsfield
from .ct import AIR, HIGHEST

# Curvature diffusion flattens what averaging leaves: at most some 10 HU, unlike an edge of 60 HU.
CONDUCTANCE, ITERATIONS, STEP = 0.6, 8, 0.05


def quiet_reference(path: str | Path, shrink: int = 2, slices: int = 3) -> tuple[np.ndarray, tuple[float, float, float]]:
    """A CT averaged over shrink x shrink pixels and several slices, which takes most of the noise that it came with.

    Args:
        path: a CT in Hounsfield units (NIfTI, NRRD, MetaImage).
        shrink: pixels averaged along both in-plane axes.
        slices: neighbouring slices averaged into one.

    Returns:
        [Z, Y, X] float32 Hounsfield units, and millimetres between voxels along Z, Y and X.

    Raises:
        UnreadableInput: SimpleITK cannot read the file.
    """
    import SimpleITK

    image = SimpleITK.BinShrink(read_hounsfield(path), [shrink, shrink, slices])
    return np.clip(SimpleITK.GetArrayFromImage(image), AIR, HIGHEST), image.GetSpacing()[::-1]


def settle(reference: np.ndarray) -> np.ndarray:
    """Takes from slices [Z, Y, X] in Hounsfield units the noise that averaging has left, float32.

    Curvature anisotropic diffusion (Whitaker and Xue, ICIP 2001), in three dimensions. None of the denoisers that are
    compared on the result works like it; what it takes away of the finest texture is missed by all. A network that was trained
    on such slices has learnt their look, which BM3D and BM4D have not: a lead over these is flattered by an unknown part.
    """
    import SimpleITK

    image = SimpleITK.GetImageFromArray(reference.astype(np.float32))
    smooth = SimpleITK.CurvatureAnisotropicDiffusion(image, STEP, CONDUCTANCE, 1, ITERATIONS)
    return SimpleITK.GetArrayFromImage(smooth)
