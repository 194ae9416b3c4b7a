"""Detail and motion: things of many widths, contrasts, speeds and doses, kept or lost: `python -m Testing.benchmark.detail`.

Wires that move, that are in one frame only, or that enter and stay are planted, as blurred as the scene, into a noisy cine of
an unseen CT (static, linear values); what the product makes of them is projected onto the ideal. At a scene cut, what is left
of one view in the other is measured. Writes detail-<mode>.md beside the benchmark's table.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path

import numpy as np

from FluoroDenoiseLib import Cine, Denoiser
from FluoroDenoiseLib.quality.challenge import plant, score
from FluoroDenoiseLib.simulation import Scene, load_volume
from Testing.benchmark.objects import SeenWire, edge_widening
from Testing.benchmark.rows import Row, Rows, fingerprint, options_of, publish, share, table
from Testing.benchmark.scenes import READ, UNSEEN, build, expose
from Testing.benchmark.task import Task

WIDTHS, CONTRASTS = (0.5, 1.0, 2.0, 3.0), (0.02, 0.05, 0.15, 0.4)
SPEEDS, DOSES = (0.0, 2.0, 10.0, 40.0), (5.0, 12.0, 30.0, 80.0, 200.0)
KINDS = ("moving", "one frame", "entering")
SIDE, SEED = 256, 5
SEEN = 3.0
"""Contrast-to-noise of a pixel on the wire from which on the limits hold."""
KEPT, GHOST, WIDER = 0.9, 0.03, 0.1
NEAR_A_CUT = 3
"""Frames on each side of a scene cut in which the other view is looked for."""
COLUMNS = {
    "quanta": lambda row: f"{row['quanta']:g}",
    "what": lambda row: row["kind"],
    "width px": lambda row: f"{row['width']:g}" if "width" in row else "-",
    "contrast": lambda row: share(row.get("contrast"), 0),
    "speed px/frame": lambda row: f"{row['speed']:g}" if "speed" in row else "-",
    "contrast/noise": lambda row: f"{row['ratio']:.2f}" if "ratio" in row else "-",
    "kept": lambda row: share(row.get("kept")),
    "worst frame": lambda row: share(row.get("worst")),
    "ghost": lambda row: share(row["ghost"]),
    "edges wider": lambda row: share(row.get("wider")),
    "": lambda row: ", ".join(faults(row)) or "ok" if judged(row) else "",
}


@dataclass(frozen=True)
class Subject:
    """A noisy cine without wire, what the product makes of it, its noise at the median grey value, its value of no signal."""

    cine: Cine
    denoised: Cine
    noise: float
    zero: float


def main() -> None:
    options = options_of("Wires kept or lost by FluoroDenoise, over width, contrast, speed and dose.")
    denoiser = Denoiser.load(options.model, mode=options.mode)
    rows = Rows(options.out / f"detail-{options.mode}.json", fingerprint(denoiser))
    subject = lru_cache(maxsize=1)(partial(_subject, denoiser, options.ct))
    found = rows.fill(_cells(options.quick), lambda cell: _wire(denoiser, subject(cell["quanta"]), cell))
    found += rows.fill(_cuts(options.quick), lambda cell: _cut(denoiser, options.ct, cell["quanta"]))
    publish(options.out / f"detail-{options.mode}.md", f"{table(COLUMNS, found)}\n\n{summary(found)}")


def _cells(quick: bool) -> list[Row]:
    """Every wire; in a hurry those of 1 and 3 pixels that have about the least contrast for which the limits hold."""
    axes = (WIDTHS[1::2], CONTRASTS[-2:]) if quick else (WIDTHS, CONTRASTS)
    names = ("quanta", "kind", "speed", "width", "contrast")
    motions = [("moving", speed) for speed in SPEEDS] + [(kind, 0.0) for kind in KINDS[1:]]
    grid = itertools.product(DOSES[3:4] if quick else DOSES, motions, *axes)
    return [dict(zip(names, (dose, *motion, *wire), strict=True)) for dose, motion, *wire in grid]


def _cuts(quick: bool) -> list[Row]:
    return [{"quanta": dose, "kind": "scene cut"} for dose in (DOSES[3:4] if quick else DOSES)]


def _subject(denoiser: Denoiser, scans: Path, dose: float) -> Subject:
    task = Task(expose(_view(scans, 0), dose, SEED))
    noise = float(task.law.sigma_at(np.median(task.made.clean.frames)))
    vendor = task.made.settings.vendor
    return Subject(task.made.noisy, denoiser.denoise(task.made.noisy), noise, vendor.pedestal * vendor.top)


@lru_cache(maxsize=2)
def _view(scans: Path, k: int) -> Scene:
    return build(load_volume(scans / UNSEEN[k].ct), UNSEEN[k], SIDE)


def wire_of(cell: Row) -> SeenWire:
    """The wire that a cell is about; objects of one frame and entering ones come in the middle of the cine."""
    when = {"moving": {}, "one frame": {"first": READ, "last": READ}, "entering": {"first": READ}}
    return SeenWire(cell["width"], cell["contrast"], cell["speed"], **when[cell["kind"]])


def _wire(denoiser: Denoiser, subject: Subject, cell: Row) -> Row:
    wire = wire_of(cell)
    planted = plant(subject.cine, wire, zero=subject.zero)
    denoised = denoiser.denoise(planted.cine)
    report = score(planted, denoised, subject.denoised)
    return {
        "ratio": abs(planted.height) * wire.peak / subject.noise,
        "kept": report["contrast_kept"],
        "worst": report["worst_frame"],
        "ghost": report["ghost"],
        "wider": edge_widening(planted, denoised, subject.denoised),
    }


def _cut(denoiser: Denoiser, scans: Path, dose: float) -> Row:
    """A cine of two views, the cut in its middle."""
    first, second = _view(scans, 0), _view(scans, len(UNSEEN) // 2)
    made = expose(replace(first, shots=(*first.shots, *second.shots), starts=(0, READ)), dose, SEED)
    return {"ghost": cut_ghost(made.clean.frames, denoiser.denoise(made.noisy).frames, READ)}


def cut_ghost(clean: np.ndarray, denoised: np.ndarray, cut: int) -> float:
    """Largest share, over the frames near a scene cut, in which a frame holds the view on the other side of it.

    The error of a frame is projected onto what the other view differs by.

    Args:
        clean, denoised: [T, H, W].
        cut: first frame of the second view.
    """
    after = [(t, cut - 1) for t in range(cut, cut + NEAR_A_CUT)]
    before = [(t, cut) for t in range(cut - NEAR_A_CUT, cut)]
    return max(abs(_held(clean[t], clean[other], denoised[t])) for t, other in before + after)


def _held(clean: np.ndarray, other: np.ndarray, denoised: np.ndarray) -> float:
    difference = (other - clean).astype(np.float64)
    return float(np.sum((denoised - clean) * difference) / np.sum(difference**2))


def judged(row: Row) -> bool:
    """Whether the limits hold for a row: a scene cut, or a wire that stands out of the noise."""
    return row["kind"] == "scene cut" or (row["ratio"] >= SEEN and row["kept"] is not None)


def faults(row: Row) -> list[str]:
    """What a judged row falls short in; an entering wire must be there from its first frame on, an edge must be found."""
    kept = row.get("worst" if row["kind"] == "entering" else "kept")
    found = {
        "contrast": kept is not None and kept < KEPT,
        "ghost": (row["ghost"] or 0) > GHOST,
        "edges": "wider" in row and (row["wider"] is None or row["wider"] > WIDER),
    }
    return [name for name, short in found.items() if short]


def summary(rows: list[Row]) -> str:
    """How many judged rows pass, and the worst of each figure."""
    chosen = [row for row in rows if judged(row)]
    passed = sum(not faults(row) for row in chosen)
    part = share(passed / max(len(chosen), 1), 0)
    lines = [f"Of {len(chosen)} cells (scene cuts, and wires of contrast/noise >= {SEEN:g}), {passed} pass ({part})."]
    for name, worst, limit in (("kept", min, KEPT), ("ghost", max, GHOST), ("wider", max, WIDER)):
        short = [row for row in chosen if row.get(name) is not None]
        if short:
            row = worst(short, key=lambda r: r[name])
            lines.append(f"- worst {name}: {share(row[name])} (limit {share(limit, 0)}): {_place(row)}")
    return "\n".join(lines)


def _place(row: Row) -> str:
    wire = f", {row['width']:g} px, {row['contrast']:.0%}, {row['speed']:g} px/frame" if "width" in row else ""
    return f"{row['kind']} at {row['quanta']:g} quanta{wire}"


if __name__ == "__main__":
    main()
