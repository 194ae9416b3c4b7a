"""What was taken away: noise alone, or structure too?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .edges import Edges, slope_along
from .lines import standing_out

SHARED = 2.0
"""Neighbours along an edge share their noise: so many times larger is the standard error of their sum than that of as many
independent ones."""
UNSURE = 0.1
"""Standard error, as a share of the slope, above which the slope that is left is not known."""
TIMES = 3.0
"""Line response in units of the noise's median one: four pixels in a million of plain noise reach it."""
CONNECTED = 15
"""Pixels: outstanding ones in larger connected groups are structure (plain noise makes groups of two or three, recorded cines
of up to eleven)."""
CLEARLY = 0.001
"""Share of outstanding pixels that is structure for certain (score 1): a wire of 2 px across a frame has three times that."""


def slopes_left(before: np.ndarray, after: np.ndarray, edges: Edges) -> tuple[float, float, float]:
    """Slopes of two frames [H, W] along known edges, weighted by the edges' own: the sums (before, after), and the sum of the
    squares of their differences, which tells how far chance moves them."""
    old, new = (slope_along(frame, edges) * edges.slopes for frame in (before, after))
    return float(old.sum()), float(new.sum()), float(np.square(old - new).sum())


def kept_slope(frames: Sequence[tuple[float, float, float]]) -> float | None:
    """Share of the slope at edges that is left, from `slopes_left` of several frames; None where chance moves it too far."""
    before, after, squares = np.sum(frames, axis=0)
    if before <= 0 or SHARED * np.sqrt(squares) > UNSURE * before:
        return None
    return round(float(after / before), 4)


def outstanding(removed: np.ndarray, guide: np.ndarray, field: np.ndarray) -> float:
    """Share of the field [H, W] where what was removed holds lines or blobs that noise of its grey level would not make."""
    return float(standing_out(removed, guide, field, TIMES).sum() / max(field.sum(), 1))


def structure(removed: np.ndarray, guide: np.ndarray, field: np.ndarray) -> np.ndarray:
    """[H, W] boolean: where what was removed holds connected lines or blobs, so that something may have been taken away."""
    import cv2

    found = standing_out(removed, guide, field, TIMES)
    _, labels, facts, _ = cv2.connectedComponentsWithStats(found.astype(np.uint8), connectivity=8)
    large = facts[:, cv2.CC_STAT_AREA] > CONNECTED
    large[0] = False  # the background
    return large[labels]


def judge(edges_kept: float | None, outstanding: float) -> dict[str, float | str]:
    """Score from 0 (what was removed looks like noise alone) to 1 (structure was removed), its two parts, and a sentence.

    Args:
        edges_kept: share of the edges' slope that is left, 1 where all is; None where no edge is strong enough to tell.
        outstanding: share of pixels where what was removed stands out of noise.
    """
    edge = 0.0 if edges_kept is None else float(np.clip(abs(1 - edges_kept), 0, 1))
    score = max(edge, min(1.0, outstanding / CLEARLY))
    parts = {"edges": round(edge, 4), "outstanding": round(outstanding, 6)}
    return {"score": round(score, 4), **parts, "verdict": _sentence(score)}


def _sentence(score: float) -> str:
    if score < 0.1:
        return "What was removed looks like noise alone."
    if score < 0.3:
        return "What was removed holds a little structure: look at the removed view near edges and devices."
    return "What was removed holds image structure: do not rely on this result without looking at the original."
