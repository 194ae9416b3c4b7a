"""Scores and pictures of a network during training, on validation sequences; their clean frames are read for these alone."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import nn

from FluoroDenoiseLib.cine import Cine
from FluoroDenoiseLib.denoiser import Denoiser
from FluoroDenoiseLib.engine import Engine
from FluoroDenoiseLib.models.cards import CINE
from FluoroDenoiseLib.quality.with_reference import psnr
from FluoroDenoiseLib.training.sequences import DAMAGED

FRAMES, MIDDLE = slice(6, 18), 12  # mid-cine


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
    return means(found)


def preview(network: nn.Module, folder: Path, path: Path) -> None:
    """Writes noisy | denoised | clean of a mid-cine frame of the first sequences as a PNG."""
    denoiser = denoiser_of(network, "review")
    rows = []
    for cine, clean in _with_truth(folder, 4):
        denoised = denoiser.denoise(cine)
        low, high = np.percentile(clean[MIDDLE], [0.5, 99.5])
        row = np.hstack([cine.frames[MIDDLE], denoised.frames[MIDDLE], clean[MIDDLE]]).astype(np.float32)
        rows.append(np.clip((row - low) / max(high - low, 1e-6) * 255, 0, 255).astype(np.uint8))
    write_picture(path, rows)


def denoiser_of(network: nn.Module, mode: str, kind: str = CINE) -> Denoiser:
    """The product's own code around a copy of a network: training goes on with it where and as it is."""
    return Denoiser(_Unnamed, Engine(copy.deepcopy(network), torch.device("cpu")), mode, kind)


def truths(folder: Path, count: int | None) -> Iterator[dict[str, np.ndarray]]:
    """What the first validation files hold; those that are damaged, or without clean frames, are passed over."""
    return islice((arrays for path in sorted(folder.glob("[!.]*.npz")) if "clean" in (arrays := _arrays(path))), count)


def _arrays(path: Path) -> dict[str, np.ndarray]:
    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except DAMAGED:
        return {}


def means(found: dict[str, list[float]]) -> dict[str, float]:
    """psnr_NAME: the mean of each, where there is any."""
    return {f"psnr_{key}": round(float(np.mean(values)), 3) for key, values in found.items() if values}


def write_picture(path: Path, rows: list[np.ndarray]) -> None:
    """Writes images [H, W] of one width, one below the other, as a PNG."""
    if rows:
        cv2.imwrite(str(path), np.vstack(rows))


def _with_truth(folder: Path, count: int | None) -> Iterator[tuple[Cine, np.ndarray]]:
    """Cines that reach to mid-cine, and their clean frames."""
    for arrays in truths(folder, count):
        if len(arrays["clean"]) > MIDDLE:
            yield Cine(arrays["frames"], float(arrays["frame_time"]), str(arrays["intensity"])), arrays["clean"]


def _psnr(frames: np.ndarray, clean: np.ndarray) -> float:
    return psnr(frames[FRAMES], clean[FRAMES])
