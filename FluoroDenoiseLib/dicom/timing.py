"""Seconds between the frames of a cine, from whichever of DICOM's many clocks the file carries."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from pydicom import Dataset
from pydicom.tag import Tag
from pydicom.valuerep import DT

from .elements import Frame, number, numbers, text, value

# Farther apart than this, exposures are not a cine.
LONGEST_STEP = 10.0


def frame_time(frames: Sequence[Frame]) -> float | np.ndarray | None:
    """Seconds between frames, or their increments (the first 0) where they differ, or None if the file does not say.

    FrameIncrementPointer decides between Frame Time and Frame Time Vector (PS3.3 C.7.6.5); without either, the frames'
    own acquisition times, then Cine Rate and Recommended Display Frame Rate.
    """
    if len(frames) < 2:
        return None
    for clock in _clocks(frames):
        steps = clock(frames)
        if steps is not None:
            return _simplest(steps)
    return None


def _clocks(frames: Sequence[Frame]) -> tuple:
    pointer = value(frames[0].header, "FrameIncrementPointer")
    by_vector = pointer == Tag("FrameTimeVector")
    fixed = (_vector, _fixed) if by_vector else (_fixed, _vector)
    return (*fixed, _functional_groups, _instances, _rates)


def _fixed(frames: Sequence[Frame]) -> np.ndarray | None:
    milliseconds = number(frames[0].header, "FrameTime") or number(frames[0].header, "ActualFrameDuration")
    of_one_file = frames[0].header is frames[-1].header
    return _increments([(milliseconds or 0) / 1000] * (len(frames) - 1)) if of_one_file else None


def _vector(frames: Sequence[Frame]) -> np.ndarray | None:
    milliseconds = numbers(frames[0].header, "FrameTimeVector")
    return _increments([step / 1000 for step in milliseconds[1:]]) if len(milliseconds) == len(frames) else None


def _functional_groups(frames: Sequence[Frame]) -> np.ndarray | None:
    contents = [frame.group("FrameContentSequence") for frame in frames]
    return _between([text(item, "FrameAcquisitionDateTime") or text(item, "FrameReferenceDateTime") for item in contents])


def _instances(frames: Sequence[Frame]) -> np.ndarray | None:
    if frames[0].header is frames[-1].header:
        return None
    return _between([moment(frame) for frame in frames])


def moment(frame: Frame) -> str:
    """When the instance was taken, as a DICOM date-time, or ""."""
    for prefix in ("Acquisition", "Content"):
        date, time = text(frame.header, f"{prefix}Date"), text(frame.header, f"{prefix}Time")
        whole = text(frame.header, f"{prefix}DateTime") or (date + time if date and time else "")
        if whole:
            return whole
    return ""


def apart(before: Dataset, after: Dataset) -> bool:
    """Whether two exposures are known to lie farther apart in time than frames of a cine."""
    seconds = _seconds([moment(Frame(before, 0)), moment(Frame(after, 0))])
    return seconds is not None and abs(seconds[1] - seconds[0]) > LONGEST_STEP


def _rates(frames: Sequence[Frame]) -> np.ndarray | None:
    header = frames[0].header
    rate = number(header, "CineRate") or number(header, "RecommendedDisplayFrameRate")
    return _increments([1 / rate] * (len(frames) - 1)) if rate and rate > 0 else None


def _between(moments: Sequence[str]) -> np.ndarray | None:
    seconds = _seconds(moments)
    steps = None if seconds is None else _increments(list(np.diff(seconds)))
    return steps if steps is not None and steps.max() <= LONGEST_STEP else None


def _seconds(moments: Sequence[str]) -> list[float] | None:
    """Seconds since the first of several DICOM date-times, or None where one of them is none."""
    try:
        times = [DT(each) for each in moments]
        return [(time - times[0]).total_seconds() for time in times]
    except (ValueError, TypeError):  # not a date-time, absent, or some with a time zone and some without
        return None


def _increments(steps: Sequence[float]) -> np.ndarray | None:
    """Increments with the leading 0, or None where one of them is no step forward."""
    return np.array([0.0, *steps]) if all(step > 0 for step in steps) else None


def _simplest(increments: np.ndarray) -> float | np.ndarray:
    """One number where all steps agree to the microsecond that DICOM's times are given in."""
    steps = increments[1:]
    return float(steps[0]) if np.ptp(steps) < 2e-6 else increments
