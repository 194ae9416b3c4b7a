"""Live streams: one frame in, one frame out, with noise estimates that sharpen as frames arrive."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .blend import blend
from .cine import Cine
from .engine import Engine
from .errors import UnsuitableCine
from .noise import NoiseAnalysis, analyse
from .noise.followed import FollowedNoise
from .noise.suitable import check_frames
from .stabilised import filter_for, large_scale_for, stabilised_frame

LOOKED_AT_AGAIN = (1, 2, 4, 8, 16)  # numbers of frames after which the noise is estimated anew


class LiveStream:
    """A causal denoiser for frames that arrive one at a time; made by `Denoiser.stream`.

    The first frame's noise is estimated within the frame; after 2, 4, 8 and 16 frames the estimate is renewed from their
    differences and the recursive state starts from the frames at hand.

    Args:
        engine: the network on its device.
        frame_time: seconds between frames, or None.
        intensity: meaning of the stored values.
        strength: 0 to 1.
        valid_range: smallest and largest value that may be stored, None for those of the type.
    """

    def __init__(
        self,
        engine: Engine,
        frame_time: float | None,
        intensity: str,
        strength: float,
        valid_range: tuple[float, float] | None = None,
    ) -> None:
        self._engine, self._frame_time, self._intensity, self._strength = engine, frame_time, intensity, strength
        self._valid_range = valid_range
        self._recent: list[np.ndarray] = []
        self._count = 0
        self._analysis: NoiseAnalysis | None = None

    def push(self, frame: np.ndarray) -> np.ndarray:
        """Denoises the next frame [H, W]; the result has its shape and type.

        Raises:
            UnsuitableCine: the frame's shape or type differs from the first frame's, or it is not finite, or constant where the
                noise is to be estimated from it. The stream goes on as if this frame had never come.
        """
        cine = self._with(frame)
        seen = self._count + 1 in LOOKED_AT_AGAIN  # by the analysis; a frame that comes after it counts as an ordinary one
        if seen:
            self._start_over(cine)
        self._count += 1
        self._recent = list(cine.frames[-self._needed() :])
        stabilised, noise = stabilised_frame(cine, len(cine) - 1, self._analysis, ordinary=not seen)
        if not seen:
            noise = noise * np.float32(self._followed.update(stabilised))
        past = self._past.update(stabilised, noise)
        stored = self._analysis.stabiliser.inverse(self._engine.estimate(stabilised, noise, past, None, self._large_scale))
        return blend(cine, len(cine) - 1, stored, self._strength * self._analysis.fit.trust, self._analysis.passive)

    def _with(self, frame: np.ndarray) -> Cine:
        """The recent frames and the new one, as a cine."""
        frame = np.asarray(frame)
        if self._recent and (frame.shape != self._recent[0].shape or frame.dtype != self._recent[0].dtype):
            raise UnsuitableCine(
                f"Found a frame {frame.shape} {frame.dtype} in a stream of {self._recent[0].shape} {self._recent[0].dtype}; "
                "expected frames of one shape and type. Start a new stream."
            )
        frames = np.stack([*self._recent, frame])
        cine = Cine(frames, self._frame_time, self._intensity, valid_range=self._valid_range)
        check_frames(cine.frames[-1:], self._count)
        return cine

    def _needed(self) -> int:
        """How many of the latest frames will be looked at again: all of them until the last estimate, then the frame before."""
        return max(LOOKED_AT_AGAIN) if self._count < max(LOOKED_AT_AGAIN) else 1

    def _start_over(self, cine: Cine) -> None:
        """Estimates the noise from the recent frames and runs the state through all but the last of them."""
        analysis = analyse(cine)
        # What looks like a detector's pattern in a few frames may be anatomy; the view changes, and it would be left behind.
        self._analysis = replace(analysis, pattern=np.zeros_like(analysis.pattern))
        self._past, self._large_scale = filter_for(self._analysis), large_scale_for(self._analysis)
        frames = [stabilised_frame(cine, t, self._analysis) for t in range(len(cine))]
        self._followed = FollowedNoise([stabilised for stabilised, _ in frames])
        for stabilised, noise in frames[:-1]:
            self._past.update(stabilised, noise)
