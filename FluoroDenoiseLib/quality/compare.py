"""Before and after, without a reference: noise, edges, brightness, ghosts, and what was removed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from ..cine import Cine
from ..errors import UnsuitableCine
from . import flat, moving
from .edges import strong_edges
from .field import field_of_view
from .removed import judge, kept_slope, outstanding, slopes_left, structure
from .taken import stripes_of, taken

MOST_FRAMES = 12
"""At most this many frames, spread over the cine, are measured."""
REACH = 2
"""The guide of a frame is the mean of the frames up to this far from it, without itself."""

IN_TIME = dict.fromkeys(("flicker_before", "flicker_after", "moving_kept", "ghost"))
"""What is measured from frame to frame: nothing of slices, which anatomy enters and leaves."""

Read = Callable[[int], np.ndarray]

HOW = (
    "Noise: standard deviation within the flattest 16x16 blocks of a frame, shading taken away; measured in space, because the "
    "difference of frames reads too little after a temporal filter. Blocks are chosen on the original's neighbouring frames."
)


def compare(before: Cine, after: Cine, progress: Callable[[int, int], None] | None = None) -> dict[str, Any]:
    """Measures what denoising did to a cine, JSON-ready. Memory stays at a few frames whatever the length.

    Args:
        before, after: a cine and its denoised result.
        progress: called with frames measured and frames to be measured; what it raises stops the measuring.

    Returns:
        frames, measured_frames: length of the cine, and how many of its frames were measured.
        noise_before, noise_after: spatial noise in stored units; `how` says how it was measured.
        noise_reduction_db: 20 log10 of their ratio, None where either is zero.
        flicker_before, flicker_after: standard deviation from differences of neighbouring frames (None for one frame).
        edges_kept: slope at strong edges after / before, 1 where all is kept, None where no edge, or too few, stand out of the
            noise. A vendor's recursive filter is undone first: neighbouring frames share its noise, and edges would be found in
            that.
        mean_change: mean difference in flat areas as a fraction of their mean (of the grey span where values are signed).
        moving_kept: share that is left of what passed through a frame (a wire that no neighbour has at its place), and
        ghost: the share of it that is seen one frame later; None where nothing passed that noise would not make.
        residual_structure: score 0..1, its parts, and a verdict in words (see `removed.judge`).

    Raises:
        UnsuitableCine: the two cines differ in shape, or are smaller than one block.
    """
    if before.shape != after.shape:
        raise UnsuitableCine(
            f"Found {before.shape} before and {after.shape} after (frames, rows, columns); expected the same shape. "
            "Compare a cine with its own denoised result."
        )
    if min(before.shape[1:]) < flat.BLOCK:
        raise UnsuitableCine(
            f"Found frames of {before.shape[2]} x {before.shape[1]} pixels; expected at least {flat.BLOCK} x {flat.BLOCK}, "
            "which is what noise is measured in."
        )
    field = field_of_view(before)
    chosen, white = chosen_frames(len(before)), _white(before, field)
    removed = _removed(before, after, white, field)
    rows = []
    for t in chosen:
        rows.append(_measure(before, after, white, removed, int(t), field))
        if progress:
            progress(len(rows), len(chosen))
    found = _summary(rows, _scale(before, field)) | (IN_TIME if "slices" in before.traits else {})
    return {"frames": len(before), "measured_frames": len(rows), **found, "how": HOW}


def structure_removed(before: Cine, after: Cine) -> Iterator[np.ndarray]:
    """For every frame [H, W] boolean: where structure was removed (see `removed.structure`)."""
    field = field_of_view(before)
    removed = _removed(before, after, _white(before, field), field)
    for t in range(len(before)):
        yield structure(removed(t), guide_of(before, t), field)


def chosen_frames(count: int) -> np.ndarray:
    """Numbers of the frames that are measured of a cine of `count` frames, ascending."""
    return np.unique(np.linspace(0, count - 1, MOST_FRAMES).round().astype(int))


def _measure(before: Cine, after: Cine, white: Read, removed: Read, t: int, field: np.ndarray) -> dict[str, Any]:
    """Everything that one frame tells, as sums that can be added up over frames (see `_white` and `_removed`)."""
    noisy, clean = _frame(before, t), _frame(after, t)
    guide = guide_of(before, t)
    chosen = flat.flattest(guide, field)
    here, former = moving.passing(before, t, guide, field), moving.passing(before, t - 1, guide, field)
    return {
        "noise": (flat.noise(noisy, chosen), flat.noise(clean, chosen)),
        "flicker": _flicker(before, after, t, chosen),
        "edges": _slopes(white, after, t, field),
        "levels": (float(flat.blocks(noisy)[chosen].mean()), float(flat.blocks(clean)[chosen].mean())),
        "outstanding": outstanding(removed(t), guide, field),
        "kept": moving.share(here, here.height + clean - noisy if here else clean, chosen),
        "ghost": moving.share(former, clean - noisy, chosen),
    }


def _frame(cine: Cine, t: int) -> np.ndarray:
    return cine.frames[t].astype(np.float32)


def _white(cine: Cine, field: np.ndarray) -> Read:
    """Reads frame t [H, W] of a cine with a vendor's recursive filter undone, where there is one."""
    from ..noise.analysis import LOOKED_AT, white_frame
    from ..noise.recursion import find_vendor_recursion

    if "slices" in cine.traits:
        return partial(_frame, cine)
    recursion = find_vendor_recursion(cine.frames[:LOOKED_AT], field)
    return lambda t: white_frame(cine.frames, t, recursion)


