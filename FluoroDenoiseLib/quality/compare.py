"""Before and after, without a reference: noise, edges, brightness, ghosts, and what was removed."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..cine import Cine
from ..errors import UnsuitableCine
from . import flat
from .edges import strong_edges
from .field import field_of_view
from .removed import judge, lost_at_edges, outlying

MOST_FRAMES = 16
"""At most this many frames, spread over the cine, are measured."""
REACH = 2
"""The guide of a frame is the mean of the frames up to this far from it, without itself."""
MOVED = 6.0
"""Noise standard deviations by which a smoothed pixel must differ from the former frame to count as moved."""
FEWEST_MOVED = 200
"""Moved pixels needed, over all measured frames, before a ghost can be judged."""

HOW = (
    "Noise: standard deviation within the flattest 16x16 blocks of a frame, shading taken away; measured in space, because the "
    "difference of frames reads too little after a temporal filter. Blocks are chosen on the neighbouring frames of the original."
)


def compare(before: Cine, after: Cine) -> dict[str, Any]:
    """Measures what denoising did to a cine, JSON-ready. Memory stays at a few frames whatever the length.

    Returns:
        frames, measured_frames: length of the cine, and how many of its frames were measured.
        noise_before, noise_after: spatial noise in stored units; `how` says how it was measured.
        noise_reduction_db: 20 log10 of their ratio, None where either is zero.
        flicker_before, flicker_after: standard deviation from differences of neighbouring frames (None for one frame).
        edges_kept: slope at strong edges after / before, 1 where all is kept, None where no edge stands out of the noise.
        mean_change: mean difference in flat areas as a fraction of their mean (of the grey span where values are signed).
        ghost: share of the former frame's content left where something moved, None where nothing did.
        residual_structure: score 0..1, its parts, and a verdict in words (see `removed.judge`).

    Raises:
        UnsuitableCine: the two cines differ in shape.
    """
    if before.shape != after.shape:
        raise UnsuitableCine(
            f"Found {before.shape} before and {after.shape} after (frames, rows, columns); expected the same shape. "
            "Compare a cine with its own denoised result."
        )
    field = field_of_view(before)
    chosen = np.unique(np.linspace(0, len(before) - 1, MOST_FRAMES).round().astype(int))
    rows = [_measure(before, after, int(t), field) for t in chosen]
    return {"frames": len(before), "measured_frames": len(rows), **_summary(rows, _scale(before, field)), "how": HOW}


def _measure(before: Cine, after: Cine, t: int, field: np.ndarray) -> dict[str, Any]:
    """Everything that one frame tells, as sums that can be added up over frames."""
    noisy, clean = _frame(before, t), _frame(after, t)
    guide = _guide(before, t)
    chosen = flat.flattest(guide, field)
    edges = strong_edges(guide, field)
    noise_before, noise_after = flat.noise(noisy, chosen), flat.noise(clean, chosen)
    return {
        "noise": (noise_before, noise_after),
        "flicker": _flicker(before, after, t, chosen),
        "edges": lost_at_edges(noisy, clean, edges) if len(edges) else (0.0, 0.0),
        "levels": (float(flat.blocks(noisy)[chosen].mean()), float(flat.blocks(clean)[chosen].mean())),
        "outliers": outlying(noisy - clean, guide, field),
        "ghost": _ghost(noisy, clean, _frame(before, t - 1), field, chosen) if t else (0.0, 0.0, 0),
    }


def _frame(cine: Cine, t: int) -> np.ndarray:
    return cine.frames[t].astype(np.float32)


def _guide(cine: Cine, t: int) -> np.ndarray:
    """[H, W] lightly smoothed mean of the neighbouring frames: like frame t, but without its noise. One frame: itself, smoothed."""
    import cv2

    near = [k for k in range(max(0, t - REACH), min(len(cine), t + REACH + 1)) if k != t] or [t]
    mean = sum(_frame(cine, k) for k in near) / len(near)
    return cv2.GaussianBlur(mean, (0, 0), 1.0 if len(near) > 1 else 2.0)


def _flicker(before: Cine, after: Cine, t: int, chosen: np.ndarray) -> tuple[float, float] | None:
    if len(before) == 1:
        return None
    other = t + 1 if t + 1 < len(before) else t - 1
    return tuple(flat.flicker(_frame(cine, t), _frame(cine, other), chosen) for cine in (before, after))


def _ghost(noisy: np.ndarray, clean: np.ndarray, former: np.ndarray, field: np.ndarray, chosen: np.ndarray) -> tuple:
    """Sums for the regression of (after - before) on (former - before) where something moved: numerator, denominator, count.

    The noise of `before` is in both; its share per pixel is known from the flat blocks and taken away.
    """
    change, step = clean - noisy, former - noisy
    moved = _moved(step, chosen) & field
    count = int(moved.sum())
    cross, own = (float(np.median(flat.blocks(change * step)[chosen].mean(1))), float(flat.blocks(step**2)[chosen].mean()))
    return (change * step)[moved].sum() - count * cross, (step**2)[moved].sum() - count * own, count


def _moved(step: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """[H, W] boolean, True where the smoothed difference of two frames stands out of its noise."""
    import cv2

    smooth = cv2.GaussianBlur(step, (0, 0), 1.0)
    return np.abs(smooth) > MOVED * max(flat.noise(smooth, chosen), 1e-6)


def _scale(cine: Cine, field: np.ndarray) -> float | None:
    """The grey span (0.1 to 99.9%) where values are signed and a fraction of the mean would mean nothing, else None."""
    values = cine.frames[len(cine) // 2][field]
    low, high = np.percentile(values, (0.1, 99.9))
    return float(high - low) or 1.0 if low < 0 else None


def _summary(rows: list[dict[str, Any]], span: float | None) -> dict[str, Any]:
    noise_before, noise_after = (float(v) for v in np.median([row["noise"] for row in rows], axis=0))
    slope_before, slope_after = np.sum([row["edges"] for row in rows], axis=0)
    level_before, level_after = np.mean([row["levels"] for row in rows], axis=0)
    edges_kept = round(float(slope_after / slope_before), 4) if slope_before > 0 else None
    measured = noise_before > 0 and noise_after > 0
    return {
        "noise_before": round(noise_before, 4),
        "noise_after": round(noise_after, 4),
        "noise_reduction_db": round(float(20 * np.log10(noise_before / noise_after)), 2) if measured else None,
        **_flickers(rows),
        "edges_kept": edges_kept,
        "mean_change": round(float((level_after - level_before) / (span or max(abs(level_before), 1e-12))), 6),
        "ghost": _ghost_share(rows),
        "residual_structure": judge(edges_kept, float(np.mean([row["outliers"] for row in rows]))),
    }


def _flickers(rows: list[dict[str, Any]]) -> dict[str, float | None]:
    pairs = [row["flicker"] for row in rows if row["flicker"] is not None]
    if not pairs:
        return {"flicker_before": None, "flicker_after": None}
    before, after = np.median(pairs, axis=0)
    return {"flicker_before": round(float(before), 4), "flicker_after": round(float(after), 4)}


def _ghost_share(rows: list[dict[str, Any]]) -> float | None:
    share, whole, count = np.sum([row["ghost"] for row in rows], axis=0)
    return round(float(share / whole), 4) if count >= FEWEST_MOVED and whole > 0 else None
