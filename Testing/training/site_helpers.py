"""A small simulated site: shaded scenes with a thin thing that moves, under correlated noise."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from FluoroDenoiseLib.cine import Cine
from FluoroDenoiseLib.training.site_cines import write_cine
from Training import make_model

MINUTES = 0.03  # preparing takes longer; then a tenth of it is still for learning


def site_cine(seed=0, count=10, side=96, **changes):
    """A cine [count, side, side] uint16."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:side, :side]
    scene = 800 + 300 * np.sin(x / 17 + seed) * np.cos(y / 23)
    frames = [scene - 60 * (np.abs(x - 30 - 2 * t) < 2) + 60 * blurred_noise(rng, side) for t in range(count)]
    return replace(Cine(np.rint(frames).clip(0, 4095).astype(np.uint16), 1 / 15, "LIN", modality="XA"), **changes)


def blurred_noise(rng, side):
    """[side, side] noise that a detector has blurred."""
    return cv2.GaussianBlur(rng.standard_normal((side, side)), (0, 0), 0.8)


def site_order(folder, cines, **changes):
    """An order whose sources are these cines, written to a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{k}.npz" for k in range(len(cines))]
    for cine, path in zip(cines, paths, strict=True):
        write_cine(cine, path)
    return {"sources": [str(path) for path in paths], "name": "a site", "minutes": MINUTES, "device": "cpu", **changes}


def learn_in_a_second(monkeypatch):
    """Gives `Training.make_model` a small network and small batches."""
    monkeypatch.setattr(make_model, "WIDTHS", (8, 8, 8))
    monkeypatch.setattr(make_model, "DEPTHS", (1, 1, 1))
    monkeypatch.setattr(make_model, "BATCH", 2)
    monkeypatch.setattr(make_model.os, "nice", lambda more: None, raising=False)  # or all tests that follow give way to others
