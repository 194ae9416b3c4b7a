"""Is a disc seen? The channelised Hotelling observer (Barrett et al. 1993), channels of Abbey and Barrett (JOSA A 18, 2001)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SIDE = 32
"""Pixels of the regions that the observer looks at."""
FIRST, FACTOR, WIDTH, COUNT = 0.005, 1.4, 1.67, 10  # dense difference-of-Gaussians channels; the first in cycles per pixel

DRAWS = 1000
"""Of the bootstrap: a second or two for each disc and method."""
MARGIN = 0.05
"""Share of the d' of the noisy slices that may be lost where nothing is to be called worse."""


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
        drawn: [DRAWS] the same of scans drawn anew; the draws of all methods on as many scans are the same.
    """

    value: float
    drawn: np.ndarray

    @property
    def interval(self) -> tuple[float, float]:
        """Of 95%, by that bootstrap."""
        return interval_of(self.drawn)

    def against(self, other: Detectability) -> str:
        """ "worse", "not worse" or "undecided" than another method on the same scans, by the interval of the difference of d'.

        Worse: all of it lies below 0, by however little. Not worse: all of it lies above -MARGIN of the other's d'. That a few
        scans show no difference is neither.
        """
        low, high = interval_of(self.drawn - other.drawn)
        if high < 0:
            return "worse"
        return "not worse" if low > -MARGIN * other.value else "undecided"


def interval_of(drawn: np.ndarray) -> tuple[float, float]:
    """The middle 95% of draws."""
    low, high = np.percentile(drawn, (2.5, 97.5))
    return float(low), float(high)


def detectability(present: np.ndarray, absent: np.ndarray) -> Detectability:
    """d' of the observer, and its bootstrap over scans, seeded: regions of one scan share slow noise.

    Template and score come from different halves of the scans, so d' is not flattered by what happens to be in them. Each draw
    takes the scans of either half anew, so that no scan is in both, and learns its templates from them. A draw has fewer
    different scans to learn from, which costs it some d': the draws are shifted so that their mean is the value.

    Args:
        present, absent: [S, N, SIDE, SIDE] N regions of each of S scans with the disc in the middle, and without.
    """
    seen = [regions.reshape(*regions.shape[:2], -1) @ channels().T for regions in (present, absent)]
    value = _cross_scored(*seen)
    rng, count = np.random.default_rng(0), len(present)
    drawn = np.array([_cross_scored(*(one[_drawn(rng, count)] for one in seen)) for _ in range(DRAWS)])
    return Detectability(value, drawn - drawn.mean() + value)


def _drawn(rng: np.random.Generator, count: int) -> np.ndarray:
    """[count] scans, even places from the even ones and odd from the odd: the halves of `_cross_scored`."""
    scans = np.arange(count)
    for half in (0, 1):
        scans[half::2] = rng.choice(scans[half::2], len(scans[half::2]))
    return scans


def _cross_scored(present: np.ndarray, absent: np.ndarray) -> float:
    """d' from channels [S, N, COUNT]: each half of the scans scored by the template of the other."""
    scores: tuple[list[np.ndarray], list[np.ndarray]] = ([], [])
    for own in (0, 1):
        template = _template(*(one[1 - own :: 2].reshape(-1, COUNT) for one in (present, absent)))
        for found, one in zip(scores, (present, absent), strict=True):
            found.append(one[own::2] @ template)
    return _distance(*map(np.concatenate, scores))


def _template(present: np.ndarray, absent: np.ndarray) -> np.ndarray:
    """[COUNT] Hotelling's, from channels [N, COUNT], scaled to scores of deviation 1."""
    spread = 0.5 * (np.cov(present, rowvar=False) + np.cov(absent, rowvar=False))
    template = np.linalg.solve(spread, present.mean(0) - absent.mean(0))
    return template / np.sqrt(template @ spread @ template)


def _distance(present: np.ndarray, absent: np.ndarray) -> float:
    return float((present.mean() - absent.mean()) / np.sqrt(0.5 * (present.var() + absent.var())))
