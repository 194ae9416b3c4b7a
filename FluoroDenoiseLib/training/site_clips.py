"""The frames that a run uses, copied into its folder: from then on it needs no file of the site, and knows no name of one."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ..cine import Cine
from ..stabilised import StabilisedFrames
from .budget import Budget
from .clip import clip_of
from .drawn_noise import pattern_left
from .run_folder import Run, read_json, write_json
from .site_cines import Origin, origins, read_written, write_cine
from .survey import Looked, Row, look_at, refuse_useless

MOST_CINES = 48
READING, LONGEST_READING = 0.15, 0.5  # of the time; what is not read by the first is left out, but a few cines must have been
FEW, A_MINUTE = 4, 60.0


class Clips:
    """The clips of a run: NNN.npz, and NNN.json with their noise and their group, NNN being the number in the run's rows.

    Args:
        folder: that holds them.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __len__(self) -> int:
        return len(list(self._folder.glob("[!.]*.json")))

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
        known: set[bytes] = set()
        began = budget.spent
        for origin in _spread(origins(run.order["sources"]), run.order["seed"]):
            budget.go_on()
            if _enough(len(kept), budget.spent - began, budget.seconds):
                run.left_out.append("There are more cines than there is time for: the rest was not read.")
                break
            found = look_at(origin, salt)
            _refuse_repeated(found, known)
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


def _enough(cines: int, seconds: float, whole: float) -> bool:
    """Whether so many usable cines, read in these seconds of the run's whole time, are all that are read."""
    return cines >= MOST_CINES or seconds > (READING * whole if cines >= FEW else max(LONGEST_READING * whole, A_MINUTE))


def _refuse_repeated(found: Looked, known: set[bytes]) -> None:
    """The same frames twice could be learnt from and judged by."""
    if not found.row.usable:
        return
    frames = hashlib.sha256(np.ascontiguousarray(clip_of(found.cine).frames)).digest()
    if frames in known:
        found.row.usable, found.row.why_not = False, "It has the frames of another cine that was given."
    known.add(frames)


def label_of(number: int) -> str:
    """What a cine is called in everything that is written down."""
    return f"cine {number + 1}"


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

