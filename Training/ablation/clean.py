"""Clean frames for training against them: simulated anew from the seeds of the sequences that everything else learns from.

With `scoring` and `Training.report` the only place that sees clean frames. The files that the other rows, and all models that
are shipped, learn from do not hold them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

import numpy as np

from FluoroDenoiseLib.engine import Engine
from FluoroDenoiseLib.errors import UnsuitableCine
from FluoroDenoiseLib.noise import analyse
from FluoroDenoiseLib.noise.analysis import NoiseAnalysis, white_frame
from FluoroDenoiseLib.noise.stabilise import Stabiliser
from FluoroDenoiseLib.simulation import Simulated, Volume, load_volume
from FluoroDenoiseLib.stabilised import StabilisedFrames
from FluoroDenoiseLib.training.drawn_noise import MISJUDGED, STRENGTHS, Recorruption
from FluoroDenoiseLib.training.examples import assemble
from FluoroDenoiseLib.training.sequences import NoisySequences
from FluoroDenoiseLib.training.step_two import unit_range

from ..make_sequences import sequence_of
from .place import SETS, Place, prepared

NOISY, NOISE, CLEAN = range(3)  # channels of `clean_sequence`
TRIED = 4  # sequences of each set that `refuse_others` makes again: one alone does not show all CTs, nor what was added later


def refuse_others(place: Place, cts: list[Path]) -> None:
    """Makes a few sequences of each set again, from the first to the last, so that none of hours is spent in vain.

    Raises:
        UnsuitableCine: a sequence cannot be made again as it is.
    """
    volumes = [load_volume(path) for path in cts]
    for part in SETS:
        sequences = place.sequences(part)
        for k in np.unique(np.linspace(0, len(sequences) - 1, TRIED, dtype=int)):
            _made_again(volumes, sequences, part, k)


def prepared_with_truth(
    place: Place, folder: Path, cts: list[Path], make: Callable[[Simulated, np.random.Generator], np.ndarray]
) -> list[list[np.ndarray]]:
    """What `make` makes of each sequence and its clean frames, of both sets (memory-mapped, in `folder`/train and /validation).

    The random numbers are those of `write_examples`, so that all rows are shown the same doses.

    Raises:
        UnsuitableCine: a sequence cannot be made again as it is.
    """
    volumes = cache(lambda: [load_volume(path) for path in cts])

    def made(part: str, k: int) -> np.ndarray:
        simulated = _made_again(volumes(), place.sequences(part), part, k)
        return make(simulated, np.random.default_rng((place.seed, k)))

    return [prepared(place.sequences(part), folder / part, partial(made, part)) for part in SETS]


def _made_again(volumes: list[Volume], sequences: NoisySequences, part: str, k: int) -> Simulated:
    name = sequences.name(k)
    simulated = sequence_of(volumes, part, int(name))[0] if name.isdecimal() else None
    _check_same(simulated and simulated.noisy.frames, sequences[k].frames, f"{part}/{name}")
    return simulated


def _check_same(made: np.ndarray | None, stored: np.ndarray, name: str) -> None:
    if made is None or not np.array_equal(made, stored):
        raise UnsuitableCine(
            f"Sequence {name} was made by other code or from other CTs than these, so its clean frames are not known. Delete "
            "the folder of the sequences and make them anew: python -m Training.make_sequences."
        )


def clean_examples(
    made: Simulated,
    rng: np.random.Generator,
    strengths: tuple[float, float] = STRENGTHS,
    pilot: Engine | None = None,
    misjudged: float = MISJUDGED,
) -> np.ndarray:
    """`training.examples.make_examples` with the clean frame as the target: [T, 8, H, W] float16."""
    analysis = analyse(made.noisy)
    frames = StabilisedFrames(made.noisy, analysis)
    drawn = Recorruption(frames, rng, strengths, misjudged=misjudged)
    targets = [clean_frame(made, t, analysis) / drawn.unit for t in range(len(frames))]
    return assemble(frames, drawn.applied()[0], targets, range(len(frames)), pilot)


def clean_sequence(made: Simulated, rng: np.random.Generator) -> np.ndarray:
    """Frames as shown to the streaming network, their noise and the clean frames, [T, 3, H, W] float16 in [0, 1]."""
    analysis = analyse(made.noisy)
    frames = StabilisedFrames(made.noisy, analysis)
    drawn = Recorruption(frames, rng)
    shown = drawn.applied()[0]
    scaled, low, span = unit_range(np.stack(shown))
    noise = np.stack([frames[t][1] for t in range(len(shown))]) / span
    clean = (np.stack([clean_frame(made, t, analysis) for t in range(len(shown))]) / drawn.unit - low) / span
    return np.stack([scaled, noise, clean], axis=1).astype(np.float16)


def clean_frame(made: Simulated, t: int, analysis: NoiseAnalysis) -> np.ndarray:
    """Clean frame t [H, W] in noise standard deviations, the vendor's recursion undone, as a perfect denoiser would give it."""
    return stabilised_mean(analysis.stabiliser, white_frame(made.clean.frames, t, analysis.recursion))


def stabilised_mean(stabiliser: Stabiliser, clean: np.ndarray) -> np.ndarray:
    """The value [H, W] that the stabiliser's unbiased inverse maps to `clean`: the mean of stabilised noisy values."""
    low, high = (float(stabiliser.forward(np.float32(limit))) for limit in (clean.min(), clean.max()))
    grid = np.linspace(low - 4, high + 4, 2**14, dtype=np.float32)
    return np.interp(clean, stabiliser.inverse(grid), grid).astype(np.float32)
