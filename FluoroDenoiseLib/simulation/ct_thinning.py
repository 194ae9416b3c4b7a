"""One noisy CT scan made into two of less dose, whose noise is independent: what networks learn from without a clean slice."""

from __future__ import annotations

import numpy as np

from ..cine import Cine
from .ct import Scan, as_cine, as_line_integrals, line_integrals, measured_quanta, reconstruct


def simulate_thinned(
    hounsfield: np.ndarray, spacing: tuple[float, float, float], scan: Scan, share: float, seed: int
) -> tuple[Cine, Cine]:
    """Scans slices once, deals out the measured quanta, and reconstructs both parts.

    Args:
        hounsfield: [Z, Y, X] Hounsfield units, square slices.
        spacing: millimetres between voxels along Z, Y and X.
        scan: the one scan, with the dose of both parts together.
        share: of the quanta that the first part gets, 0 to 1.
        seed: of the noise and of the dealing.

    Returns:
        Noisy slices of `share` of the dose, and noisy slices of the rest, whose noise is independent of it.
    """
    rng = np.random.default_rng(seed)
    pairs = [_thinned_slice(slice_, spacing[2], scan, share, rng) for slice_ in hounsfield]
    first, second = (as_cine(np.stack(images), spacing) for images in zip(*pairs, strict=True))
    return first, second


def _thinned_slice(
    hounsfield: np.ndarray, pixel: float, scan: Scan, share: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    counts = measured_quanta(line_integrals(hounsfield, pixel, scan.views), scan, rng)
    part = thin(counts, share, scan.electronic, rng)
    rays = as_line_integrals(part, share * scan.quanta), as_line_integrals(counts - part, (1 - share) * scan.quanta)
    return tuple(reconstruct(one, pixel, len(hounsfield), scan.cutoff) for one in rays)


def thin(counts: np.ndarray, share: float, electronic: float, rng: np.random.Generator) -> np.ndarray:
    """The part of measured counts (any shape) that `share` of the dose would have given; the rest is independent of it.

    A Poisson count that is dealt out one by one (binomially) leaves two independent Poisson counts. Read-out noise e of
    standard deviation `electronic` is split by Gaussian noise g: s e + g and (1 - s) e - g have the covariance
    s (1 - s) (Var e - Var g / (s (1 - s))), which is zero for Var g = s (1 - s) Var e. So the variance of both kinds of noise
    is s times the former one.
    """
    whole = np.maximum(np.rint(counts), 0).astype(np.int64)
    return rng.binomial(whole, share) + share * (counts - whole) + _dealt(share, electronic, counts.shape, rng)


def _dealt(share: float, electronic: float, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    return rng.normal(0.0, electronic * np.sqrt(share * (1 - share)), shape)
