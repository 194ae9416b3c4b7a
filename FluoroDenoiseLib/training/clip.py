"""The part of a cine that is learnt from and judged by: memory does not depend on how long and how large cines are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..cine import Cine
from ..noise.copies import copies

MOST_PIXELS = 2**23  # of a clip: 32 frames of 512 x 512
MOST_SIDE = 768


def clip_of(cine: Cine) -> Cine:
    """The middle of a cine, in space where it is large and in time where it is long."""
    rows, columns = (_middle(length, MOST_SIDE) for length in cine.shape[1:])
    count = MOST_PIXELS // ((rows.stop - rows.start) * (columns.stop - columns.start))
    times = _middle(len(cine), count)
    covered = None if cine.covered is None else cine.covered[rows, columns]
    return replace(cine.part(times.start, times.stop), frames=cine.frames[times, rows, columns], covered=covered)


def without_copies(cine: Cine) -> Cine:
    """A cine without the frames that only repeat the one before: what is learnt from would share its noise with them."""
    repeated = copies(cine.frames)
    if not len(repeated):
        return cine
    kept = np.delete(np.arange(len(cine)), repeated)
    times = cine.frame_time
    if times is not None:
        seconds = np.cumsum(np.broadcast_to(times, len(cine)))[kept]
        times = np.diff(seconds, prepend=seconds[0])
    return replace(cine, frames=cine.frames[kept], frame_time=times)


def _middle(length: int, most: int) -> slice:
    start = max(length - most, 0) // 2
    return slice(start, min(start + most, length))
