"""Training examples: a recorrupted frame, what the other frames say about it by the run-time code, and its target."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np

from ..cine import Cine
from ..engine import Engine
from ..errors import UnsuitableCine
from ..networks.evidence import PLANES, stack_planes
from ..noise import NoiseAnalysis, analyse
from ..noise.analysis import NO_NOISE
from ..noise.copies import copies
from ..noise.recursion import MIN_FRAMES
from ..passes import past_alone, past_and_future
from ..pilots import Pilots
from ..stabilised import StabilisedFrames, noise_of
from ..suppression.prediction import Prediction
from .batches import IMAGE_PLANES
from .drawn_noise import MISJUDGED, STRENGTHS, Recorruption
from .example_files import write_example_files
from .sequences import NoisySequences

ONCE, ANTITHETIC = (1,), (1, -1)  # signs of the noise that a frame is recorrupted by
LARGEST = 6e4  # float16
FEWEST = MIN_FRAMES  # of a cine: fewer do not tell whether they share noise, which would be learnt as detail
Plant = Callable[[Cine, np.random.Generator, float], Cine]


def make_examples(
    cine: Cine,
    rng: np.random.Generator,
    every: int = 1,
    plant: Plant | None = None,
    strengths: tuple[float, float] = STRENGTHS,
    signs: tuple[int, ...] = ONCE,
    pilot: Engine | None = None,
    pattern: float = 0.0,
    misjudged: float = MISJUDGED,
) -> np.ndarray:
    """Examples [N, 8, H, W] float16 from one noisy cine, in standard deviations of the noise that the network is shown.

    Noise drawn from the cine's own estimated covariance is added to every frame, a times as strong as its own, and a fixed
    pattern to all of them: the cine as it would be at a dose 1 + a^2 times lower. The run-time code looks at these frames
    alone. The target of frame t is frame t recorrupted the other way (`losses.recorruption`): its noise is in none of the
    planes.

    Args:
        every: each `every`-th frame becomes an example, with a random start.
        plant: puts something into the frames once the noise is known, given the vendor's recursion that will be undone.
        strengths: between which a is drawn, evenly on a logarithmic scale.
        signs: `ANTITHETIC` for examples in pairs [N, 16, H, W] of the same frame, recorrupted by n and by -n.
        pilot: makes the pilots of review, from what is shown; without one, review looks once, as a first network must learn.
        pattern, misjudged: as for `drawn_noise.Recorruption`.

    Raises:
        UnsuitableCine: too few frames, or nothing noisy in them.
    """
    analysis = analyse(cine)
    refuse_unusable(cine, analysis)
    seen = cine if plant is None else plant(cine, rng, analysis.recursion.undone)
    frames = StabilisedFrames(seen, analysis)
    drawn = Recorruption(frames, rng, strengths, pattern, misjudged)
    chosen = range(int(rng.integers(every)), len(cine), every)
    return np.concatenate([assemble(frames, *drawn.applied(sign), chosen, pilot) for sign in signs], axis=1)


class Shown(StabilisedFrames):
    """Frames of a cine with other images [H, W] in their place."""

    def __init__(self, frames: StabilisedFrames, images: list[np.ndarray]) -> None:
        super().__init__(frames.cine, frames.analysis)
        self._images = images
        self.chunk, self.ahead = len(images), 0  # all are at hand

    def __getitem__(self, t: int) -> tuple[np.ndarray, np.ndarray]:
        """Image t and the standard deviation of the frame's noise, both [H, W]."""
        return self._images[t], noise_of(t, self.analysis)


def assemble(
    frames: StabilisedFrames, shown: list[np.ndarray], targets: list[np.ndarray], chosen: range, pilot: Engine | None = None
) -> np.ndarray:
    """Examples [N, 8, H, W] float16 of the chosen frames: planes by the run-time code from `shown`, and the target.

    The first is made as review makes it, the next as live does, and so on in turn.

    Args:
        pilot: as for `make_examples`.
    """
    made = {}

    def make(wanted: range, t: int, past: Prediction | None, future: Prediction | None = None) -> None:
        if t in wanted:
            made[t] = example_of(shown[t], targets[t], frames[t][1], past, future)

    for t, sides in enumerate(_review(Shown(frames, shown), pilot, live=partial(make, chosen[1::2]))):
        make(chosen[::2], t, *sides)
    return np.stack([made[t] for t in chosen])


