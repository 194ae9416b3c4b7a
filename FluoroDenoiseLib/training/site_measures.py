"""What a user sees of a model on a cine: noise left, edges, what is kept of a planted wire, and its ghost."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..cine import Cine
from ..denoiser import Denoiser
from ..noise import analyse
from ..quality import Wire
from ..quality.challenge import plant, score
from ..quality.compare import compare

MOST_FRAMES = 16
MOST_CINES = 3
WIRE = Wire(width=2.0, contrast=0.15, speed=10.0)
MEASURES = ("noise", "edges", "wire_kept", "ghost")
WORST = {"edges": -0.02, "wire_kept": -0.02, "ghost": 0.02, "noise": 0.1}
"""Mean changes beyond which a gain is none: a wire or an edge lost is worse than noise left. That of noise is a share of it:
where clearly more is left although the score fell, the estimate of the noise is at fault, by which the score is taken too."""
ALONE = 3.0
"""Times as much may change in a single cine, whose measures its own noise moves by more than the limit."""
WHOLE = {"edges": 1.0, "wire_kept": 1.0}
"""More than all of an edge or a wire is no better than all: it is noise left, or sharpened."""
PLAUSIBLE = 1.5
"""Share of a planted wire above which what came out is no wire, but a change of the whole image."""
WORDS = {
    "edges": "edges became flatter",
    "wire_kept": "a planted wire lost contrast",
    "ghost": "a planted wire left a ghost",
    "noise": "more noise was left",
}


def measure(cine: Cine, denoiser: Denoiser, cancel: Callable[[], bool] | None = None) -> dict[str, float | None]:
    """Noise left (stored units), share of slopes at edges and of a planted wire's contrast kept, and its ghost; None: unknown.

    Raises:
        Cancelled: `cancel` returned True.
    """
    cine = cine.first(MOST_FRAMES)
    planted = plant(cine, WIRE, analyse(cine).recursion.undone)
    with_wire, without = (denoiser.denoise(one, cancel=cancel) for one in (planted.cine, cine))
    found, wire = compare(cine, without), score(planted, with_wire, without)
    kept, ghost = wire["contrast_kept"], wire["ghost"]
    if kept is not None and kept > PLAUSIBLE:
        kept = ghost = None
    return dict(zip(MEASURES, (found["noise_after"], found["edges_kept"], kept, ghost), strict=True))


def beside(label: str, before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """Measures of base and tuned model in one row."""
    pairs = {f"{name}_{when}": found[name] for name in MEASURES for when, found in (("before", before), ("after", after))}
    return {"label": label, **pairs}


def suffers(rows: list[dict[str, Any]], but: tuple[str, ...] = ()) -> str | None:
    """What became worse in the rows' mean, or much worse in one of them, in words; None where nothing did.

    Args:
        but: measures that do not count.
    """
    for name, limit in WORST.items():
        if name in but:
            continue
        changes = {row["label"]: change for row in rows if (change := _change(row, name)) is not None}
        if changes and np.mean(list(changes.values())) / limit > 1:
            return f"{WORDS[name]} in {', '.join(changes)}"
        for label, change in changes.items():
            if change / limit > ALONE:
                return f"{WORDS[name]} in {label}"
    return None


def _change(row: dict[str, Any], name: str) -> float | None:
    before, after = (row[f"{name}_{when}"] for when in ("before", "after"))
    if None in (before, after) or (name == "noise" and not before):
        return None
    most = WHOLE.get(name, math.inf)
    change = min(after, most) - min(before, most)
    return change / before if name == "noise" else change
