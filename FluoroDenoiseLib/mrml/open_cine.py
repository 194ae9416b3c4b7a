"""Puts cines into a scene as Slicer's own DICOM readers do, with the frame times, window and polarity that they leave out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import slicer

from ..cine import Cine
from ..units import in_real_world
from .identity import UIDS
from .links import Node
from .meaning import remember
from .new_volume import file_uids, fill, item_uids, place, show, store_as
from .source import note_opened

UNTIMED_RATE = 10.0
"""Frames per second at which cines without times are played, as by Slicer's image sequence reader."""
HIGH_SPEED = 100.0
"""Frames per second from which milliseconds no longer tell the frames' times well."""


def load(cines: Cine | Iterable[Cine], scene: Any) -> list[Node]:
    """Puts cines into a scene.

    A cine becomes a sequence of one-slice volumes with a browser and a proxy, as by DICOMImageSequencePlugin: both in-plane
    axes negated, the time in seconds as index (the frame's number where times are unknown), DICOM.instanceUIDs on every item.
    The two planes of a biplane acquisition (a plane 1 that follows a plane 0 of equal length) share a browser. Slices (CT,
    MR) become a scalar volume in real-world values.

    Args:
        cines: one cine, or several.
        scene: the vtkMRMLScene.

    Returns:
        For each cine its sequence node, or its volume node.
    """
    nodes = []
    for group in _acquisitions([cines] if isinstance(cines, Cine) else list(cines)):
        nodes += [_add_volume(in_real_world(group[0]), scene)] if "slices" in group[0].traits else _add_in_step(group, scene)
    return nodes


def _acquisitions(cines: list[Cine]) -> list[list[Cine]]:
    groups: list[list[Cine]] = []
    for cine in cines:
        first = groups[-1][0] if groups else None
        second_plane = first is not None and len(groups[-1]) == 1 and (first.plane, cine.plane) == (0, 1)
        if second_plane and len(first) == len(cine) and "slices" not in cine.traits:
            groups[-1].append(cine)
        else:
            groups.append([cine])
    return groups


def _add_in_step(planes: list[Cine], scene: Any) -> list[Node]:
    sequences = [_add_sequence(cine, scene) for cine in planes]
    browser = slicer.vtkMRMLSequenceBrowserNode()
    browser.SetName(scene.GenerateUniqueName(f"{planes[0].name} browser"))
    browser.SetPlaybackRateFps(_rate(planes[0]))
    scene.AddNode(browser)
    for cine, sequence in zip(planes, sequences, strict=True):
        browser.AddSynchronizedSequenceNode(sequence)
        show(browser.GetProxyNode(sequence), cine)
    return sequences


def _rate(cine: Cine) -> float:
    """Typical frames per second."""
    if cine.frame_time is None:
        return UNTIMED_RATE
    steps = np.atleast_1d(np.asarray(cine.frame_time, np.float64))
    return 1 / float(np.median(steps[1:] if len(steps) > 1 else steps))


def _add_sequence(cine: Cine, scene: Any) -> Node:
    sequence = scene.AddNewNodeByClass("vtkMRMLSequenceNode", scene.GenerateUniqueName(cine.name))
    sequence.SetIndexName("frame" if cine.frame_time is None else "time")
    sequence.SetIndexUnit("" if cine.frame_time is None else "s")
    sequence.SetNumericIndexValueTolerance(min(sequence.GetNumericIndexValueTolerance(), 0.1 / _rate(cine)))
    volume = slicer.vtkMRMLScalarVolumeNode()
    place(volume, cine)
    uids = file_uids(cine)
    note_opened(uids, cine.sources)
    for t, (index, uid) in enumerate(zip(_index_values(cine), item_uids(cine, uids), strict=True)):
        fill(volume, cine.frames[t : t + 1])
        volume.SetAttribute(UIDS, uid)
        sequence.SetDataNodeAtValue(volume, index)
    remember(sequence, cine)
    store_as(sequence, slicer.vtkMRMLVolumeSequenceStorageNode())
    return sequence


def _index_values(cine: Cine) -> list[str]:
    """Text of each frame's time in seconds, to the millisecond (high-speed cines: microsecond), or of its number."""
    if cine.frame_time is None:
        return [str(t) for t in range(len(cine))]
    step = np.asarray(cine.frame_time, np.float64)
    times = np.arange(len(cine)) * step if step.ndim == 0 else np.cumsum(step)
    return [f"{time:.{3 if _rate(cine) < HIGH_SPEED else 6}f}" for time in times]


def _add_volume(cine: Cine, scene: Any) -> Node:
    volume = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", scene.GenerateUniqueName(cine.name))
    place(volume, cine)
    fill(volume, cine.frames)
    uids = file_uids(cine)
    note_opened(uids, cine.sources)
    volume.SetAttribute(UIDS, " ".join(uids) or None)
    show(volume, cine)
    remember(volume, cine)
    store_as(volume, slicer.vtkMRMLVolumeArchetypeStorageNode())
    return volume
