"""Examples of a site's cines, in files: those to learn from, in several draws of noise and at rest, and those held out."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ..cine import Cine
from ..engine import Engine
from ..errors import UnsuitableCine
from ..files import write_whole
from ..networks.evidence import PLANES
from ..npy import write_npy
from ..steps import finish
from .batches import AT_REST, CHANNELS
from .budget import Budget
from .examples import ANTITHETIC, FEWEST, make_examples
from .holding_out import FEWEST_OF_ONE, Split, split
from .site_clips import Clips
from .site_wires import plant_wires
from .still_examples import still_examples

MOST_AT_REST = 8  # held-out parts of cines whose rest is looked at
JUDGED_AT_REST, LEARNT_AT_REST = 3, 6  # frames of a part that are looked at at rest, and that are learnt from
LEAST_AT_REST = 0.05  # of the pixels; less teaches nothing
DRAWS = 2  # of the recorruption, each at its own dose, at most
STRENGTHS = (0.5, 1.0)
"""Of the recorruption: near the site's own dose, where the model will work. At a tenth of it faint detail is lost in noise, and
a network learns to smooth it. What the noise drawn adds to targets, the more the weaker it is, cancels in antithetic pairs."""
MISJUDGED = 0.0
"""As the site's noise is estimated, so it will be when the model works. An error drawn for each of a few cines does not average
out: the network would learn to smooth more, or less, than it should."""
MOST_BYTES = 3 * 10**9  # on disk
PREPARING = 0.3  # of the time, after which no more draws are made


class SiteExamples:
    """The example files of a run, made once: learnt/DRAW-NNN.npy, learnt/at_rest/NNN.npy, held_out/NNN.npy, still/NNN.npy.

    What noise the drawn one does not imitate, a network learns to keep; what is at rest, with the site's own noise in frame and
    target, teaches it better.

    Args:
        clips: the frames.
        rows: of the run: frames, rows and columns of each clip.
        folder: that takes the examples.
        seed: of the noise.
        pilot: makes the pilots: the base, whose own are what the tuned model's will be like.
    """

    def __init__(self, clips: Clips, rows: list[dict[str, Any]], folder: Path, seed: int, pilot: Engine) -> None:
        self._clips, self._rows, self._seed, self._pilot = clips, rows, seed, pilot
        self.learnt, self._held, self._still = (folder / name for name in ("learnt", "held_out", "still"))
        self.split = _split(clips, rows)

    @property
    def held_out(self) -> list[Path]:
        """The files of what is held out, in the order of `split.held_out`."""
        return [self._held / f"{number:03d}.npy" for number, *_ in self.split.held_out]

    @property
    def still(self) -> list[Path]:
        """The files of what is at rest in what is held out (see `still_examples`)."""
        return [self._still / f"{number:03d}.npy" for number, *_ in self.split.held_out[:MOST_AT_REST]]

    def make(self, budget: Budget) -> None:
        """Makes what is missing: what is held out, then draw after draw of what is learnt from, as far as time and disk go.

        Raises:
            OutputNotWritable: the disk refused them.
        """
        for folder in (self.learnt / AT_REST, self._held, self._still):
            folder.mkdir(parents=True, exist_ok=True)
        for part, path in zip(self.split.held_out, self.held_out, strict=True):
            budget.go_on()
            _write_once(path, partial(self._recorrupted, part))
        for part, path in zip(self.split.held_out, self.still, strict=False):
            budget.go_on()
            _write_once(path, partial(self._at_rest, part, JUDGED_AT_REST))
        for draw in range(self._draws()):
            for number, part in enumerate(self.split.learnt):
                budget.go_on()
                if (draw or number) and budget.share() > PREPARING:
                    break
                wires = (draw + number) % 2 == 0  # half of the examples, the first among them
                _write_once(self.learnt / f"{draw}-{part[0]:03d}.npy", partial(self._recorrupted, part, draw, wires))
                if draw == 0:  # what is at rest has the cine's own noise: one draw of it is all there is
                    _write_once(self.learnt / AT_REST / f"{part[0]:03d}.npy", partial(self._enough_at_rest, part))

    def cine(self, part: tuple[int, int, int]) -> Cine:
        """The frames of a part of a cine."""
        number, first, end = part
        return self._clips.read(number).part(first, end)

    def _recorrupted(self, part: tuple[int, int, int], draw: int = 0, wires: bool = False) -> np.ndarray:
        rng = np.random.default_rng((self._seed, part[0], draw))
        plant = plant_wires if wires else None
        recorruption = STRENGTHS, ANTITHETIC, self._pilot, self._pattern(part), MISJUDGED
        return make_examples(self.cine(part), rng, self._every(), plant, *recorruption)

    def _at_rest(self, part: tuple[int, int, int], most: int) -> np.ndarray:
        return still_examples(self.cine(part), most, np.random.default_rng((self._seed, part[0])), self._pattern(part))

    def _pattern(self, part: tuple[int, int, int]) -> float:
        return self._clips.noise(part[0])["fixed_pattern"]

    def _enough_at_rest(self, part: tuple[int, int, int]) -> np.ndarray | None:
        pairs = self._at_rest(part, LEARNT_AT_REST)
        return pairs if np.isfinite(pairs[:, PLANES::CHANNELS]).mean() > LEAST_AT_REST else None

    def _every(self) -> int:
        """Each how manyth frame becomes an example, so that a draw fits on the disk.

        All of them where they can: another frame has other noise in its target, another draw of the same frame has not.
        """
        return math.ceil(self._bytes() / MOST_BYTES)

    def _draws(self) -> int:
        """How many fit there."""
        return max(1, min(DRAWS, MOST_BYTES // self._bytes()))

    def _bytes(self) -> int:
        """Of a draw in which every frame becomes an example."""
        pixels = sum(row["frames"] * row["rows"] * row["columns"] for row in self._rows)
        return pixels * len(ANTITHETIC) * CHANNELS * np.dtype(np.float16).itemsize


def _write_once(path: Path, make: Callable[[], np.ndarray | None]) -> None:
    """Writes what `make` makes, if it makes anything and it is not there from before."""
    if not path.exists() and (made := make()) is not None:
        write_whole(path, lambda stream: finish(write_npy(stream, made)))


def _split(clips: Clips, rows: list[dict[str, Any]]) -> Split:
    frames = [row["frames"] for row in rows]
    if len(rows) == 1 and frames[0] < FEWEST_OF_ONE:
        raise UnsuitableCine(
            f"Found one cine of {frames[0]} frames; expected at least {FEWEST_OF_ONE}, since its last third is held out to "
            f"judge by, or a second cine of at least {FEWEST}. Add cines."
        )
    return split([clips.group(number) for number in range(len(rows))], frames)
