"""Training examples: a frame recorrupted twice, and what the untouched other frames say about it, by the run-time code."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np

from ..cine import Cine
from ..files import write_whole
from ..networks.evidence import PLANES, stack_planes
from ..noise import NoiseAnalysis, analyse
from ..passes import StabilisedFrames
from ..suppression.recursive import Prediction, RecursiveFilter
from .sequences import NoisySequences

ALPHA = 0.4
SCALE = np.float32(np.sqrt(1 + ALPHA**2))  # noise of a recorrupted frame
CHANNELS = 2 * PLANES + 2  # planes with +noise, planes with -noise, the noisy frame, the noise
LARGEST = 6e4  # float16


def make_examples(cine: Cine, rng: np.random.Generator, every: int = 2) -> np.ndarray:
    """Examples [N, 16, H, W] float16 from one noisy cine.

    Frame t is recorrupted, y + s a n with s = +1 and -1 and n drawn from the cine's own estimated covariance; past and future
    come from the other frames, and everything that looks at frame t (motion, disagreement, brightness) looks at the
    recorrupted one. So the loss of `losses.recorruption` holds: its target's noise is nowhere in the input.

    Args:
        every: each `every`-th frame becomes an example, with a random start.
    """
    analysis = analyse(cine)
    frames = StabilisedFrames(cine, analysis)
    chosen = range(int(rng.integers(every)), len(cine), every)
    noise = {t: _draw(frames[t][0], frames[t][1], analysis, rng) for t in chosen}
    past = _predict_recorrupted(frames, noise, range(len(cine)))
    future = _predict_recorrupted(frames, noise, range(len(cine) - 1, -1, -1))
    return np.stack([_example(*frames[t], noise[t], past[t], future[t]) for t in chosen])


def _draw(frame: np.ndarray, scale: np.ndarray, analysis: NoiseAnalysis, rng: np.random.Generator) -> np.ndarray:
    noise = analysis.covariance.sample(frame, rng) * scale
    return np.where(analysis.passive, 0, noise).astype(np.float32)


def _predict_recorrupted(
    frames: StabilisedFrames, noise: dict[int, np.ndarray], order: range
) -> dict[int, tuple[Prediction | None, Prediction | None]]:
    """For each chosen frame, the predictions of its two recorrupted versions by the untouched frames before it in `order`."""
    recursion: RecursiveFilter = frames.recursive_filter()
    predictions = {}
    for t in order:
        frame, scale = frames[t]
        if t in noise:
            predictions[t] = tuple(recursion.predict(frame + sign * ALPHA * noise[t], scale * SCALE) for sign in (1, -1))
        recursion.update(frame, scale)
    return predictions


def _example(frame: np.ndarray, scale: np.ndarray, noise: np.ndarray, past: tuple, future: tuple) -> np.ndarray:
    unit = scale * SCALE
    plus = stack_planes(frame + ALPHA * noise, unit, past[0], future[0])
    minus = stack_planes(frame - ALPHA * noise, unit, past[1], future[1])
    example = np.concatenate([plus, minus, (frame / unit)[None], (noise / unit)[None]])
    # Only differences between images matter; near zero float16 is fine enough for them.
    images = [k + side for side in (0, PLANES) for k in (0, 1, 3, 4, 6)] + [2 * PLANES]
    present = [k for k in images if np.any(example[k])]
    example[present] -= np.median(example[2 * PLANES])
    return np.clip(example, -LARGEST, None).astype(np.float16)


def write_examples(sequences: NoisySequences, folder: Path, seed: int, every: int = 2) -> None:
    """Writes NNNN.npy for each sequence into `folder`, each whole or not at all; those that exist are kept."""
    folder.mkdir(parents=True, exist_ok=True)
    missing = [k for k in range(len(sequences)) if not (folder / f"{sequences.name(k)}.npy").exists()]
    for done, k in enumerate(missing, 1):
        examples = make_examples(sequences[k], np.random.default_rng((seed, k)), every)
        write_whole(folder / f"{sequences.name(k)}.npy", partial(np.save, arr=examples, allow_pickle=False))
        print(f"examples {done}/{len(missing)} in {folder.name}", flush=True)
