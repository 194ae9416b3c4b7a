"""Examples of what is at rest, at the site's own dose: a frame is shown, and held against its neighbour, which is hidden.

Their noise is the cine's own and the neighbour's is in none of the planes, so that nothing hangs on how well the noise was
estimated, and all else is as it will be when the model works (Lehtinen et al., "Noise2Noise", ICML 2018). What moves is left
out: the neighbour says nothing about it, and a network that interpolates frames would be thought the better one.
"""

from __future__ import annotations

import numpy as np

from ..cine import Cine
from ..noise import analyse
from ..noise.samples import take_apart
from ..stabilised import StabilisedFrames
from ..suppression.prediction import Prediction
from .drawn_noise import draw_pattern
from .examples import Shown, example_of
from .losses.recorruption import recorrupt


def still_examples(cine: Cine, most: int, rng: np.random.Generator, pattern: float = 0.0) -> np.ndarray:
    """Pairs of examples [N, 16, H, W] float16 as of `examples.make_examples`: a frame held against the one after and before it.

    The target is NaN where something moved, or may have, and everywhere if neighbouring frames may share noise. Of noise, all
    that frames share is the detector's fixed pattern, and that is recorrupted: shown twice as strong, held against its
    difference.

    Args:
        most: frames of the cine that become pairs.
        rng: draws the pattern.
        pattern: as for `drawn_noise.pattern_left`.
    """
    analysis = analyse(cine)
    frames = StabilisedFrames(cine, analysis)
    fixed = draw_pattern(frames, rng, pattern)
    shown = Shown(frames, [recorrupt(frames[t][0], fixed, 1.0)[0] for t in range(len(frames))])
    usable = ~analysis.passive & analysis.recursion.independent
    inner = range(2, len(frames) - 2)
    chosen = inner[:: -(-len(inner) // most)]
    past, without_last = _predictions(shown, range(len(frames)), chosen)
    future, without_next = _predictions(shown, range(len(frames))[::-1], chosen)

    def example(t: int, hidden: int, before: Prediction | None, after: Prediction | None) -> np.ndarray:
        target = _where_still(frames[hidden][0], frames[t][0], usable)
        return example_of(shown[t][0], recorrupt(target, fixed, 1.0)[1], frames[t][1], before, after)

    pairs = [(example(t, t + 1, past[t], without_next[t]), example(t, t - 1, without_last[t], future[t])) for t in chosen]
    return np.stack([np.concatenate(pair) for pair in pairs])


Predictions = dict[int, Prediction | None]


def _predictions(frames: StabilisedFrames, order: range, chosen: range) -> tuple[Predictions, Predictions]:
    """What the frames before each of the chosen ones in `order` say about it, and what they say without the nearest of them."""
    recursion, whole, without = frames.recursive_filter(), {}, {}
    for t in order:
        if t + order.step in chosen:
            without[t + order.step] = recursion.predict(*frames[t + order.step])
        prediction = recursion.update(*frames[t])
        if t in chosen:
            whole[t] = prediction
    return whole, without


def _where_still(image: np.ndarray, frame: np.ndarray, active: np.ndarray) -> np.ndarray:
    """The image [H, W] at the frame's brightness, NaN where it differs from the frame by more than noise."""
    apart = take_apart(image, frame, active)
    return np.where(apart.static, apart.first, np.float32(np.nan))