def _removed(before: Cine, after: Cine, white: Read, field: np.ndarray) -> Read:
    """Reads what was taken from frame t [H, W], without the noise of whole lines (slices tell it from nothing)."""
    stripes = None if "slices" in before.traits else stripes_of(white, len(before), field)
    return lambda t: taken(_frame(before, t), _frame(after, t), stripes, field)


def _slopes(before: Read, after: Cine, t: int, field: np.ndarray) -> tuple[float, float, float]:
    """See `removed.slopes_left`, for frame t."""
    edges = strong_edges(_guide(before, t, len(after)), field)
    return slopes_left(before(t), _frame(after, t), edges) if len(edges) else (0.0, 0.0, 0.0)


def guide_of(cine: Cine, t: int) -> np.ndarray:
    """[H, W] lightly smoothed mean of the neighbouring frames: like frame t without its noise. One frame: itself, smoothed."""
    return _guide(partial(_frame, cine), t, len(cine))


def _guide(frame: Read, t: int, count: int) -> np.ndarray:
    import cv2

    near = [k for k in range(max(0, t - REACH), min(count, t + REACH + 1)) if k != t] or [t]
    mean = sum(frame(k) for k in near) / len(near)
    return cv2.GaussianBlur(mean, (0, 0), 1.0 if len(near) > 1 else 2.0)


def _flicker(before: Cine, after: Cine, t: int, chosen: np.ndarray) -> tuple[float, float] | None:
    if len(before) == 1:
        return None
    other = t + 1 if t + 1 < len(before) else t - 1
    return tuple(flat.flicker(_frame(cine, t), _frame(cine, other), chosen) for cine in (before, after))


def _scale(cine: Cine, field: np.ndarray) -> float | None:
    """The grey span (0.1 to 99.9%) where values are signed and a fraction of the mean would mean nothing, else None."""
    values = cine.frames[len(cine) // 2][field]
    low, high = np.percentile(values, (0.1, 99.9))
    return float(high - low) or 1.0 if low < 0 else None


def _summary(rows: list[dict[str, Any]], span: float | None) -> dict[str, Any]:
    noise_before, noise_after = (float(v) for v in np.median([row["noise"] for row in rows], axis=0))
    edges_kept = kept_slope([row["edges"] for row in rows])
    level_before, level_after = np.mean([row["levels"] for row in rows], axis=0)
    measured = noise_before > 0 and noise_after > 0
    return {
        "noise_before": float(f"{noise_before:.6g}"),
        "noise_after": float(f"{noise_after:.6g}"),
        "noise_reduction_db": round(float(20 * np.log10(noise_before / noise_after)), 2) if measured else None,
        **_flickers(rows),
        "edges_kept": edges_kept,
        "mean_change": round(float((level_after - level_before) / (span or max(abs(level_before), 1e-12))), 6),
        "moving_kept": moving.total([row["kept"] for row in rows]),
        "ghost": moving.total([row["ghost"] for row in rows]),
        "residual_structure": judge(edges_kept, float(np.mean([row["outstanding"] for row in rows]))),
    }


def _flickers(rows: list[dict[str, Any]]) -> dict[str, float | None]:
    pairs = [row["flicker"] for row in rows if row["flicker"] is not None]
    if not pairs:
        return {"flicker_before": None, "flicker_after": None}
    before, after = np.median(pairs, axis=0)
    return {"flicker_before": float(f"{before:.6g}"), "flicker_after": float(f"{after:.6g}")}
