"""Small cines in the scene, and what a person sees of them."""

from __future__ import annotations

import numpy as np
import slicer


def noisyFrames(frames: int = 12, size: int = 96, seed: int = 0) -> np.ndarray:
    """uint16 [T, H, W]: quanta behind a disc that moves over a shaded background."""
    rng = np.random.default_rng(seed)
    t, row, column = np.ogrid[:frames, :size, :size]
    quanta = 60 + 0.5 * column + 0 * t - 25 * (np.hypot(row - size / 2, column - size / 4 - t) < size / 8)
    return rng.poisson(quanta).astype(np.uint16)


def addCine(frames: np.ndarray | None = None, name: str = "cine", **facts):
    """Puts a cine into the scene; returns the proxy that shows it."""
    from FluoroDenoiseLib import Cine
    from FluoroDenoiseLib.mrml import load
    from FluoroDenoiseLib.mrml.links import proxies_of

    known = {"frame_time": 1 / 15, "intensity": "LIN", "modality": "XA", "name": name, **facts}
    cine = Cine(noisyFrames() if frames is None else frames, **known)
    return proxies_of(load(cine, slicer.mrmlScene)[0])[0]


def addCT(slices: int = 6, size: int = 96, name: str = "ct"):
    """Puts a noisy CT into the scene; returns its volume."""
    from FluoroDenoiseLib import Cine
    from FluoroDenoiseLib.mrml import load

    row, column = np.ogrid[:size, :size]
    body = np.where(np.hypot(row - size / 2, column - size / 2) < size / 3, 40.0, -1000.0)
    stored = np.clip(body + 1024 + np.random.default_rng(0).normal(0, 30, (slices, size, size)), 0, 4095).astype(np.uint16)
    known = {"intensity": "HU", "modality": "CT", "name": name, "traits": frozenset({"slices"})}
    cine = Cine(stored, None, **known, rescale=(1.0, -1024.0), valid_range=(0, 4095), slice_spacing=2.0, window=(40.0, 400.0))
    return load(cine, slicer.mrmlScene)[0]


def framesOf(node) -> np.ndarray:
    """A copy of all frames that a proxy's sequence, or a volume, holds."""
    from FluoroDenoiseLib.mrml.node_frames import NodeFrames

    return NodeFrames(node).stack().copy()


def denoise(host, panel, seconds: float = 90.0) -> None:
    """Clicks Denoise and waits for the end."""
    panel.ui.denoiseButton.click()
    waitForRun(host, panel, seconds)


def waitForRun(host, panel, seconds: float = 90.0) -> None:
    """Waits until a run has ended."""
    assert panel.context.busy, panel.ui.messageLabel.text
    host.wait(lambda: not panel.context.busy, seconds)
