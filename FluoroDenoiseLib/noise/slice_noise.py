"""Noise of CT slices: it does not follow the mean, so every slice has a map of its own noise.

`ray_noise` says where a slice should be noisy; how much it is there is read from its flattest tiles.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .ray_noise import ray_variance
from .samples import tile_means

TILE = 8  # pixels
DRIFT = 2.0  # pixels; slower changes are anatomy rather than noise
FLATTEST = 0.12  # share of the tiles that counts as flat
TOGETHER = 2  # slices on either side that are looked at together
BLANK = 0.02  # HU, fine deviation up to which a tile has no noise: padding, or what was masked
UNBIASED = 1.35  # standard deviation of CT noise over that of its fine part in the flattest tiles, for usual kernels


@dataclass(frozen=True)
class SliceNoise:
    """Local noise of each slice.

    Attributes:
        maps: [T, h, w] standard deviation, stored units, on a coarse grid.
        shape: rows and columns of a slice.
    """

    maps: np.ndarray
    shape: tuple[int, int]

    @property
    def usual(self) -> float:
        """Median standard deviation, stored units."""
        return float(np.median(self.maps))

    @property
    def of_slices(self) -> np.ndarray:
        """[T] median noise of each slice against the usual one."""
        return np.median(self.maps, axis=(1, 2)) / self.usual

    def __getitem__(self, t: int) -> np.ndarray:
        """Standard deviation [H, W] of the noise of slice t, float32, in units of the usual one."""
        relative = self.maps[t] / np.float32(self.usual)
        return cv2.resize(relative, self.shape[::-1], interpolation=cv2.INTER_LINEAR)


def find_slice_noise(slices: np.ndarray, active: np.ndarray, rescale: tuple[float, float], pixel: float | None) -> SliceNoise:
    """Measures the noise of slices [T, H, W], in stored units, where `active` [H, W] is True.

    Args:
        rescale: slope and intercept from stored units to Hounsfield units.
        pixel: millimetres between pixels, None where it is not known.
    """
    slope, intercept = rescale
    expected = [ray_variance(slope * slice_ + intercept, pixel) for slice_ in slices]
    blank = (BLANK / slope) ** 2
    ratios = [_tile_ratios(slice_, rays, active, blank) for slice_, rays in zip(slices, expected, strict=True)]
    flat = _flat([_near(ratios, t) for t in range(len(slices))])
    maps = [np.sqrt(rays * ratio) for rays, ratio in zip(expected, flat, strict=True)]
    return SliceNoise(UNBIASED * np.stack(maps).astype(np.float32), active.shape)


def _tile_ratios(slice_: np.ndarray, expected: np.ndarray, active: np.ndarray, blank: float) -> np.ndarray:
    """Measured over expected variance of the tiles of a slice whose measured one is above `blank`, [N]."""
    slice_ = slice_.astype(np.float32)
    fine = slice_ - cv2.GaussianBlur(slice_, (0, 0), DRIFT)
    whole = cv2.resize(expected, active.shape[::-1], interpolation=cv2.INTER_LINEAR)
    measured, rays, seen = (tile_means(image, TILE) for image in (fine * fine, whole, active.astype(np.float32)))
    kept = (seen == 1) & (measured > blank)
    return measured[kept] / rays[kept]


def _near(ratios: list[np.ndarray], t: int) -> np.ndarray:
    return np.concatenate(ratios[max(0, t - TOGETHER) : t + TOGETHER + 1])


def _flat(ratios: list[np.ndarray]) -> np.ndarray:
    """Ratio of each slice, [T], where there is nothing but noise: structure only ever adds. Of blank slices, the usual one."""
    found = np.array([np.quantile(tiles, FLATTEST) if len(tiles) else np.nan for tiles in ratios])
    usual = 0.0 if np.isnan(found).all() else np.nanmedian(found)
    return np.where(np.isnan(found), usual, found)
