"""Cines in a Slicer scene: node and Cine, denoising in place, the original and its way back.

Runs in 3D Slicer and on PyPI's slicer-core alike: scenes are reached through their nodes, never through `slicer.mrmlScene`.
In slicer-core, register a `vtkSlicerSequencesLogic` with the scene, as the application does: it moves the proxies.
"""

from ..units import in_units_of
from .cine_node import cine_from_node
from .denoise_node import NodeTask, denoise_node, planes_of
from .history import is_denoised, original_node, restore_node
from .in_place import InPlaceEdit
from .open_cine import load
from .region import region_weights

__all__ = [
    "InPlaceEdit",
    "NodeTask",
    "cine_from_node",
    "denoise_node",
    "in_units_of",
    "is_denoised",
    "load",
    "original_node",
    "planes_of",
    "region_weights",
    "restore_node",
]
