"""Each frame's own amount of noise, and the start-up frames of an acquisition."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from .recursion import VendorRecursion
from .robust import winsorised_variance
from .samples import fine_noise

LAGS = (1, 2)
LEAST = 0.05  # of the usual variance: least squares may say less than nothing
NOISIER = 1.08
BRIGHTER = 0.05
START = 6


def relative_noise(stabilised: Iterable[np.ndarray], active: np.ndarray, usual: Sequence[int]) -> np.ndarray:
    """Noise standard deviation of each of the frames [T] of [H, W] against that of the `usual` ones together, [T].

    From the variances of differences of their fine noise, in which hardly anything of what moves is left:
    Var(x_t - x_s) = k_t^2 + k_s^2, by least squares over lags 1 and 2.
    """
    pixels = fine_noise(stabilised, active)
    if len(pixels) < 3 or not pixels.size:
        return np.ones(len(pixels))
    pairs = [(t, t - lag) for lag in LAGS for t in range(lag, len(pixels))]
    values = [winsorised_variance(pixels[t] - pixels[s], rounds=4) for t, s in pairs]
    squares = _solved(pairs, np.array(values), len(pixels))
    squares = np.maximum(squares, LEAST * np.median(squares))
    return np.sqrt(squares / squares[list(usual)].mean())


def _solved(pairs: Sequence[tuple[int, int]], sums: np.ndarray, count: int) -> np.ndarray:
    """x [count] of x_t + x_s = sums by least squares."""
    matrix = np.zeros((count, count))
    right = np.zeros(count)
    for (t, s), value in zip(pairs, sums, strict=True):
        matrix[[t, t, s, s], [t, s, s, t]] += 1
        right[[t, s]] += value
    return np.linalg.solve(matrix, right)


def start_up(relative: np.ndarray, recursion: VendorRecursion, frames: np.ndarray, active: np.ndarray) -> tuple[int, ...]:
    """The first frames, up to six, that are noisier by 8 %, brighter or darker by 5 % of the range, or not yet filtered."""
    if len(relative) < 4:
        return ()
    stored = _stored_noise(relative, recursion)
    means = np.array([frame[active][::97].mean(dtype=np.float64) for frame in frames[: len(relative)]])
    usual = np.median(means)
    spread = np.ptp(frames[int(np.abs(means - usual).argmin())][active][::97].astype(float))
    odd = (stored > NOISIER) | (np.abs(means - usual) > BRIGHTER * spread)
    odd[START:] = False
    last = np.flatnonzero(odd)
    return tuple(range(int(last[-1]) + 1)) if len(last) and odd[0] else ()


def _stored_noise(relative: np.ndarray, recursion: VendorRecursion) -> np.ndarray:
    """Noise of the frames as stored against the median frame's: a restarted recursion needs some frames to average."""
    if not recursion.undoable:
        return relative / np.median(relative)
    variance = relative[0] ** 2
    stored = [relative[0]]
    for share, own in zip(recursion.shares[1:], relative[1:], strict=False):
        variance = (1 - share) ** 2 * own**2 + share**2 * variance
        stored.append(np.sqrt(variance))
    return np.array(stored) / np.median(stored)
