"""Scores and pictures of a network for CT slices during training, on validation stacks, whose clean slices are read here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from torch import nn

from FluoroDenoiseLib.cine import Cine
from FluoroDenoiseLib.models.cards import SLICES
from FluoroDenoiseLib.quality.with_reference import psnr
from FluoroDenoiseLib.simulation.ct import as_cine

from .report import denoiser_of, means, truths, write_picture

SOFT = (-160.0, 240.0)  # HU, the window of soft tissue
SIDE = 256  # pixels of a picture


def scores(network: nn.Module, folder: Path, stacks: int | None = None) -> dict[str, float]:
    """Mean PSNR in decibel over the clean slices' 0.1-99.9 percentile span: noisy and denoised."""
    denoiser = denoiser_of(network, "review", SLICES)
    found: dict[str, list[float]] = {"noisy": [], "denoised": []}
    for cine, clean in _with_truth(folder, stacks):
        found["noisy"].append(psnr(cine.frames, clean))
        found["denoised"].append(psnr(denoiser.denoise(cine).frames, clean))
    return means(found)


def preview(network: nn.Module, folder: Path, path: Path) -> None:
    """Writes noisy | denoised | clean of a middle slice of the first stacks as a PNG, in the window of soft tissue."""
    denoiser = denoiser_of(network, "review", SLICES)
    rows = [_row(cine, denoiser.denoise(cine), clean) for cine, clean in _with_truth(folder, 4)]
    write_picture(path, rows)


def _row(noisy: Cine, denoised: Cine, clean: np.ndarray) -> np.ndarray:
    middle = (stack[len(stack) // 2].astype(np.float32) for stack in (noisy.frames, denoised.frames, clean))
    images = [cv2.resize(image, (SIDE, SIDE)) for image in middle]
    low, high = SOFT
    return np.clip((np.hstack(images) - low) / (high - low) * 255, 0, 255).astype(np.uint8)


def _with_truth(folder: Path, count: int | None) -> Iterator[tuple[Cine, np.ndarray]]:
    for arrays in truths(folder, count):
        yield as_cine(arrays["frames"], tuple(float(x) for x in arrays["spacing"])), arrays["clean"]
