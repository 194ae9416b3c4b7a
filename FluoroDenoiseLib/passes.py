"""Passes over a cine: which frames speak about which, live (only the past) and review (a few frames ahead as well).

Review goes over a cine twice: first as live does, for pilots, then by filters that read motion and trust from these.
"""

from __future__ import annotations

from collections.abc import Iterator

from .pilots import Pilots
from .stabilised import StabilisedFrames
from .suppression.prediction import Prediction
from .suppression.slices import predict_from_slice


def past_alone(frames: StabilisedFrames) -> Iterator[tuple[Prediction | None, None]]:
    """For each frame in turn, what the frames before it say about it, and nothing of those after it."""
    past = frames.recursive_filter()
    for t in range(len(frames)):
        yield past.update(*frames[t]), None


def past_and_future(frames: StabilisedFrames, pilots: Pilots) -> Iterator[tuple[Prediction | None, Prediction | None]]:
    """For each frame in turn, what the frames before it and a few frames after it say about it."""
    past = frames.piloted_filter()
    for first in range(0, len(frames), frames.chunk):
        chunk = range(first, min(first + frames.chunk, len(frames)))
        future = _from_the_future(frames, pilots, chunk)
        for t in chunk:
            pilots.reach(t + frames.window - 1)  # one for each frame that leaves, so that the work goes on evenly
            yield past.update(*frames[t], pilots[t]), future.pop()


def _from_the_future(frames: StabilisedFrames, pilots: Pilots, chunk: range) -> list[Prediction | None]:
    """Predictions of a chunk's frames, the last one first, by a filter that runs backwards from a few frames beyond it."""
    backward, predictions = frames.piloted_filter(), []
    pilots.reach(chunk.stop + frames.ahead - 1)
    for t in reversed(range(chunk.start, min(chunk.stop + frames.ahead, len(frames)))):
        prediction = backward.update(*frames[t], pilots[t])
        if t < chunk.stop:
            predictions.append(prediction)
    return predictions


def neighbouring_slices(frames: StabilisedFrames, both: bool) -> Iterator[tuple[Prediction | None, Prediction | None]]:
    """For each slice in turn, what the one before it and (with both) the one after it say about it."""
    last = len(frames) - 1
    for t in range(len(frames)):
        before = predict_from_slice(*frames[t], *frames[t - 1]) if t > 0 else None
        after = predict_from_slice(*frames[t], *frames[t + 1]) if both and t < last else None
        yield before, after
