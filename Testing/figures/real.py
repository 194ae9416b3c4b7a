"""The figures promised on real recordings, measured; the tests hold them to their limits, `__main__` prints them.

Record mode cines IM5 and IM6 of a static coronary phantom: the frames are cut into two disjoint halves, one half is denoised,
the other is the reference.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from FluoroDenoiseLib import Cine
from FluoroDenoiseLib.quality import Wire, challenge, flat
from FluoroDenoiseLib.quality.edges import Edges, profile, strong_edges, width
from FluoroDenoiseLib.quality.field import field_of_view
from FluoroDenoiseLib.quality.with_reference import halves

PHANTOM = "xa-phantom-kragujevac"
RECORDED = ("IM5", "IM6")
WIRE = Wire(width=2.0, contrast=0.15, speed=10.0)

Denoise = Callable[[Cine], Cine]


def phantom(shared_data: Path, name: str) -> Cine:
    """One of the phantom's cines: IM1, IM5 or IM6."""
    return Cine.read(shared_data / PHANTOM / f"{name}.dcm")


def disjoint_halves(cine: Cine, denoise: Denoise) -> dict[str, float]:
    """Denoises the even frames against the odd ones and the other way round; the worse of the two counts.

    Returns:
        gain_db: error of the denoised frames below the noisy frames'; edge_widening: fraction by which 10-90% widths grew;
        mean_change: of static flat areas, fraction of their mean.
    """
    field = field_of_view(cine)
    even, odd = cine.frames[0::2], cine.frames[1::2]
    runs = [_half(cine, ours, others, field, denoise) for ours, others in ((even, odd), (odd, even))]
    worst = {"gain_db": min, "edge_widening": max, "mean_change": lambda values: max(values, key=abs)}
    return {name: choose([run[name] for run in runs]) for name, choose in worst.items()}


def _half(cine: Cine, ours: np.ndarray, others: np.ndarray, field: np.ndarray, denoise: Denoise) -> dict[str, float]:
    seconds = None if cine.frame_time is None else 2 * float(np.mean(np.atleast_1d(_steps(cine.frame_time))))
    half = cine.with_frames(ours, frame_time=seconds)
    denoised = denoise(half).frames
    reference = others.mean(0)
    edges, still = strong_edges(reference, field), flat.flattest(reference, field)
    before, after = ours.mean(0), denoised.mean(0)
    return {
        "gain_db": halves(ours, denoised, others, field)["gain_db"],
        "edge_widening": _width(after, edges) / _width(before, edges) - 1,
        "mean_change": float(flat.blocks(after)[still].mean() / flat.blocks(before)[still].mean() - 1),
    }


def _steps(frame_time: float | np.ndarray) -> float | np.ndarray:
    return frame_time if np.ndim(frame_time) == 0 else np.asarray(frame_time)[1:]


def _width(image: np.ndarray, edges: Edges) -> float:
    return width(*profile(image, edges))


def moving_wire(cine: Cine, denoise: Denoise) -> dict[str, Any]:
    """What becomes of the planted wire of the acceptance list: 2 px wide, 15% contrast, 10 px per frame."""
    return challenge(cine, denoise, WIRE)
