"""The peers: what a laboratory or a vendor would use today, from libraries, told the true noise law."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from scipy.ndimage import median_filter

from .task import Task

DOMAINS = ("linear", "stabilised")


@dataclass(frozen=True)
class Peer:
    """A denoiser with the settings it is tuned over.

    Attributes:
        name: as printed.
        run: (task, frame number, settings) -> denoised frame [H, W] in stored units.
        grid: settings and the values to choose from.
        streams: True where it passes through all former frames, whose number its time is divided by.
        needs: package of the `benchmark` extra without which it is left out.
    """

    name: str
    run: Callable[..., np.ndarray]
    grid: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
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


def bm3d(task: Task, t: int, domain: str) -> np.ndarray:
    """BM3D for correlated noise (Makinen 2020) of the given frame, told the true noise power spectrum."""
    from bm3d import bm3d as run

    restore_trapz()
    return _back(task, domain, run(_in_domain(task, domain)[t].astype(np.float64), _spectrum(task, domain)))


def bm4d(task: Task, t: int, domain: str, reach: int) -> np.ndarray:
    """BM4D of the frames up to `reach` from t, told the true noise power spectrum (white in time)."""
    from bm4d import bm4d as run

    restore_trapz()
    near = _in_domain(task, domain)[t - reach : t + reach + 1].astype(np.float64)
    spectrum = np.broadcast_to(_spectrum(task, domain) * len(near), near.shape)
    return _back(task, domain, run(near, np.ascontiguousarray(spectrum))[reach])


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


PEERS = (
    Peer("noisy", noisy),
    Peer("temporal mean", temporal_mean, {"reach": (1, 2, 4, 8)}),
    Peer("recursive filter", recursive, {"share": (0.1, 0.2, 0.35, 0.5)}, streams=True),
    Peer("spatial median", median, {"size": (3, 5, 7)}),
    Peer(
        "curvature diffusion",
        curvature_diffusion,
        {"domain": DOMAINS, "iterations": (40, 80, 160, 320), "conductance": (27.0, 81.0, 243.0)},
    ),
    Peer("NLM", nlm, {"strength": (0.9, 1.2, 1.5, 2.0), "patch": (9, 11, 13, 17), "search": (21, 31)}),
    Peer(
        "video NLM",
        video_nlm,
        {"strength": (0.9, 1.2, 1.5, 2.0), "patch": (7, 9, 11, 13), "search": (15, 21), "reach": (2, 4)},
    ),
    Peer("BM3D", bm3d, {"domain": DOMAINS}, needs="bm3d"),
    Peer("BM4D", bm4d, {"domain": DOMAINS, "reach": (2, 4)}, needs="bm4d"),
)
