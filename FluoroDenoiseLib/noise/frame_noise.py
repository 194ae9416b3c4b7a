"""Each frame's own amount of noise, and the start-up frames of an acquisition."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .recursion import VendorRecursion
from .robust import winsorised_variance
from .stabilise import Stabiliser

LAGS = (1, 2)
NOISIER = 1.08
BRIGHTER = 0.05
START = 6


def relative_noise(
    white: Sequence[np.ndarray], stabiliser: Stabiliser, scale_map: np.ndarray, active: np.ndarray
) -> np.ndarray:
    """Noise standard deviation of each frame against the median frame, [T].

    From the variances of differences, Var(x_t - x_s) = k_t^2 + k_s^2, by least squares over lags 1 and 2.
    """
    where = np.flatnonzero(active)[:: max(1, int(active.sum()) // 40000)]
    pixels = [stabiliser.forward(f.ravel()[where]) / scale_map.ravel()[where] for f in white]
    rows, values = [], []
    for lag in LAGS:
        for t in range(lag, len(pixels)):
            row = np.zeros(len(pixels))
            row[[t, t - lag]] = 1
            rows.append(row)
            values.append(winsorised_variance(pixels[t] - pixels[t - lag], rounds=4))
    if len(pixels) < 3:
        return np.ones(len(pixels))
    squares = np.linalg.lstsq(np.array(rows), np.array(values), rcond=None)[0]
    relative = np.sqrt(np.maximum(squares, 0.25 * np.median(squares)))
    return relative / np.median(relative)


def start_up(relative: np.ndarray, recursion: VendorRecursion, frames: np.ndarray, active: np.ndarray) -> tuple[int, ...]:
    """The first frames, up to six, that are noisier by 8 %, brighter or darker by 5 % of the range, or not yet filtered."""
    if len(relative) < 4:
        return ()
    stored = _stored_noise(relative, recursion)
    means = np.array([frame[active][::97].mean(dtype=np.float64) for frame in frames[: len(relative)]])
    usual, spread = np.median(means), np.ptp(frames[len(frames) // 2][active][::97].astype(float))
    odd = (stored > NOISIER) | (np.abs(means - usual) > BRIGHTER * spread)
    odd[START:] = False
    last = np.flatnonzero(odd)
    return tuple(range(int(last[-1]) + 1)) if len(last) and odd[0] else ()


def _stored_noise(relative: np.ndarray, recursion: VendorRecursion) -> np.ndarray:
    """Relative noise of the frames as stored: a restarted recursion needs some frames to average."""
    if not recursion.undoable:
        return relative
    variance = relative[0] ** 2
    stored = [relative[0]]
    for share, own in zip(recursion.shares[1:], relative[1:], strict=False):
        variance = (1 - share) ** 2 * own**2 + share**2 * variance
        stored.append(np.sqrt(variance))
    return np.array(stored) / np.median(stored)
