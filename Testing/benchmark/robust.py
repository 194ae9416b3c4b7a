"""Robustness: one property of detector, system or dose at a time, far from the usual: `python -m Testing.benchmark.robust`.

Scenes of unseen CTs at 30 quanta per pixel, 15 frames/s; each row changes one thing. The result must be no worse than the noisy
input anywhere, and nowhere more than 0.5 dB below the best of the peers that need no package of their own (temporal mean,
recursive filter, median, curvature diffusion, NLM, video NLM). The truth is always the scene of the moment: the frame without
noise, and without a vendor's recursive filter where the row has one.

Peers are told the truth: the noise law, over all frames together where dose changes, and, behind a recursive filter, its share
and the display curve after it. There each peer runs on the frames as stored and on the frames with the filter exactly undone,
told the noise of these; the better counts. The noisy input is the stored one. All methods against the filtered truth, which
the product does not aim at, are printed below, and not judged.

Peers have the settings tuned for the nearest dose, but for the one that follows the level of the noise: of that the best on the
very row counts. Median and curvature diffusion have none that does: at 5, 80 and 200 quanta and after a change of dose they run
at the strength of 12 or 30, and would perhaps do better at another. Writes robust-<mode>.md beside the benchmark's table.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from FluoroDenoiseLib import Cine, Denoiser
from FluoroDenoiseLib.quality.with_reference import psnr
from FluoroDenoiseLib.simulation import Scene, Simulated, Vendor, load_volume
from Testing.benchmark.measures import RIM
from Testing.benchmark.peers import PEERS, Peer
from Testing.benchmark.rows import Row, Rows, fingerprint, options_of, publish, table
from Testing.benchmark.scenes import READ, UNSEEN, build
from Testing.benchmark.task import Task
from Testing.benchmark.tune import TUNED
from Testing.benchmark.variants import VARIANTS

SIDE, SEED = 256, 21
CASES = (0, 3, 5)
"""Which of the unseen scenes: static and beating of one CT, panning of the other."""
BELOW = 0.5
"""Decibels that the result may lie below the best peer."""
DISPLAY_CENTRE, DISPLAY_WIDTH = np.float32(0.5), np.float32(0.8)
"""Of the simulated display curve, DICOM's SIGMOID."""
IN_A_HURRY = (
    "5 quanta",
    "8-bit LUT",
    "recursion 0.7",
    "flicker 1.5%",
    "dose times 0.25 in mid-cine",
    "table jerk 8 px, else at rest",
)
OURS = "FluoroDenoise"
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
    publish(options.out / f"robust-{options.mode}.md", report(found))


def report(rows: list[Row]) -> str:
    """Judged table and summary; below them every method against the filtered truth, where there is one."""
    filtered = [row for row in rows if "filtered" in row]
    parts = [table(COLUMNS, rows), summary(rows)]
    if filtered:
        figures = {name: partial(_filtered, name=name) for name in filtered[0]["filtered"]}
        columns = {name: COLUMNS[name] for name in ("change", "scene")} | figures
        parts += ["Against the truth behind the vendor's recursive filter (not judged), dB:", table(columns, filtered)]
    return "\n\n".join(parts)


def _filtered(row: Row, name: str) -> str:
    return f"{row['filtered'][name]:.2f}"


def _cells(quick: bool) -> list[Row]:
    variants = [variant for variant in VARIANTS if not quick or variant.name in IN_A_HURRY]
    cases = [UNSEEN[k] for k in (CASES[1:2] if quick else CASES)]
    return [{"scene": case.name, "change": variant.name} for case in cases for variant in variants]


