"""Detail and motion: things of many widths, contrasts, speeds and doses, kept or lost: `python -m Testing.benchmark.detail`.

Wires that move, that are in one frame only, or that enter and stay are planted, as blurred as the scene, into a noisy cine of
an unseen CT (static, linear values); what the product makes of them is projected onto the ideal. At a scene cut, what is left
of one view in the other is measured. Writes detail-<mode>.md beside the benchmark's table.

Contrast kept, edges and haze are judged from a contrast-to-noise of 3 on: a fainter wire may be lost. It may not leave a ghost,
so ghosts are judged in every cell in which they can be measured well enough; a cell in which they cannot is undecided. Wires
at rest have no ghost, and of slow ones `score` leaves out the lags at which the wire is less than its width and 2 pixels from
where it was: at 2 pixels per frame, a wire of 1 pixel has ghosts 2 and 3 frames away, one of 3 pixels only 3 frames away.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path

import numpy as np

from FluoroDenoiseLib import Cine, Denoiser
from FluoroDenoiseLib.quality.challenge import Planted, plant, score
from FluoroDenoiseLib.simulation import Scene, load_volume
from Testing.benchmark.objects import SeenWire, edge_widening, ghost_error
from Testing.benchmark.rows import Row, Rows, fingerprint, options_of, publish, share, table
from Testing.benchmark.scenes import READ, UNSEEN, build, expose
from Testing.benchmark.task import Task

WIDTHS, CONTRASTS = (0.5, 1.0, 2.0, 3.0), (0.02, 0.05, 0.15, 0.4)
SPEEDS, DOSES = (0.0, 2.0, 10.0, 40.0), (5.0, 12.0, 30.0, 80.0, 200.0)
KINDS = ("moving", "one frame", "entering")
SIDE, SEED = 256, 5
SEEN = 3.0
"""Contrast-to-noise of a pixel on the wire from which on contrast, edges and haze are judged."""
KEPT, GHOST, WIDER = 0.9, 0.03, 0.1
"""The least contrast kept, the largest ghost and haze as shares of the wire, the largest widening of its edges."""
SURE = GHOST / 3
"""Largest standard error of a ghost that is judged."""
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
    "+-": lambda row: share(row.get("ghost error")),
    "edges wider": lambda row: share(row.get("wider")),
    "haze": lambda row: share(row.get("haze")),
    "": lambda row: verdict(row),
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
    return {"ratio": abs(planted.height) * wire.peak / subject.noise} | figures(planted, denoised, subject.denoised)


def figures(planted: Planted, output_with: Cine, output_without: Cine) -> Row:
    """What became of a wire: contrast kept, ghost and its standard error, edges and haze; None where one cannot be measured."""
    report = score(planted, output_with, output_without)
    edge = edge_widening(planted, output_with, output_without)
    errors = [ghost_error(planted, output_with, output_without, lag) for lag in report["by_lag"]]
    return {
        "kept": report["contrast_kept"],
        "worst": report["worst_frame"],
        "ghost": report["ghost"],
        "ghost error": max(errors, default=None),
        "wider": edge and edge.wider,
        "haze": edge and edge.haze,
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


def stands_out(row: Row) -> bool:
    """Whether the limits of contrast, edges and haze hold for a row."""
    return row.get("ratio", 0) >= SEEN and row["kept"] is not None


def ghost_is_sure(row: Row) -> bool:
    """Whether a ghost can be judged: it is measured well, or it is beyond the limit by more than three standard errors.

    What a scene cut leaves is measured against the truth and has no error.
    """
    error = row.get("ghost error", 0.0)
    return row["ghost"] is not None and (error <= SURE or row["ghost"] > GHOST + 3 * error)


def undecided(row: Row) -> bool:
    """Whether there is a ghost to look for and noise hides it."""
    return row["ghost"] is not None and not ghost_is_sure(row)


def faults(row: Row) -> list[str]:
    """What a row falls short in, of what can be judged; an edge must be found."""
    clear = stands_out(row)
    found = {
        "contrast": clear and kept(row) < KEPT,
        "ghost": ghost_is_sure(row) and row["ghost"] > GHOST,
        "edges": clear and (row["wider"] is None or row["wider"] > WIDER),
        "haze": clear and row["haze"] is not None and abs(row["haze"]) > GHOST,
    }
    return [name for name, short in found.items() if short]


def kept(row: Row) -> float | None:
    """The contrast that counts: an entering wire must be there from its first frame on."""
    return row["worst" if row["kind"] == "entering" else "kept"]


def verdict(row: Row) -> str:
    """The faults, or "undecided", or "ok", or nothing where nothing can be judged."""
    short = faults(row)
    if short or undecided(row):
        return ", ".join(short) or "undecided"
    return "ok" if stands_out(row) or ghost_is_sure(row) else ""


def summary(rows: list[Row]) -> str:
    """How many rows pass, how many ghosts are judged, and the worst of each figure."""
    verdicts = [verdict(row) for row in rows]
    passed, unsure, empty = (verdicts.count(word) for word in ("ok", "undecided", ""))
    judged = len(rows) - unsure - empty
    clear, sure = ([row for row in rows if chosen(row)] for chosen in (stands_out, ghost_is_sure))
    hidden, without = sum(map(undecided, rows)), sum(row["ghost"] is None for row in rows)
    lines = [
        f"Of {len(rows)} cells, {judged} are judged and {passed} of them pass ({share(passed / max(judged, 1), 0)}).",
        f"- {unsure} are undecided, {empty} hold nothing to judge (at rest, and of contrast/noise below {SEEN:g})",
        f"- contrast, edges and haze are judged in the {len(clear)} cells of contrast/noise >= {SEEN:g}",
        f"- ghosts are judged in {len(sure)} cells; {hidden} have a standard error above {share(SURE)}, {without} have none",
        *_worst("kept", min, clear, kept, KEPT),
        *_worst("ghost", max, sure, lambda row: row["ghost"], GHOST),
        *_worst("wider", max, clear, lambda row: row["wider"], WIDER),
        *_worst("haze", max, clear, lambda row: row["haze"] and abs(row["haze"]), GHOST),
    ]
    return "\n".join(lines)


def _worst(name: str, pick: Callable, rows: list[Row], figure: Callable[[Row], float | None], limit: float) -> list[str]:
    """The worst of one figure in a line, none where no row has it."""
    known = [row for row in rows if figure(row) is not None]
    chosen = [pick(known, key=figure)] if known else []
    return [f"- worst {name}: {share(figure(row))} (limit {share(limit, 0)}): {_place(row)}" for row in chosen]


def _place(row: Row) -> str:
    wire = f", {row['width']:g} px, {row['contrast']:.0%}, {row['speed']:g} px/frame" if "width" in row else ""
    return f"{row['kind']} at {row['quanta']:g} quanta{wire}"


if __name__ == "__main__":
    main()
