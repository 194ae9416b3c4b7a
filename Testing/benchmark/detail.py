"""Detail and motion: wires of many widths, contrasts and speeds, kept or lost: `python -m Testing.benchmark.detail [--quick]`.

A wire is planted into a noisy cine of an unseen CT (static, linear values) and what the product makes of it is projected onto
the ideal. Writes detail.md beside the benchmark's table.
"""

from __future__ import annotations

import argparse
import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from FluoroDenoiseLib import Cine, Denoiser
from FluoroDenoiseLib.quality import Wire
from FluoroDenoiseLib.quality.challenge import plant, score
from FluoroDenoiseLib.simulation import load_volume
from Testing.benchmark.__main__ import ROOT, SHARED_CT, write_text
from Testing.benchmark.scenes import UNSEEN, build, expose
from Testing.benchmark.task import Task

WIDTHS, CONTRASTS, SPEEDS, DOSES = (0.5, 1.0, 2.0, 3.0), (0.02, 0.05, 0.15, 0.4), (0.0, 2.0, 10.0, 40.0), (10.0, 30.0, 120.0)
SIDE = 256
SEEN = 3.0
"""Contrast-to-noise of a pixel on the wire from which on 90% of the contrast must be kept and the ghost be at most 3%."""
HEAD = "| quanta | width px | contrast | speed px/frame | contrast/noise | kept | worst frame | ghost | |\n" + "|---" * 9 + "|"


@dataclass(frozen=True)
class Subject:
    """A noisy cine without wire, what the product makes of it, and its noise at the median grey value (stored units)."""

    cine: Cine
    denoised: Cine
    noise: float


def main() -> None:
    options = _options()
    denoiser = Denoiser.load(options.model, mode=options.mode)
    scene = build(load_volume(options.ct / UNSEEN[0].ct), UNSEEN[0], SIDE)
    doses = DOSES[1:2] if options.quick else DOSES
    wires = list(_wires(options.quick))
    lines, began = [HEAD], time.monotonic()
    for dose in doses:
        task = Task(expose(scene, dose, 5))
        cine = task.made.noisy
        subject = Subject(cine, denoiser.denoise(cine), float(task.law.sigma_at(np.median(task.made.clean.frames))))
        for wire in wires:
            lines.append(_line(denoiser, subject, dose, wire))
            done = len(lines) - 1
            left = (time.monotonic() - began) / done * (len(wires) * len(doses) - done)
            print(lines[-1], f" {left / 60:.0f} min left", flush=True)
    options.out.mkdir(parents=True, exist_ok=True)
    write_text(options.out / f"detail-{options.mode}.md", "\n".join(lines) + "\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Wires kept or lost by FluoroDenoise, over width, contrast, speed and dose.")
    parser.add_argument("--quick", action="store_true", help="one dose and the grid's corners")
    parser.add_argument("--mode", choices=("live", "review"), default="review")
    parser.add_argument("--model", default="fluoroscopy", help="a bundled model's name or a model folder")
    parser.add_argument("--ct", type=Path, default=SHARED_CT, help="folder of the unseen CTs")
    parser.add_argument("--out", type=Path, default=ROOT / "runs" / "benchmark", help="folder of the results")
    return parser.parse_args()


def _wires(quick: bool) -> Iterator[Wire]:
    axes = [(axis[0], axis[-1]) if quick else axis for axis in (WIDTHS, CONTRASTS, SPEEDS)]
    return (Wire(width, contrast, speed) for width, contrast, speed in itertools.product(*axes))


def _line(denoiser: Denoiser, subject: Subject, dose: float, wire: Wire) -> str:
    planted = plant(subject.cine, wire)
    report = score(planted, denoiser.denoise(planted.cine), subject.denoised)
    ratio = abs(planted.height) * min(1.0, wire.width) / subject.noise
    cells = (f"{dose:g}", f"{wire.width:g}", f"{wire.contrast:.0%}", f"{wire.speed:g}", f"{ratio:.2f}")
    shares = (_share(report[name]) for name in ("contrast_kept", "worst_frame", "ghost"))
    return f"| {' | '.join(cells)} | {' | '.join(shares)} | {_verdict(ratio, report['contrast_kept'], report['ghost'])} |"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"


def _verdict(ratio: float, kept: float | None, ghost: float | None) -> str:
    if ratio < SEEN or kept is None:
        return ""
    return "ok" if kept >= 0.9 and (ghost or 0) <= 0.03 else "short"


if __name__ == "__main__":
    main()
