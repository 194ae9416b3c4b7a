"""Scores and pictures of a network during training, on validation sequences; the only place where clean frames are read."""

from __future__ import annotations

import copy
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import nn

from FluoroDenoiseLib.cine import Cine
from FluoroDenoiseLib.denoiser import Denoiser
from FluoroDenoiseLib.engine import Engine
from FluoroDenoiseLib.models.cards import CINE

FRAMES = slice(6, 18)  # mid-cine


class _Unnamed:
    name, sha256 = "in training", ""


def scores(network: nn.Module, folder: Path, sequences: int | None = None) -> dict[str, float]:
    """Mean PSNR in decibel over the clean frames' 0.1-99.9 percentile span: noisy, review and live, mid-cine."""
    denoisers = {mode: denoiser_of(network, mode) for mode in ("review", "live")}
    found: dict[str, list[float]] = {"noisy": [], "review": [], "live": []}
    for cine, clean in _with_truth(folder, sequences):
        found["noisy"].append(_psnr(cine.frames, clean))
        for mode, denoiser in denoisers.items():
            found[mode].append(_psnr(denoiser.denoise(cine).frames, clean))
    return {f"psnr_{key}": round(float(np.mean(values)), 3) for key, values in found.items()}


def preview(network: nn.Module, folder: Path, path: Path) -> None:
    """Writes noisy | denoised | clean of a mid-cine frame of the first sequences as a PNG."""
    denoiser = denoiser_of(network, "review")
    rows = []
    for cine, clean in _with_truth(folder, 4):
        denoised = denoiser.denoise(cine)
        low, high = np.percentile(clean[12], [0.5, 99.5])
        row = np.hstack([cine.frames[12], denoised.frames[12], clean[12]]).astype(np.float32)
        rows.append(np.clip((row - low) / max(high - low, 1e-6) * 255, 0, 255).astype(np.uint8))
    cv2.imwrite(str(path), np.vstack(rows))


def denoiser_of(network: nn.Module, mode: str, kind: str = CINE) -> Denoiser:
    """The product's own code around a copy of a network: training goes on with it where and as it is."""
    return Denoiser(_Unnamed, Engine(copy.deepcopy(network), torch.device("cpu")), mode, kind)


def _with_truth(folder: Path, sequences: int | None):  # noqa: ANN202
    for path in sorted(folder.glob("*.npz"))[:sequences]:
        with np.load(path, allow_pickle=False) as file:
            yield Cine(file["frames"], float(file["frame_time"]), str(file["intensity"])), file["clean"]


def _psnr(frames: np.ndarray, clean: np.ndarray) -> float:
    span = np.subtract(*np.percentile(clean, [99.9, 0.1]))
    error = np.mean((frames[FRAMES].astype(np.float64) - clean[FRAMES]) ** 2)
    return float(10 * np.log10(span**2 / error))
