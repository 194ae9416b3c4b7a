"""Real cines against the peers that run under 0.2 s per frame: `python -m Testing.figures.against_peers [--quick]`.

IM5 and IM6 by disjoint halves, as `real` does it; every peer of the benchmark without a package of its own. A peer's settings
are the best that a climb through its grid finds on the very cine, among those that are fast enough, and it is told the
product's own noise law. The planted wire beside it tells what the figure on a static scene is worth. Prints and writes
real-peers.md.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from FluoroDenoiseLib import Cine, Denoiser
from FluoroDenoiseLib.noise import NoiseAnalysis, analyse
from FluoroDenoiseLib.noise.stabilise import Stabiliser
from FluoroDenoiseLib.quality.field import field_of_view
from FluoroDenoiseLib.quality.with_reference import halves
from Testing.benchmark.peers import PEERS, Peer
from Testing.benchmark.rows import ROOT, SHARED, Row, publish, share, table
from Testing.benchmark.tune import TUNED, climb
from Testing.figures.real import RECORDED, disjoint_halves, moving_wire, phantom

FAST = 0.2
"""Seconds per frame: processor time over the number of processors, so that other work on the machine does not count."""
TOO_SLOW = -1000.0  # decibels
BETTER, KEPT, GHOST = 3.0, 0.85, 0.05
COLUMNS = {
    "cine": lambda row: row["cine"],
    "method": lambda row: row["method"],
    "gain dB": lambda row: f"{row['gain_db']:.2f}",
    "wire kept": lambda row: share(row["contrast_kept"]),
    "ghost": lambda row: share(row["ghost"]),
    "ms/frame": lambda row: f"{row['ms']:.0f}",
    "settings": lambda row: row["settings"],
}

Method = Callable[[Cine], Cine]


@dataclass(frozen=True, eq=False)
class Recording:
    """What a peer is given of a real cine: frames as stored and stabilised, as `benchmark.task.Task` has them."""

    cine: Cine

    @property
    def frames(self) -> np.ndarray:
        return self.cine.frames

    @cached_property
    def _analysis(self) -> NoiseAnalysis:
        return analyse(self.cine)

    @property
    def stabiliser(self) -> Stabiliser:
        return self._analysis.stabiliser

    @cached_property
    def stabilised(self) -> np.ndarray:
        return self.stabiliser.forward(self.frames)


def main() -> None:
    options = _options()
    rows: list[Row] = []
    slow: list[str] = []
    for name in RECORDED[-1:] if options.quick else RECORDED:
        cine = phantom(options.data, name)
        for label, method, settings in _methods(cine, options):
            if method is None:
                slow.append(f"- {name}, {label}: over {FAST:g} s a frame, left out")
                continue
            rows.append({"cine": name, "method": label, "settings": settings} | _figures(cine, method))
            print(table(COLUMNS, rows[-1:]).splitlines()[-1], flush=True)
    publish(options.out / "real-peers.md", "\n".join([table(COLUMNS, rows), "", summary(rows), *slow]))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Real cines: FluoroDenoise against the peers that run under 0.2 s per frame.")
    parser.add_argument("--quick", action="store_true", help="IM6 only, peers with the benchmark's settings")
    parser.add_argument("--model", default="fluoroscopy", help="a bundled model's name or a model folder")
    parser.add_argument("--data", type=Path, default=SHARED, help="folder of the real recordings")
    parser.add_argument("--out", type=Path, default=ROOT / "runs" / "benchmark", help="folder of the results")
    options = parser.parse_args()
    if not options.data.is_dir():
        parser.exit(1, f"The real recordings are absent: looked for {options.data}. Give their folder with --data.\n")
    options.out = options.out / "quick" if options.quick else options.out
    options.out.mkdir(parents=True, exist_ok=True)
    return options


def _methods(cine: Cine, options: argparse.Namespace):
    """Label, method (None where it is too slow) and settings in words of each peer, then of the product."""
    for peer in (peer for peer in PEERS if peer.needs is None and peer.name != "noisy"):
        settings = best_settings(peer, cine, _tuned(peer) if options.quick else peer.grid)
        words = json.dumps(settings)[1:-1].replace('"', "")
        yield peer.name, None if settings is None else whole(peer, settings), words
    for mode in ("live", "review"):
        yield f"FluoroDenoise {mode}", Denoiser.load(options.model, mode=mode).denoise, "-"


def _tuned(peer: Peer) -> dict[str, tuple[Any]]:
    """The benchmark's settings at its higher dose, as a grid of one choice."""
    return {name: (value,) for name, value in json.loads(TUNED.read_text())["30"][peer.name]["settings"].items()}


def best_settings(peer: Peer, cine: Cine, grid: Mapping[str, tuple[Any, ...]]) -> dict[str, Any] | None:
    """The settings of a grid with the least error on a frame in the middle, None where none is fast enough.

    What is too slow scores below everything, the slower the lower, so that the climb leaves it.
    """
    half = Recording(cine.with_frames(cine.frames[0::2], frame_time=None))
    t, field = len(half.frames) // 2, field_of_view(cine)

    def score(settings: dict[str, Any]) -> float:
        _ = half.stabilised
        began = time.process_time()
        image = peer.run(half, t, **settings)
        seconds = (time.process_time() - began) / os.cpu_count() / (t + 1 if peer.streams else 1)
        gain = halves(half.frames[t : t + 1], image[None], cine.frames[1::2], field)["gain_db"]
        return gain if seconds <= FAST else TOO_SLOW - seconds

    settings, gain = climb(grid, score)
    return settings if gain > TOO_SLOW else None


def whole(peer: Peer, settings: dict[str, Any]) -> Method:
    """A peer as a function from cine to cine."""

    def denoise(cine: Cine) -> Cine:
        recording = Recording(cine)
        return cine.with_frames(cine.to_stored(np.stack([peer.run(recording, t, **settings) for t in range(len(cine))])))

    return denoise


def _figures(cine: Cine, method: Method) -> Row:
    began = time.process_time()
    still, wire = disjoint_halves(cine, method), moving_wire(cine, method)
    runs = 3 * len(cine)  # both halves, with the wire, without it
    return {**still, **wire, "ms": 1000 * (time.process_time() - began) / os.cpu_count() / runs}


def summary(rows: list[Row]) -> str:
    """The product's distance to the best peer of each cine."""
    lines = []
    for ours in (row for row in rows if row["method"].startswith("FluoroDenoise")):
        peers = [row for row in rows if row["cine"] == ours["cine"] and not row["method"].startswith("FluoroDenoise")]
        best = max(peers, key=lambda row: row["gain_db"])
        ahead = ours["gain_db"] - best["gain_db"]
        reached = ahead >= BETTER and ours["contrast_kept"] >= KEPT and ours["ghost"] <= GHOST
        lines.append(
            f"- {ours['cine']}, {ours['method']}: {ahead:+.2f} dB against {best['method']} (target {BETTER:+.0f}), wire kept "
            f"{share(ours['contrast_kept'])} (at least 85%), ghost {share(ours['ghost'])} (at most 5%): "
            f"{'reached' if reached else 'short'}; the peer keeps {share(best['contrast_kept'])} of the wire"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
