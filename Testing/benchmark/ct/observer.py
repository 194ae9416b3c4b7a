"""Is a disc seen? The channelised Hotelling observer (Barrett et al. 1993), channels of Abbey and Barrett (JOSA A 18, 2001)."""

from __future__ import annotations

from dataclasses import dataclass

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


@dataclass(frozen=True)
class Detectability:
    """d' of the observer.

    Attributes:
        value: d'.
        drawn: [1000] the same of scans drawn anew; the draws of all methods on as many scans are the same.
    """

    value: float
    drawn: np.ndarray

    @property
    def interval(self) -> tuple[float, float]:
        """Of 95%, by that bootstrap."""
        return interval_of(self.drawn)

    def below(self, other: Detectability) -> bool:
        """Whether less is seen than with another method on the same scans, beyond chance."""
        return interval_of(self.drawn - other.drawn)[1] < 0


def interval_of(drawn: np.ndarray) -> tuple[float, float]:
    """The middle 95% of draws."""
    low, high = np.percentile(drawn, (2.5, 97.5))
    return float(low), float(high)


def detectability(present: np.ndarray, absent: np.ndarray) -> Detectability:
    """d' of the observer, and its bootstrap over scans, seeded: regions of one scan share slow noise.

    Template and score come from different halves of the scans, so d' is not flattered by what happens to be in them.

    Args:
        present, absent: [S, N, SIDE, SIDE] N regions of each of S scans with the disc in the middle, and without.
    """
    seen = [regions.reshape(*regions.shape[:2], -1) @ channels().T for regions in (present, absent)]
    scores = [np.concatenate(pair) for pair in zip(*_cross_scored(*seen), strict=True)]
    rng, count = np.random.default_rng(0), len(scores[0])
    draws = (rng.integers(count, size=count) for _ in range(1000))
    return Detectability(_distance(*scores), np.array([_distance(*(score[draw] for score in scores)) for draw in draws]))


def _cross_scored(present: np.ndarray, absent: np.ndarray):  # noqa: ANN202
    """Scores [S / 2, N] of each half of the scans by the template of the other."""
    for own in (0, 1):
        learnt = [one[1 - own :: 2].reshape(-1, COUNT) for one in (present, absent)]
        spread = 0.5 * sum(np.cov(one, rowvar=False) for one in learnt)
        template = np.linalg.solve(spread, learnt[0].mean(0) - learnt[1].mean(0))
        template /= np.sqrt(template @ spread @ template)
        yield present[own::2] @ template, absent[own::2] @ template


def _distance(present: np.ndarray, absent: np.ndarray) -> float:
    return float((present.mean() - absent.mean()) / np.sqrt(0.5 * (present.var() + absent.var())))
