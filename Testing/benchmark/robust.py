"""Robustness: one property of detector, system or dose at a time, far from the usual: `python -m Testing.benchmark.robust`.

Scenes of unseen CTs at 30 quanta per pixel, 15 frames/s; each row changes one thing. The result must be no worse than the noisy
input anywhere, and nowhere more than 0.5 dB below the best of the peers that take under a second per frame (temporal mean,
recursive filter, median, curvature diffusion, NLM, video NLM), which are told the true noise and have the settings tuned for
the nearest dose, but for the one that follows the level of the noise: of that the best on the very row counts. Behind a
recursive filter the truth is the scene of the moment or the filtered one, whichever a method is nearer to: the product undoes
such filters, its peers do not. Writes robust-<mode>.md beside the benchmark's table.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from FluoroDenoiseLib import Denoiser
from FluoroDenoiseLib.quality.with_reference import psnr
from FluoroDenoiseLib.simulation import Beam, Detector, Scene, Settings, Simulated, Vendor, load_volume, simulate
from Testing.benchmark.measures import RIM
from Testing.benchmark.peers import PEERS, Peer
from Testing.benchmark.rows import Row, Rows, fingerprint, options_of, publish, table
from Testing.benchmark.scenes import READ, UNSEEN, build
from Testing.benchmark.task import Task
from Testing.benchmark.tune import TUNED

SIDE, SEED = 256, 21
CASES = (0, 3, 5)
"""Which of the unseen scenes: static and beating of one CT, panning of the other."""
BELOW = 0.5
"""Decibels that the result may lie below the best peer."""
USUAL = Vendor(bits=12, pedestal=0.06)


@dataclass(frozen=True)
class Variant:
    """A change to the usual scene.

    Attributes:
        name: as printed.
        beam, detector, vendor: attributes that differ.
        rate: frames per second.
    """

    name: str
    beam: dict[str, Any] = field(default_factory=dict)
    detector: dict[str, Any] = field(default_factory=dict)
    vendor: dict[str, Any] = field(default_factory=dict)
    rate: float = 15.0

    def truths(self, scene: Scene, made: Simulated) -> list[np.ndarray]:
        """Frame READ [H, W] without noise, and, behind a recursive filter, what it would be without the filter as well."""
        unfiltered = replace(self, vendor=self.vendor | {"recursion": 0.0})
        both = [made, unfiltered.expose(scene, SEED)] if self.vendor.get("recursion") else [made]
        return [one.clean.frames[READ] for one in both]

    def expose(self, scene: Scene, seed: int) -> Simulated:
        """A cine of the scene with this change."""
        settings = Settings(Beam(**({"quanta": 30.0} | self.beam)), Detector(**self.detector), replace(USUAL, **self.vendor))
        return simulate(replace(scene, frame_time=1 / self.rate), settings, seed)


def _variants() -> tuple[Variant, ...]:
    """The whole list; the first and last of each kind stand next to each other."""
    eight_bit = {"intensity": "LOG", "bits": 8, "display": True}
    return (
        *(Variant(f"{quanta:g} quanta", beam={"quanta": quanta}) for quanta in (5.0, 12.0, 30.0, 80.0, 200.0)),
        *(Variant(f"blur {blur:g} px", detector={"blur": blur}) for blur in (0.3, 0.9)),
        *(Variant(f"{kind}", vendor={"intensity": kind}) for kind in ("LOG", "SQRT")),
        Variant("8-bit LUT", vendor=eight_bit),
        *(Variant(f"edge enhancement {gain:g}", vendor={"edge": gain}) for gain in (0.5, 1.0)),
        Variant("8-bit LUT, edge enhancement 0.5", vendor=eight_bit | {"edge": 0.5}),
        *(Variant(f"lag {lag:.0%}", detector={"lag": lag}) for lag in (0.0, 0.06)),
        *(Variant(f"row noise {rows:g} quanta", detector={"row_noise": rows, "column_noise": rows / 2}) for rows in (0.5, 1.0)),
        *(Variant(f"fixed pattern {g:.0%}", detector={"fixed_gain": g, "fixed_offset": 50 * g}) for g in (0.01, 0.02)),
        *(Variant(f"recursion {rho:g}", vendor={"recursion": rho}) for rho in (0.3, 0.5, 0.7)),
        Variant("8-bit LUT, recursion 0.5", vendor=eight_bit | {"recursion": 0.5}),
        *(Variant(f"{rate:g} frames/s", rate=rate) for rate in (7.5, 30.0)),
    )


VARIANTS = _variants()
IN_A_HURRY = ("5 quanta", "8-bit LUT", "recursion 0.7")
COLUMNS = {
    "change": lambda row: row["change"],
    "scene": lambda row: row["scene"],
    "noisy": lambda row: f"{row['noisy']:.2f}",
    "best peer": lambda row: f"{row['peer']:.2f} ({row['best']})",
    "FluoroDenoise": lambda row: f"{row['ours']:.2f}",
    "over noisy": lambda row: f"{row['ours'] - row['noisy']:+.2f}",
    "over best peer": lambda row: f"{row['ours'] - row['peer']:+.2f}",
    "": lambda row: "ok" if passes(row) else "short",
}


def main() -> None:
    options = options_of("FluoroDenoise and fast peers far from the usual detector, system and dose.")
    denoiser = Denoiser.load(options.model, mode=options.mode)
    rows = Rows(options.out / f"robust-{options.mode}.json", fingerprint(denoiser))
    found = rows.fill(_cells(options.quick), partial(_row, denoiser, options))
    publish(options.out / f"robust-{options.mode}.md", f"{table(COLUMNS, found)}\n\n{summary(found)}")


def _cells(quick: bool) -> list[Row]:
    variants = [variant for variant in VARIANTS if not quick or variant.name in IN_A_HURRY]
    cases = [UNSEEN[k] for k in (CASES[1:2] if quick else CASES)]
    return [{"scene": case.name, "change": variant.name} for case in cases for variant in variants]


def _row(denoiser: Denoiser, options: argparse.Namespace, cell: Row) -> Row:
    variant = next(variant for variant in VARIANTS if variant.name == cell["change"])
    scene = _scene(options.ct, cell["scene"])
    task = Task(variant.expose(scene, SEED))
    truths = variant.truths(scene, task.made)
    peers = {name: max(_psnr(truths, image) for image in images) for name, images in fast_peers(task).items()}
    best = max((name for name in peers if name != "noisy"), key=peers.get)
    ours = _psnr(truths, denoiser.denoise(task.made.noisy).frames[READ])
    return {"noisy": peers["noisy"], "best": best, "peer": peers[best], "ours": ours}


@lru_cache(maxsize=1)
def _scene(scans: Path, name: str) -> Scene:
    case = next(case for case in UNSEEN if case.name == name)
    return build(load_volume(scans / case.ct), case, SIDE)


def fast_peers(task: Task) -> dict[str, Iterator[np.ndarray]]:
    """Frame READ of every peer that needs no package of its own, with each value of the setting that follows the noise.

    Rounded to the stored type, as the product's is: of 8 bits behind a display table that costs either up to a decibel.
    """
    tuned = json.loads(TUNED.read_text())
    quanta = task.made.settings.beam.quanta
    dose = min(tuned, key=lambda dose: abs(np.log(float(dose) / quanta)))
    return {peer.name: _images(peer, task, tuned[dose]) for peer in PEERS if peer.needs is None}


def _images(peer: Peer, task: Task, tuned: dict[str, Any]) -> Iterator[np.ndarray]:
    settings = tuned.get(peer.name, {}).get("settings", {})
    levels = [{peer.follows: value} for value in peer.grid[peer.follows]] if peer.follows else [{}]
    return (task.made.noisy.to_stored(peer.run(task, READ, **settings | level)) for level in levels)


def _psnr(truths: list[np.ndarray], image: np.ndarray) -> float:
    inner = (slice(RIM, -RIM),) * 2
    return max(psnr(image[inner], truth[inner].astype(np.float64)) for truth in truths)


def passes(row: Row) -> bool:
    return row["ours"] >= row["noisy"] and row["ours"] >= row["peer"] - BELOW


def summary(rows: list[Row]) -> str:
    """How many rows pass, and the closest calls against noisy input and best peer."""
    lines = [f"{sum(map(passes, rows))} of {len(rows)} rows pass."]
    for name, label in (("noisy", "noisy input"), ("peer", "best peer")):
        row = min(rows, key=lambda r: r["ours"] - r[name])
        lines.append(f"- least over {label}: {row['ours'] - row[name]:+.2f} dB: {row['change']}, {row['scene']}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
