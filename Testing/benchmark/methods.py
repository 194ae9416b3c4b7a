"""Every row of the table as one function: a task in, the denoised frame and its time out."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from typing import Any

import numpy as np

from FluoroDenoiseLib import Denoiser
from Testing.benchmark.peers import PEERS, Peer
from Testing.benchmark.scenes import READ
from Testing.benchmark.task import Task
from Testing.benchmark.tune import TUNED

SLOW = ("BM3D", "BM4D")

Method = Callable[[Task], tuple[np.ndarray, float]]
"""From a task to its frame READ, denoised, [H, W] in stored units, and milliseconds per frame."""


def methods(model: str, dose: float, quick: bool) -> dict[str, Method]:
    """Name to method, in the table's order; what needs an absent package is left out, and so are slow ones when in a hurry."""
    tuned = json.loads(TUNED.read_text()).get(f"{dose:g}", {})
    chosen = [peer for peer in PEERS if not (quick and peer.name in SLOW) and (peer.needs is None or find_spec(peer.needs))]
    untuned = [peer.name for peer in chosen if peer.grid and peer.name not in tuned]
    if untuned:
        names = ", ".join(untuned)
        raise SystemExit(f"No settings for {names} at {dose:g} quanta; run `python -m Testing.benchmark.tune` first.")
    settings = {name: entry["settings"] for name, entry in tuned.items()}
    rows: dict[str, Method] = {peer.name: partial(_peer, peer, settings.get(peer.name, {})) for peer in chosen}
    return rows | {f"FluoroDenoise {mode}": partial(_ours, model, mode) for mode in ("live", "review")}


def left_out() -> list[str]:
    """Peers whose package is not installed."""
    return [peer.name for peer in PEERS if peer.needs is not None and find_spec(peer.needs) is None]


def _peer(peer: Peer, settings: dict[str, Any], task: Task) -> tuple[np.ndarray, float]:
    """The truth about the noise is found out beforehand, so that only the peer's own work is timed."""
    _ = task.stabilised, task.spectrum if peer.needs else None, task.stabilised_spectrum if peer.needs else None
    began = time.perf_counter()
    image = peer.run(task, READ, **settings)
    return image, 1000 * (time.perf_counter() - began) / (READ + 1 if peer.streams else 1)


def _ours(model: str, mode: str, task: Task) -> tuple[np.ndarray, float]:
    """The product as its users run it: told nothing, noise analysis included in the time."""
    denoiser = Denoiser.load(model, mode=mode)
    began = time.perf_counter()
    result = denoiser.denoise(task.made.noisy)
    return result.frames[READ].astype(np.float32), 1000 * (time.perf_counter() - began) / len(result)
