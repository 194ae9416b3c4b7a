"""What the numbers of a node mean: said by FluoroDenoise when it opened the cine, else what MRML itself tells."""

from __future__ import annotations

import base64
import zlib
from typing import Any

import numpy as np
import slicer

from ..cine import Cine
from .attributes import CINE, read_json, write_json
from .links import Node, is_sequence
from .node_frames import NodeFrames

TUPLES = ("valid_range", "rescale", "pixel_spacing", "window")
PLAIN = ("intensity", "modality", "inverted", "slice_spacing", "plane")
SLICES = ("CT", "MR", "PT", "NM")
"""Modalities whose volumes are slices; any other volume's slices are taken as frames in time."""
INVERTED_GREY = "vtkMRMLColorTableNodeInvertedGrey"


def remember(node: Node, cine: Cine) -> None:
    """Keeps on the node what MRML itself cannot say of a cine. Paths are left out: scenes are passed on."""
    told: dict[str, Any] = {name: getattr(cine, name) for name in (*PLAIN, *TUPLES)}
    told |= {"traits": sorted(cine.traits), "warnings": list(cine.warnings)}
    if cine.covered is not None:
        told["covered"] = _pack(cine.covered)
    write_json(node, CINE, told)


def recall(frames: NodeFrames) -> dict[str, Any]:
    """What is known of a node's frames, as keyword arguments for `Cine`."""
    told = read_json(frames.node, CINE)
    return {**_read_off(frames), **_from_json(told, frames.shape[1:])}


def _from_json(told: dict[str, Any], shape: tuple[int, ...]) -> dict[str, Any]:
    known = {name: told[name] for name in PLAIN if name in told}
    known |= {name: tuple(told[name]) for name in TUPLES if told.get(name) is not None}
    known |= {"pixel_spacing": None} if "pixel_spacing" in told and told["pixel_spacing"] is None else {}
    known |= {name: kind(told[name]) for name, kind in (("traits", frozenset), ("warnings", tuple)) if name in told}
    return known | ({"covered": _unpack(told["covered"], shape)} if "covered" in told else {})


def _read_off(frames: NodeFrames) -> dict[str, Any]:
    shown = next(iter(frames.proxies), frames.volumes[0])
    modality = _modality(shown)
    spacing = frames.volumes[0].GetSpacing()
    known = {"modality": modality, "inverted": _is_inverted(shown), "pixel_spacing": (spacing[1], spacing[0])}
    known |= {"window": _window(shown), "intensity": {"CT": "HU", "MR": "MR"}.get(modality, "UNKNOWN")}
    if is_sequence(frames.node):
        return known
    if modality in SLICES:
        return known | {"traits": frozenset({"slices"}), "slice_spacing": spacing[2]}
    return known | ({} if modality else {"warnings": (_taken_as_time(frames),)} if len(frames) > 1 else {})


def _taken_as_time(frames: NodeFrames) -> str:
    return f"{frames.name} does not say what it is: its {len(frames)} slices are taken as frames in time."


def _modality(volume: Node) -> str:
    """From the DICOM attributes of the subject hierarchy, else from the voxels' units."""
    scene = volume.GetScene()
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene) if scene else None
    item = hierarchy.GetItemByDataNode(volume) if hierarchy else 0
    stated = hierarchy.GetItemAttribute(item, "DICOM.Modality") if item else ""
    units = volume.GetVoxelValueUnits()
    return stated or ("CT" if units is not None and units.GetCodeValue() == "[hnsf'U]" else "")


def _is_inverted(volume: Node) -> bool:
    display = volume.GetDisplayNode()
    return display is not None and display.GetColorNodeID() == INVERTED_GREY


def _window(volume: Node) -> tuple[float, float] | None:
    display = volume.GetDisplayNode()
    return (display.GetLevel(), display.GetWindow()) if hasattr(display, "GetWindow") else None


def _pack(mask: np.ndarray) -> str:
    return base64.b64encode(zlib.compress(np.packbits(mask).tobytes())).decode()


def _unpack(text: str, shape: tuple[int, ...]) -> np.ndarray:
    bits = np.frombuffer(zlib.decompress(base64.b64decode(text)), np.uint8)
    return np.unpackbits(bits, count=int(np.prod(shape))).reshape(shape).astype(bool)
