"""What a stack of slices is denoised by: peers that are told the truth about the noise, and the product, which is not."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib.util import find_spec

import numpy as np

from FluoroDenoiseLib import Denoiser
from Testing.benchmark.peers import restore_trapz

from .cases import SliceTask

OURS = "FluoroDenoise ct"
NOISY = "noisy"
MILD = 0.6
"""A strength at which some of the noise's own texture is left."""
Method = Callable[[SliceTask], np.ndarray]
"""From a task to its middle slice [H, W], denoised."""


def methods(model: str) -> dict[str, Method]:
    """Name to method; what needs an absent package is left out."""
    denoiser = Denoiser.load(model, device="cpu")
    rows: dict[str, Method] = {NOISY: noisy}
    if find_spec("bm3d"):
        rows |= {"BM3D": partial(bm3d, levelled=False), "BM3D, noise levelled": partial(bm3d, levelled=True)}
    if find_spec("bm4d"):
        rows |= {"BM4D": partial(bm4d, levelled=False), "BM4D, noise levelled": partial(bm4d, levelled=True)}
    return rows | {OURS: partial(ours, denoiser), f"{OURS}, strength {MILD:g}": partial(ours, denoiser, strength=MILD)}


def noisy(task: SliceTask) -> np.ndarray:
    return task.frames[task.middle]


def bm3d(task: SliceTask, levelled: bool) -> np.ndarray:
    """BM3D for correlated noise (Makinen 2020), told the true spectrum; levelled: after division by the true local noise."""
    from bm3d import bm3d as run

    restore_trapz()
    level = task.noise if levelled else 1.0
    return run(task.frames[task.middle] / level, task.spectrum(levelled)) * level


def bm4d(task: SliceTask, levelled: bool) -> np.ndarray:
    """BM4D of the whole stack, told the true spectrum (white from slice to slice); levelled as for BM3D."""
    from bm4d import bm4d as run

    restore_trapz()
    level = task.noise if levelled else 1.0
    frames = task.frames / level
    spectrum = np.broadcast_to(task.spectrum(levelled) * len(frames), frames.shape)
    return run(frames, np.ascontiguousarray(spectrum))[task.middle] * level


def ours(denoiser: Denoiser, task: SliceTask, strength: float = 1.0) -> np.ndarray:
    """The product as its users run it: told nothing."""
    return denoiser.denoise(task.made.noisy, strength=strength).frames[task.middle].astype(np.float64)