def _row(denoiser: Denoiser, options: argparse.Namespace, cell: Row) -> Row:
    variant = next(variant for variant in VARIANTS if variant.name == cell["change"])
    scene = _scene(options.ct, cell["scene"])
    made, moment = variant.expose(scene, SEED), variant.unfiltered().expose(scene, SEED)
    images = fast_peers(tasks_of(made, moment), made.noisy)
    images[OURS] = [denoiser.denoise(made.noisy).frames[READ]]
    figures = _figures(images, moment.clean.frames[READ])
    best = max((name for name in figures if name not in ("noisy", OURS)), key=figures.get)
    row = {"noisy": figures["noisy"], "best": best, "peer": figures[best], "ours": figures[OURS]}
    return row | ({"filtered": _figures(images, made.clean.frames[READ])} if made.settings.vendor.recursion else {})


def tasks_of(made: Simulated, moment: Simulated) -> list[Task]:
    """What peers are given: the cine as stored and, behind a recursive filter, with the filter undone as well.

    Args:
        made: the cine.
        moment: the same, made without recursive filter.
    """
    if not made.settings.vendor.recursion:
        return [Task(made)]
    frames = undone(made.noisy.frames, made.settings.vendor)
    return [Task(made), Task(replace(moment, noisy=made.noisy.with_frames(frames)))]


def undone(stored: np.ndarray, vendor: Vendor) -> np.ndarray:
    """[T, H, W] float32 what frames, stored behind a recursive filter, were before it: x_t = (y_t - rho y_(t-1)) / (1 - rho).

    Behind a display curve the curve is undone first and done again, the curve's ends held half a grey level from its limits.
    """
    top = np.float32(vendor.top)
    image = stored.astype(np.float32) / top
    if vendor.display:
        image = np.clip(image, 0.5 / top, 1 - 0.5 / top)
        image = DISPLAY_CENTRE + DISPLAY_WIDTH / 4 * np.log(image / (1 - image))
    image[1:] = (image[1:] - vendor.recursion * image[:-1]) / np.float32(1 - vendor.recursion)
    if vendor.display:
        image = 1 / (1 + np.exp(-4 * (image - DISPLAY_CENTRE) / DISPLAY_WIDTH))
    return top * image


def _figures(images: dict[str, list[np.ndarray]], truth: np.ndarray) -> dict[str, float]:
    """PSNR of the best image of each method, dB."""
    return {name: max(_psnr(truth, image) for image in found) for name, found in images.items()}


@lru_cache(maxsize=1)
def _scene(scans: Path, name: str) -> Scene:
    case = next(case for case in UNSEEN if case.name == name)
    return build(load_volume(scans / case.ct), case, SIDE)


def fast_peers(tasks: list[Task], stored: Cine) -> dict[str, list[np.ndarray]]:
    """Frame READ of every peer that needs no package of its own, from each task, with each value of what follows the noise.

    Rounded to the stored type, as the product's is: of 8 bits behind a display table that costs either up to a decibel.

    Args:
        tasks: what the peers are given; of the first alone is the noisy frame.
        stored: the cine as stored.
    """
    tuned = json.loads(TUNED.read_text())
    quanta = tasks[0].made.settings.beam.quanta
    dose = min(tuned, key=lambda dose: abs(np.log(float(dose) / quanta)))
    peers = [peer for peer in PEERS if peer.needs is None]
    given = {peer.name: tasks[:1] if peer.name == "noisy" else tasks for peer in peers}
    return {
        peer.name: [stored.to_stored(image) for task in given[peer.name] for image in _images(peer, task, tuned[dose])]
        for peer in peers
    }


def _images(peer: Peer, task: Task, tuned: dict[str, Any]) -> Iterator[np.ndarray]:
    settings = tuned.get(peer.name, {}).get("settings", {})
    levels = [{peer.follows: value} for value in peer.grid[peer.follows]] if peer.follows else [{}]
    return (peer.run(task, READ, **settings | level) for level in levels)


def _psnr(truth: np.ndarray, image: np.ndarray) -> float:
    inner = (slice(RIM, -RIM),) * 2
    return psnr(image[inner], truth[inner].astype(np.float64))


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
