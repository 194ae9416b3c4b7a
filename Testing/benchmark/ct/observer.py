"""Is a disc seen? The channelised Hotelling observer (Barrett et al. 1993), channels of Abbey and Barrett (JOSA A 18, 2001)."""

from __future__ import annotations

import numpy as np

SIDE = 32
"""Pixels of the regions that the observer looks at."""
FIRST, FACTOR, WIDTH, COUNT = 0.005, 1.4, 1.67, 10  # dense difference-of-Gaussians channels; the first in cycles per pixel


def channels() -> np.ndarray:
    """Dense differences of Gaussians in space, [COUNT, SIDE * SIDE]: those that go with human observers."""
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(SIDE), np.fft.fftfreq(SIDE), indexing="ij"))
    found = []
    for spread in FIRST * FACTOR ** np.arange(COUNT):
        passed = np.exp(-0.5 * (frequency / (WIDTH * spread)) ** 2) - np.exp(-0.5 * (frequency / spread) ** 2)
        found.append(np.fft.fftshift(np.fft.ifft2(passed).real).ravel())
    return np.stack(found)


def detectability(present: np.ndarray, absent: np.ndarray) -> tuple[float, float, float]:
    """d' of the observer with a 95% bootstrap interval over pairs, seeded.

    Template and score come from different halves of the regions, so d' is not flattered by what happens to be in them.

    Args:
        present, absent: [N, SIDE, SIDE] regions with the disc in the middle, and without.
    """
    seen = [regions.reshape(len(regions), -1) @ channels().T for regions in (present, absent)]
    scores = [np.concatenate(pair) for pair in zip(*_cross_scored(*seen), strict=True)]
    rng = np.random.default_rng(0)
    draws = (rng.integers(len(scores[0]), size=len(scores[0])) for _ in range(1000))
    low, high = np.percentile([_distance(*(score[draw] for score in scores)) for draw in draws], (2.5, 97.5))
    return _distance(*scores), float(low), float(high)


def _cross_scored(present: np.ndarray, absent: np.ndarray):  # noqa: ANN202
    """Scores of each half by the template of the other."""
    for own in (0, 1):
        learnt = present[1 - own :: 2], absent[1 - own :: 2]
        spread = 0.5 * sum(np.cov(one, rowvar=False) for one in learnt)
        template = np.linalg.solve(spread, learnt[0].mean(0) - learnt[1].mean(0))
        template /= np.sqrt(template @ spread @ template)
        yield present[own::2] @ template, absent[own::2] @ template


def _distance(present: np.ndarray, absent: np.ndarray) -> float:
    return float((present.mean() - absent.mean()) / np.sqrt(0.5 * (present.var() + absent.var())))
