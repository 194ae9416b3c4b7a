"""From stored to real-world values and back: files keep the former, Slicer's volumes hold the latter."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .cine import Cine


def in_real_world(cine: Cine) -> Cine:
    """The cine in real-world values (Hounsfield units for CT), as Slicer holds volumes.

    Integers stay integers where slope and intercept are whole.
    """
    slope, intercept = cine.rescale
    if (slope, intercept) == (1, 0):
        return cine
    limits = tuple(sorted(bound * slope + intercept for bound in cine.valid_range)) if cine.valid_range else None
    frames = np.empty(cine.shape, _kind(cine, limits))
    for t, frame in enumerate(cine.frames):
        frames[t] = frame * np.float64(slope) + intercept
    return replace(cine, frames=frames, rescale=(1.0, 0.0), valid_range=limits)


def _kind(cine: Cine, limits: tuple[float, float] | None) -> np.dtype:
    """int16 or int32 where they hold all whole values within limits, else float32."""
    if cine.frames.dtype.kind not in "iu" or limits is None or any(value % 1 for value in cine.rescale):
        return np.dtype(np.float32)
    fitting = (kind for kind in (np.int16, np.int32) if np.iinfo(kind).min <= limits[0] and limits[1] <= np.iinfo(kind).max)
    return np.dtype(next(fitting, np.float32))


def in_units_of(result: Cine, source: Cine) -> Cine:
    """A node's result in the stored values of the cine that was put into the scene, ready to be written beside its files.

    Args:
        result: `cine_from_node` of the denoised node.
        source: the cine as it was read; it gives everything but frames and record.
    """
    slope, intercept = source.rescale if result.rescale == (1, 0) else (1.0, 0.0)
    frames = np.empty(source.shape, source.frames.dtype)
    for t, frame in enumerate(result.frames):
        frames[t] = source.to_stored((frame.astype(np.float64) - intercept) / slope)
    return source.with_frames(frames, record=result.record)
