"""The peers: what a laboratory or a vendor would use today, from libraries, told the true noise law."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from scipy.ndimage import median_filter

from .task import Task

DOMAINS = ("stabilised", "linear")


@dataclass(frozen=True)
class Peer:
    """A denoiser with the settings it is tuned over.

    Attributes:
        name: as printed.
        run: (task, frame number, settings) -> denoised frame [H, W] in stored units.
        grid: settings and the values to choose from; numbers in order.
        limits: settings whose grid ends where the possible ends: from the shortest reach that works to the whole cine, or to
            what can be waited for.
        follows: the setting that the level of the noise decides, if one does.
        streams: True where it passes through all former frames, whose number its time is divided by.
        needs: package of the `benchmark` extra without which it is left out.
    """

    name: str
    run: Callable[..., np.ndarray]
    grid: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    limits: tuple[str, ...] = ()
    follows: str | None = None
    streams: bool = False
    needs: str | None = None


def noisy(task: Task, t: int) -> np.ndarray:
    return task.frames[t].astype(np.float32)


def temporal_mean(task: Task, t: int, reach: int) -> np.ndarray:
    """Mean of the frames up to `reach` from t."""
    return task.frames[max(0, t - reach) : t + reach + 1].mean(axis=0, dtype=np.float32)


def recursive(task: Task, t: int, share: float) -> np.ndarray:
    """y_t = share x_t + (1 - share) y_{t-1}, the filter that fluoroscopy systems have."""
    state = task.frames[0].astype(np.float32)
    for frame in task.frames[1 : t + 1]:
        state += share * (frame - state)
    return state


def median(task: Task, t: int, size: int) -> np.ndarray:
    return median_filter(task.frames[t], size).astype(np.float32)


def curvature_diffusion(task: Task, t: int, domain: str, iterations: int, conductance: float) -> np.ndarray:
    """ITK's curvature anisotropic diffusion (Whitaker and Xue, ICIP 2001), Slicer's own denoiser."""
    import SimpleITK

    image = SimpleITK.GetImageFromArray(_in_domain(task, domain)[t].astype(np.float32))
    smooth = SimpleITK.CurvatureAnisotropicDiffusion(image, 0.0625, conductance, 1, iterations)
    return _back(task, domain, SimpleITK.GetArrayFromImage(smooth))


def nlm(task: Task, t: int, strength: float, patch: int, search: int) -> np.ndarray:
    """Non-local means (Buades 2005) of OpenCV on stabilised 8-bit frames; `strength` in noise standard deviations."""
    low, scale = _eight_bit(task)
    image = _to_bytes(task.stabilised[t], low, scale)
    return _from_bytes(task, cv2.fastNlMeansDenoising(image, None, strength * scale, patch, search), low, scale)


def video_nlm(task: Task, t: int, strength: float, patch: int, search: int, reach: int) -> np.ndarray:
    """The same over the frames up to `reach` from t."""
    low, scale = _eight_bit(task)
    reach = min(reach, t, len(task.frames) - 1 - t)
    near = [_to_bytes(frame, low, scale) for frame in task.stabilised[t - reach : t + reach + 1]]
    clean = cv2.fastNlMeansDenoisingMulti(near, reach, 2 * reach + 1, None, strength * scale, patch, search)
    return _from_bytes(task, clean, low, scale)


def restore_trapz() -> None:
    """bm4d 4.2 calls numpy.trapz, which NumPy 2.4 has under its new name only."""
    if not hasattr(np, "trapz"):
        np.trapz = np.trapezoid


def bm3d(task: Task, t: int, domain: str, profile: str, strength: float) -> np.ndarray:
    """BM3D for correlated noise (Makinen 2020) of the given frame, told the true noise power spectrum.

    Args:
        profile: a named one of the package.
        strength: the noise that it is told, in units of the true one's standard deviation.
    """
    from bm3d import bm3d as run

    restore_trapz()
    frame = _in_domain(task, domain)[t].astype(np.float64)
    return _back(task, domain, run(frame, strength**2 * _spectrum(task, domain), profile))


def bm4d(task: Task, t: int, domain: str, profile: str, strength: float, reach: int) -> np.ndarray:
    """BM4D of the frames up to `reach` from t, told the true noise power spectrum (white in time).

    Its profiles take cubes of 4 or 5 pixels and frames, or ("8x8") squares of single frames that are matched across frames.
    """
    from bm4d import bm4d as run

    restore_trapz()
    near = _in_domain(task, domain)[t - reach : t + reach + 1].astype(np.float64).transpose(1, 2, 0)
    spectrum = np.broadcast_to(strength**2 * near.shape[2] * _spectrum(task, domain)[..., None], near.shape)
    return _back(task, domain, run(np.ascontiguousarray(near), np.ascontiguousarray(spectrum), profile)[..., reach])


def _in_domain(task: Task, domain: str) -> np.ndarray:
    return task.frames if domain == "linear" else task.stabilised


def _back(task: Task, domain: str, image: np.ndarray) -> np.ndarray:
    return np.asarray(image, np.float32) if domain == "linear" else task.stabiliser.inverse(image)


def _spectrum(task: Task, domain: str) -> np.ndarray:
    return task.spectrum if domain == "linear" else task.stabilised_spectrum


def _eight_bit(task: Task) -> tuple[float, float]:
    """Lowest stabilised value and grey levels per noise standard deviation that fill 8 bits."""
    low, high = np.percentile(task.stabilised[:: max(1, len(task.stabilised) // 4)], (0.01, 99.99))
    return float(low), 255 / float(high - low)


def _to_bytes(image: np.ndarray, low: float, scale: float) -> np.ndarray:
    return np.clip(np.rint((image - low) * scale), 0, 255).astype(np.uint8)


def _from_bytes(task: Task, image: np.ndarray, low: float, scale: float) -> np.ndarray:
    return task.stabiliser.inverse(image / np.float32(scale) + np.float32(low))


STRENGTHS = (0.5, 0.6, 0.75, 0.9, 1.05, 1.2, 1.5, 2.0)
TOLD = (0.7, 0.85, 1.0, 1.2, 1.4, 1.6, 1.8, 2.0, 2.3, 2.6, 3.0, 3.5, 4.0, 5.0, 6.0, 8.0)
PEERS = (
    Peer("noisy", noisy),
    Peer("temporal mean", temporal_mean, {"reach": (1, 2, 4, 8)}, limits=("reach",), follows="reach"),
    Peer("recursive filter", recursive, {"share": (0.05, 0.1, 0.15, 0.2, 0.27, 0.35, 0.5)}, follows="share", streams=True),
    Peer("spatial median", median, {"size": (3, 5, 7, 9, 11, 13, 15, 17, 21, 25, 31)}),
    Peer(
        "curvature diffusion",
        curvature_diffusion,
        {
            "domain": DOMAINS,
            "iterations": (20, 40, 80, 160, 320, 640, 1280, 2560),
            "conductance": (1.0, 3.0, 9.0, 27.0, 81.0, 243.0, 729.0, 2187.0, 6561.0, 19683.0),
        },
        limits=("conductance",),  # from the largest on no edge is kept any more
    ),
    Peer(
        "NLM",
        nlm,
        {"strength": STRENGTHS, "patch": (5, 7, 9, 11, 13, 17, 21, 25), "search": (7, 11, 15, 21, 31, 41)},
        follows="strength",
    ),
    Peer(
        "video NLM",
        video_nlm,
        {
            "strength": STRENGTHS,
            "patch": (5, 7, 9, 11, 13, 17, 21, 25),
            "search": (5, 7, 9, 11, 15, 21, 31),
            "reach": (1, 2, 3, 4, 6, 8),
        },
        limits=("reach",),
        follows="strength",
    ),
    Peer("BM3D", bm3d, {"domain": DOMAINS, "profile": ("np", "refilter", "vn", "high"), "strength": TOLD}, needs="bm3d"),
    Peer(
        "BM4D",
        bm4d,
        {
            "domain": DOMAINS,
            "profile": ("np", "refilter", "8x8", "8x8refilter"),
            "strength": TOLD,
            "reach": (2, 3, 4),  # 6 gains 0.08 dB more on the tuning scenes, and takes half as long again
        },
        limits=("reach",),
        needs="bm4d",
    ),
)
