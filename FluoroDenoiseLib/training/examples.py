"""Training examples: a recorrupted frame, what the other frames say about it by the run-time code, and its target."""

from __future__ import annotations

import math
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
from ..noise.fixed_pattern import MIN_FRAMES, fixed_pattern_left
from ..passes import past_alone, past_and_future
from ..pilots import Pilots
from ..stabilised import StabilisedFrames, noise_of
from ..suppression.prediction import Prediction
from .example_files import write_example_files
from .losses.recorruption import recorrupt
from .sequences import NoisySequences

STRENGTHS = (1.0, 3.0)  # of the recorruption; a cine's dose is divided by 1 + strength^2
ONCE, ANTITHETIC = (1,), (1, -1)  # signs of the noise that a frame is recorrupted by
MISJUDGED = 0.04  # relative error of the noise level, which at run time is an estimate too
LARGEST = 6e4  # float16
ENOUGH = 32  # frames to tell a fixed pattern from
FEWEST = 5  # frames of a cine: as many as a window of the teacher has
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
        pattern: as for `pattern_left`.

    Raises:
        UnsuitableCine: too few frames, or nothing noisy in them.
    """
    analysis = analyse(cine)
    refuse_unusable(cine, analysis)
    seen = cine if plant is None else plant(cine, rng, analysis.recursion.undone)
    frames = StabilisedFrames(seen, analysis)
    drawn = Recorruption(frames, analysis, rng, strengths, pattern)
    chosen = range(int(rng.integers(every)), len(cine), every)
    return np.concatenate([assemble(frames, *drawn.applied(sign), chosen, pilot) for sign in signs], axis=1)


class Recorruption:
    """Noise drawn for every frame of a cine.

    Args:
        frames: of the cine.
        analysis: of its noise.
        rng: that draws.
        strengths: between which the recorruption's is drawn.
        pattern: as for `pattern_left`.

    Attributes:
        unit: makes what is shown stabilised anew.
    """

    def __init__(
        self,
        frames: StabilisedFrames,
        analysis: NoiseAnalysis,
        rng: np.random.Generator,
        strengths: tuple[float, float] = STRENGTHS,
        pattern: float = 0.0,
    ) -> None:
        self._frames = frames
        self._strength = math.exp(rng.uniform(*np.log(strengths)))
        self.unit = np.float32(math.sqrt(1 + self._strength**2) * math.exp(MISJUDGED * rng.standard_normal()))
        fixed = draw_pattern(frames, rng, pattern)
        self._noise = [draw(*frames[t], analysis, rng) + fixed for t in range(len(frames))]

    def applied(self, sign: int = 1) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Every frame [H, W] as it is shown, and as a target, in `unit`, with the noise or (-1) with its negative."""
        pairs = [recorrupt(self._frames[t][0], sign * noise, self._strength) for t, noise in enumerate(self._noise)]
        return [shown / self.unit for shown, _ in pairs], [target / self.unit for _, target in pairs]


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


def draw(frame: np.ndarray, scale: np.ndarray, analysis: NoiseAnalysis, rng: np.random.Generator) -> np.ndarray:
    """Noise [H, W] like that of a stabilised frame whose noise is `scale` [H, W], with all that is left of its stripes.

    What is not drawn would be in the target as it is in what is shown, and the network would learn to keep it.
    """
    noise = analysis.covariance.sample(frame, rng) * scale + analysis.stripes.sample_left(frame.shape, rng)
    return np.where(analysis.passive, 0, noise).astype(np.float32)


def pattern_left(frames: StabilisedFrames, known: float = 0.0) -> float:
    """Standard deviation of the fixed pattern that is left in a cine's frames, in those of a frame's noise.

    Args:
        known: that of the whole cine, for a part that is too short to tell.
    """
    analysis = frames.analysis
    if not analysis.temporal:
        return 0.0
    if len(frames) < MIN_FRAMES:
        return known
    looked_at = range(min(len(frames), ENOUGH))
    return fixed_pattern_left([frames[t][0] / analysis.fit.scale_map for t in looked_at], ~analysis.passive)


def draw_pattern(frames: StabilisedFrames, rng: np.random.Generator, known: float = 0.0) -> np.ndarray:
    """A fixed pattern [H, W] like the one that is left in a cine's frames, the same in all of them.

    It is noise that frame, neighbours and target share. Without another drawn for it, a network learns to keep it as detail.
    """
    analysis, left = frames.analysis, pattern_left(frames, known)
    white = rng.standard_normal(analysis.passive.shape) if left else 0.0
    return np.where(analysis.passive, 0, left * analysis.fit.scale_map * white).astype(np.float32)


def example_of(
    shown: np.ndarray, target: np.ndarray, scale: np.ndarray, past: Prediction | None, future: Prediction | None
) -> np.ndarray:
    """One example [8, H, W] float16: planes by the run-time code, and the target, in units of the noise `scale` [H, W]."""
    example = np.concatenate([stack_planes(shown, scale, past, future), (target / scale)[None]])
    # Only differences between images matter; near zero float16 is fine enough for them.
    images = [k for k in (0, 1, 3, 4, 6, PLANES) if np.any(example[k])]
    example[images] -= np.median(example[0])
    with np.errstate(over="ignore"):  # a variance beyond float16 says as much as an infinite one
        return np.clip(example, -LARGEST, None).astype(np.float16)


def refuse_unusable(cine: Cine, analysis: NoiseAnalysis) -> None:
    """Says why nothing can be learnt from a cine.

    Raises:
        UnsuitableCine: too few frames, or hardly any noise.
    """
    if len(cine) < FEWEST:
        raise UnsuitableCine(f"Found {len(cine)} frames in {cine.name}; learning needs at least {FEWEST}.")
    if cine.frames.dtype.kind in "iu" and np.median(analysis.law.sigma) < NO_NOISE:
        raise UnsuitableCine(f"Found hardly any noise in {cine.name}; there is nothing to learn from it.")


def write_examples(sequences: NoisySequences, folder: Path, seed: int, pilot: Engine | None = None) -> list[str]:
    """Writes NNNN.npy for each sequence into `folder` (see `write_example_files`) and says what was left out, and why."""

    def make(k: int) -> np.ndarray:
        return make_examples(sequences[k], np.random.default_rng((seed, k)), pilot=pilot)

    return [f"{name} is damaged." for name in sequences.skipped] + write_example_files(sequences, folder, make)
