"""What was taken away: noise alone, or structure too?"""

from __future__ import annotations

import numpy as np

from .edges import Edges, slope_along

SCALE = 1.5
"""Gaussian scale in pixels that brings out lines and blobs against the noise."""
OUTLYING = 6.0
"""Standard deviations beyond which a smoothed pixel is not noise: one in five hundred million of a normal distribution."""
CLEARLY = 0.001
"""Share of outlying pixels that counts as structure for certain (score 1): a wire of 2 px across an image has 0.003."""


def lost_at_edges(before: np.ndarray, after: np.ndarray, edges: Edges) -> tuple[float, float]:
    """Slopes of two frames [H, W] along known edges, weighted by the edges' own: the sums (before, after)."""
    return (
        float(slope_along(before, edges) @ edges.slopes),
        float(slope_along(after, edges) @ edges.slopes),
    )


def outlying(removed: np.ndarray, guide: np.ndarray, field: np.ndarray) -> float:
    """Share of the field where what was removed [H, W] stands out of the noise of its own grey level.

    Noise depends on the grey level, so each of eight levels of `guide` [H, W] has its own robust scale.
    """
    import cv2

    smooth = cv2.GaussianBlur(removed.astype(np.float32), (0, 0), SCALE)[field]
    levels = np.digitize(guide[field], np.quantile(guide[field], np.linspace(0, 1, 9)[1:-1]))
    return float(np.mean(np.abs(smooth) > OUTLYING * _scales(smooth, levels)[levels]))


def _scales(values: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Robust standard deviation of the values [N] of each of eight levels; never below half that of all."""
    overall = _robust(values)
    each = [_robust(values[levels == k]) if np.any(levels == k) else overall for k in range(8)]
    return np.maximum(np.maximum(each, overall / 2), 1e-12)


def _robust(values: np.ndarray) -> float:
    return float(1.4826 * np.median(np.abs(values - np.median(values))))


def judge(edges_kept: float | None, outliers: float) -> dict[str, float | str]:
    """Score from 0 (what was removed looks like noise alone) to 1 (structure was removed), and a sentence.

    Args:
        edges_kept: share of the edges' slope that is left, 1 where all is; None where no edge is strong enough to tell.
        outliers: share of pixels where what was removed stands out of the noise.
    """
    edge = 0.0 if edges_kept is None else float(np.clip(abs(1 - edges_kept), 0, 1))
    score = max(edge, min(1.0, outliers / CLEARLY))
    return {"score": round(score, 4), "edges": round(edge, 4), "outliers": round(outliers, 6), "verdict": _sentence(score)}


def _sentence(score: float) -> str:
    if score < 0.1:
        return "What was removed looks like noise alone."
    if score < 0.3:
        return "What was removed holds a little structure: look at the removed view near edges and devices."
    return "What was removed holds image structure: do not rely on this result without looking at the original."
