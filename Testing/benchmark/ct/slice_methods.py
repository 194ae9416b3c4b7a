"""What a stack of slices is denoised by: peers that are told the truth about the noise, and the product, which is not."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from FluoroDenoiseLib import Denoiser
from Testing.benchmark.peers import restore_trapz

from .cases import SliceTask

OURS = "FluoroDenoise ct"
NOISY = "noisy"
MILD = 0.6
"""A strength at which some of the noise's own texture is left."""
MILDER = f"{OURS}, strength {MILD:g}"
TUNED = Path(__file__).with_name("tuned.json")
"""The settings of the peers."""
Method = Callable[[SliceTask], np.ndarray]
"""From a task to its middle slice [H, W], denoised."""


def methods(denoiser: Denoiser) -> dict[str, Method]:
    """Name to method; what needs an absent package is left out."""
    tuned = json.loads(TUNED.read_text())
    # Each function bears the name of its package.
    peers = {name: partial(run, **tuned[name]["settings"]) for name, run in PEERS.items() if find_spec(run.func.__name__)}
    return {NOISY: noisy, **peers, OURS: partial(ours, denoiser), MILDER: partial(ours, denoiser, strength=MILD)}


def noisy(task: SliceTask) -> np.ndarray:
    return task.frames[task.middle]


def bm3d(task: SliceTask, levelled: bool, profile: str, strength: float) -> np.ndarray:
    """BM3D for correlated noise (Makinen 2020), told the true spectrum; levelled: after division by the true local noise.

    Args:
        profile: a named one of the package.
        strength: the noise that it is told, in units of the true one's standard deviation.
    """
    from bm3d import bm3d as run

    restore_trapz()
    level = task.noise if levelled else 1.0
    return run(task.frames[task.middle] / level, strength**2 * task.spectrum(levelled), profile) * level


def bm4d(task: SliceTask, levelled: bool, profile: str, strength: float) -> np.ndarray:
    """BM4D of the whole stack, told the true spectrum (white from slice to slice); the rest as for BM3D."""
    from bm4d import bm4d as run

    restore_trapz()
    level = task.noise if levelled else 1.0
    frames = (task.frames / level).transpose(1, 2, 0)
    spectrum = np.broadcast_to(strength**2 * frames.shape[2] * task.spectrum(levelled)[..., None], frames.shape)
    return run(np.ascontiguousarray(frames), np.ascontiguousarray(spectrum), profile)[..., task.middle] * level


def ours(denoiser: Denoiser, task: SliceTask, strength: float = 1.0) -> np.ndarray:
    """The product as its users run it: told nothing."""
    return denoiser.denoise(task.made.noisy, strength=strength).frames[task.middle].astype(np.float64)


PEERS: dict[str, partial[np.ndarray]] = {
    "BM3D": partial(bm3d, levelled=False),
    "BM3D, noise levelled": partial(bm3d, levelled=True),
    "BM4D": partial(bm4d, levelled=False),
    "BM4D, noise levelled": partial(bm4d, levelled=True),
}
STRENGTHS = (0.7, 0.85, 1.0, 1.2, 1.35, 1.5, 1.7, 2.0, 2.3, 2.6, 3.0)
GRIDS = {
    "bm3d": {"profile": ("np", "refilter", "vn", "high"), "strength": STRENGTHS},
    "bm4d": {"profile": ("np", "refilter", "8x8", "8x8refilter"), "strength": STRENGTHS},
}
"""Settings of each function that `tune_slices` chooses from."""
