"""Which single-frame files belong to one cine or volume, and in which order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable
from pathlib import Path

import numpy as np
from pydicom import Dataset

from . import geometry
from .elements import Frame, frame_count, is_capture, number, text, texts
from .timing import apart, moment

# What is read of every file of a folder to find its cine; the rest is read with the pixels.
SORTING = [
    "SOPClassUID",
    "SOPInstanceUID",
    "SeriesInstanceUID",
    "Modality",
    "ImageType",
    "NumberOfFrames",
    "Rows",
    "Columns",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
    "SamplesPerPixel",
    "PhotometricInterpretation",
    "InstanceNumber",
    "AcquisitionNumber",
    "AcquisitionDate",
    "AcquisitionTime",
    "AcquisitionDateTime",
    "ContentDate",
    "ContentTime",
    "ImagePositionPatient",
    "ImageOrientationPatient",
    "DirectoryRecordSequence",
]
RADIOGRAPHS = ("CR", "DX")
MOVING = ("XA", "RF", *RADIOGRAPHS)
STILL = ("CT", "MR", "PT")
SAME_DIRECTION = 2  # decimals of the direction cosines


def cines(headers: dict[Path, Dataset]) -> list[tuple[Path, ...]]:
    """Files of each cine, in frame order: one multi-frame file, or the single-frame files of one series.

    Slices are ordered by place, everything else by instance number, then time. Frames that a series holds several times
    over (echoes, phases at the same places) become a cine each, and so do exposures that lie seconds apart: another view
    must not be taken for the next moment of this one.
    """
    series: dict[Hashable, list[Path]] = defaultdict(list)
    for path, header in headers.items():
        series[_key(path, header)].append(path)
    return [files for group in series.values() for files in _ordered({path: headers[path] for path in group})]


def _key(path: Path, header: Dataset) -> Hashable:
    alone = frame_count(header) > 1 or is_capture(header) or text(header, "Modality") not in (*MOVING, *STILL)
    if alone or not text(header, "SeriesInstanceUID"):
        return path
    identity = (text(header, "SeriesInstanceUID"), text(header, "SOPClassUID"), "LOCALIZER" in texts(header, "ImageType"))
    return (*identity, _direction(header), _plane(header), _size(header) if text(header, "Modality") in RADIOGRAPHS else ())


def _direction(header: Dataset) -> Hashable:
    axes = geometry.orientation(Frame(header, 0))
    return axes if axes is None else tuple(np.round(axes, SAME_DIRECTION) + 0.0)


def _plane(header: Dataset) -> str:
    return next((term for term in texts(header, "ImageType") if term.startswith("BIPLANE")), "")


def _size(header: Dataset) -> tuple[str, ...]:
    """Exposures of different size in a radiograph series are views of their own, not a damaged cine."""
    return text(header, "Rows"), text(header, "Columns")


def _ordered(headers: dict[Path, Dataset]) -> list[tuple[Path, ...]]:
    files = sorted(headers, key=lambda path: (_instance(headers[path]), moment(Frame(headers[path], 0)), str(path)))
    places = geometry.positions([Frame(headers[path], 0) for path in files])
    if places is None or np.ptp(places) <= geometry.SAME_POSITION:
        return [run for acquisition in _acquisitions(files, headers) for run in _runs(acquisition, headers)]
    return [tuple(files[index] for index in run) for run in geometry.stacks(places)]


def _acquisitions(files: list[Path], headers: dict[Path, Dataset]) -> list[list[Path]]:
    """Acquisitions apart where each counts its instances from the start: frames of two would alternate.

    Where instance numbers are absent, or repeat within an acquisition, or every frame is an acquisition, times alone tell.
    """
    found: dict[str, list[Path]] = defaultdict(list)
    for path in files:
        found[text(headers[path], "AcquisitionNumber")].append(path)
    parts = list(found.values())
    counts = [[_instance(headers[path]) for path in part] for part in parts]
    told = all(len(part) > 1 and len(set(part)) == len(part) and np.inf not in part for part in counts)
    repeated = len({instance for part in counts for instance in part}) < len(files)
    if not repeated:
        return [files]
    return parts if told else [sorted(files, key=lambda path: moment(Frame(headers[path], 0)))]


def _runs(files: list[Path], headers: dict[Path, Dataset]) -> list[tuple[Path, ...]]:
    """Exposures farther apart than a cine's frames can be are runs, or spot images, of their own."""
    runs = [[files[0]]]
    for before, after in zip(files, files[1:], strict=False):
        if apart(headers[before], headers[after]):
            runs.append([])
        runs[-1].append(after)
    return [tuple(run) for run in runs]


def _instance(header: Dataset) -> float:
    found = number(header, "InstanceNumber")
    return np.inf if found is None else found