def _review(
    seen: Shown, pilot: Engine | None, live: Callable[[int, Prediction | None], None]
) -> Iterator[tuple[Prediction | None, Prediction | None]]:
    """For each frame in turn, what those before and after it say about it; `live` is told what live would know of it."""
    if pilot is not None:
        yield from past_and_future(seen, Pilots(seen, pilot, live))
        return
    backward = seen.recursive_filter()
    future = [backward.update(*seen[t]) for t in reversed(range(len(seen)))]
    for t, (past, _) in enumerate(past_alone(seen)):
        live(t, past)
        yield past, future.pop()


def example_of(
    shown: np.ndarray, target: np.ndarray, scale: np.ndarray, past: Prediction | None, future: Prediction | None
) -> np.ndarray:
    """One example [8, H, W] float16: planes by the run-time code, and the target, in units of the noise `scale` [H, W]."""
    example = np.concatenate([stack_planes(shown, scale, past, future), (target / scale)[None]])
    # Only differences between images matter; near zero float16 is fine enough for them.
    images = [k for k in (*IMAGE_PLANES, PLANES) if np.any(example[k])]
    example[images] = np.clip(example[images] - np.median(example[0]), -LARGEST, LARGEST)
    with np.errstate(over="ignore"):  # a variance beyond float16 says as much as an infinite one
        return example.astype(np.float16)


def refuse_unusable(cine: Cine, analysis: NoiseAnalysis) -> None:
    """Says why nothing can be learnt from a cine.

    Raises:
        UnsuitableCine: too few frames, hardly any noise, noise that cannot be measured or imitated, or noise that frames share.
    """
    if len(cine) < FEWEST:
        raise UnsuitableCine(f"Found {len(cine)} frames in {cine.name}; learning needs at least {FEWEST}.")
    if cine.frames.dtype.kind in "iu" and np.median(analysis.law.sigma) < NO_NOISE:
        raise UnsuitableCine(f"Found hardly any noise in {cine.name}; there is nothing to learn from it.")
    if analysis.fit.untested:
        raise UnsuitableCine(f"Too little of {cine.name} stands still to measure its noise; give frames that do for a while.")
    if analysis.fit.trust < 1:
        reason = analysis.fit.warnings[0].split(": less")[0].rstrip(".")
        raise UnsuitableCine(f"{reason}. Such noise cannot be imitated: give original frames.")
    _refuse_shared_noise(cine, analysis)


def _refuse_shared_noise(cine: Cine, analysis: NoiseAnalysis) -> None:
    """Noise that is in what is shown as it is in the target would be learnt as detail."""
    if len(repeated := copies(cine.frames)):
        raise UnsuitableCine(
            f"{len(repeated)} of the {len(cine)} frames of {cine.name} are blank or copies of the one before, whose noise they "
            "share; give the cine without them."
        )
    if analysis.recursion.rho is None:
        raise UnsuitableCine(
            f"Whether the frames of {cine.name} share noise could not be measured, and what they share would be learnt as "
            "detail; give more frames, or such as hold more noise."
        )
    if not analysis.recursion.independent:
        raise UnsuitableCine(
            f"Found a vendor's recursive filter in {cine.name} that cannot be undone; its frames share noise, which would be "
            "learnt as detail. Give frames that were recorded without it."
        )


def write_examples(sequences: NoisySequences, folder: Path, seed: int, pilot: Engine | None = None) -> list[str]:
    """Writes NNNN.npy for each sequence into `folder` (see `write_example_files`) and says what was left out, and why."""

    def make(k: int) -> np.ndarray:
        return make_examples(sequences[k], np.random.default_rng((seed, k)), pilot=pilot)

    return [f"{name} is damaged." for name in sequences.skipped] + write_example_files(sequences, folder, make)
