"""Moving wires planted into a site's cines: a network that learns from cines without any would unlearn to keep them."""

from __future__ import annotations

import math

import numpy as np

from ..cine import Cine
from ..quality import Wire
from ..quality.challenge import plant

WIRES = 3
"""In one cine."""
WIDTHS, CONTRASTS, SPEEDS = (0.7, 3.0), (0.05, 0.4), (1.0, 20.0)
"""Pixels, shares of the local signal, pixels per frame; each drawn evenly on a logarithmic scale."""


def plant_wires(cine: Cine, rng: np.random.Generator, recursion: float = 0.0) -> Cine:
    """The same cine with wires that cross it at random angles, widths, contrasts and speeds; `recursion` as for `plant`."""
    for _ in range(WIRES):
        cine = plant(cine, random_wire(rng), recursion).cine
    return cine


def random_wire(rng: np.random.Generator) -> Wire:
    """One of them."""
    width, contrast, speed = (math.exp(rng.uniform(*np.log(between))) for between in (WIDTHS, CONTRASTS, SPEEDS))
    return Wire(width, contrast, speed * rng.choice((-1, 1)), rng.uniform(0, 180))
