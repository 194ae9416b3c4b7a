"""The frames that a run uses, copied into its folder: from then on it needs no file of the site, and knows no name of one."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ..cine import Cine
from ..stabilised import StabilisedFrames
from .budget import Budget
from .drawn_noise import pattern_left
from .run_folder import Run, read_json, write_json
from .site_cines import Origin, origins, read_written, write_cine
from .survey import Looked, Row, look_at, refuse_useless

MOST_PIXELS = 2**23  # of a clip: 32 frames of 512 x 512; so memory does not depend on how long and how large cines are
MOST_SIDE = 768
MOST_CINES = 48
READING = 0.15  # of the time; what is not read by then is left out, but a few cines must have been
FEW = 4


class Clips:
    """The clips of a run: NNN.npz, and NNN.json with their noise and their group, NNN being the number in the run's rows.

    Args:
        folder: that holds them.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __len__(self) -> int:
        return len(list(self._folder.glob("*.json")))

    def read(self, number: int) -> Cine:
        """The frames of a cine."""
        return read_written(self._folder / f"{number:03d}.npz", label_of(number))

    def noise(self, number: int) -> dict[str, Any]:
        """`NoiseAnalysis.summary` of a cine."""
        return read_json(self._folder / f"{number:03d}.json")["noise"]

    def group(self, number: int) -> str:
        """What cines of one patient or series share."""
        return read_json(self._folder / f"{number:03d}.json")["group"]

    def copy(self, run: Run, salt: bytes, budget: Budget, tell: Callable[[Row], None] | None = None) -> None:
        """Copies the usable cines of the run's sources; the order then forgets them.

        Args:
            run: under way.
            salt: makes the groups' names lead back to nobody; not kept.
            budget: of the run.
            tell: called with each row.

        Raises:
            UnsuitableCine: none can teach, or they are of several modalities.
            OutputNotWritable: the disk refused them.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        looked: list[Row] = []
        kept: list[tuple[int, int, int]] = []
        for origin in _spread(origins(run.order["sources"]), run.order["seed"]):
            budget.go_on()
            if len(kept) >= MOST_CINES or (len(kept) >= FEW and budget.share() > READING):
                run.left_out.append("There are more cines than there is time for: the rest was not read.")
                break
            found = look_at(origin, salt)
            looked.append(found.row)
            if tell is not None:
                tell(found.row)
            if found.row.usable:
                kept.append(self._write(len(kept), found))
        refuse_useless(looked)
        _note(run, looked, kept)

    def _write(self, number: int, found: Looked) -> tuple[int, int, int]:
        """Shape of the clip that it wrote."""
        clip = clip_of(found.cine)
        write_cine(clip, self._folder / f"{number:03d}.npz")
        facts = {"group": found.row.group, "noise": noise_facts(StabilisedFrames(found.cine, found.analysis))}
        write_json(self._folder / f"{number:03d}.json", facts)
        return clip.shape


def clip_of(cine: Cine) -> Cine:
    """The middle of a cine, in space where it is large and in time where it is long."""
    rows, columns = (_middle(length, MOST_SIDE) for length in cine.shape[1:])
    count = MOST_PIXELS // ((rows.stop - rows.start) * (columns.stop - columns.start))
    times = _middle(len(cine), count)
    covered = None if cine.covered is None else cine.covered[rows, columns]
    clock = cine.frame_time[times] - cine.frame_time[times.start] if np.ndim(cine.frame_time) else cine.frame_time
    return replace(cine, frames=cine.frames[times, rows, columns], covered=covered, frame_time=clock)


def label_of(number: int) -> str:
    """What a cine is called in everything that is written down."""
    return f"cine {number + 1}"


def _middle(length: int, most: int) -> slice:
    start = max(length - most, 0) // 2
    return slice(start, min(start + most, length))


def _spread(found: list[Origin], seed: int) -> list[Origin]:
    """In a random order where they are too many to be read all, so that those that are read stand for the rest."""
    if len(found) <= MOST_CINES:
        return found
    return [found[k] for k in np.random.default_rng(seed).permutation(len(found))]


def noise_facts(frames: StabilisedFrames) -> dict[str, Any]:
    """What is stored of a cine's noise: law, recursion, correlation, stripes, the whole covariance, and the fixed pattern: both
    what is taken out of the frames and what cannot be.
    """
    analysis = frames.analysis
    kept = ("levels", "sigma", "vendor_recursion", "correlation", "stripes")
    summary = analysis.summary()
    covariance = analysis.covariance.autocovariance.mean(axis=0)
    pattern = math.hypot(analysis.pattern.std(), pattern_left(frames))
    facts = {"covariance": covariance.round(4).tolist(), "fixed_pattern": round(pattern, 3)}
    return {name: summary[name] for name in kept} | facts


def _note(run: Run, looked: list[Row], kept: list[tuple[int, int, int]]) -> None:
    """What the run keeps of all that was looked at, in words that name nobody."""
    sizes = [dict(zip(("frames", "rows", "columns"), shape, strict=True)) for shape in kept]
    run.rows = [{"label": label_of(number), **size} for number, size in enumerate(sizes)]
    run.left_out += [row.nameless_reason() for row in looked if not row.usable]
    systems = Counter(tuple(sorted(row.system.items())) for row in looked if row.usable and row.system)
    run.system = dict(systems.most_common(1)[0][0]) if systems else {}
    del run.order["sources"]

