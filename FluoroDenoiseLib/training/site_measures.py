"""What a user sees of a model on a cine: noise left, edges, what is kept of a planted wire, and its ghost."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ..cine import Cine
from ..denoiser import Denoiser
from ..quality import Wire
from ..quality.challenge import plant, score
from ..quality.compare import compare

MOST_FRAMES = 16
MOST_CINES = 3
WIRE = Wire(width=2.0, contrast=0.15, speed=10.0)
MEASURES = ("noise", "edges", "wire_kept", "ghost")
WORST = {"edges": -0.02, "wire_kept": -0.02, "ghost": 0.02}
"""Changes beyond which a gain is none: a wire or an edge lost is worse than noise left."""
WHOLE = {"edges": 1.0, "wire_kept": 1.0}
"""More than all of an edge or a wire is no better than all: it is noise left, or sharpened."""
WORDS = {"edges": "edges became flatter", "wire_kept": "a planted wire lost contrast", "ghost": "a planted wire left a ghost"}


def measure(cine: Cine, denoiser: Denoiser, cancel: Callable[[], bool] | None = None) -> dict[str, float | None]:
    """Noise left (stored units), share of slopes at edges and of a planted wire's contrast kept, and its ghost; None: unknown.

    Raises:
        Cancelled: `cancel` returned True.
    """
    cine = cine.first(MOST_FRAMES)
    planted = plant(cine, WIRE)
    with_wire, without = (denoiser.denoise(one, cancel=cancel) for one in (planted.cine, cine))
    found, wire = compare(cine, without), score(planted, with_wire, without)
    values = (found["noise_after"], found["edges_kept"], wire["contrast_kept"], wire["ghost"])
    return dict(zip(MEASURES, values, strict=True))


def beside(label: str, before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """Measures of base and tuned model in one row."""
    pairs = {f"{name}_{when}": found[name] for name in MEASURES for when, found in (("before", before), ("after", after))}
    return {"label": label, **pairs}


def suffers(rows: list[dict[str, Any]]) -> str | None:
    """What became worse in one of the rows, in words; None where nothing did."""
    for row in rows:
        for name, limit in WORST.items():
            before, after = (row[f"{name}_{when}"] for when in ("before", "after"))
            if None in (before, after):
                continue
            most = WHOLE.get(name, math.inf)
            if (min(after, most) - min(before, most)) / limit > 1:
                return f"{WORDS[name]} in {row['label']}"
    return None
