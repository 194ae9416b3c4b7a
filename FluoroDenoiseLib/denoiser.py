"""Denoiser: the whole path of a cine, for review (may look ahead) and live (frame by frame)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .blend import blend
from .cine import Cine
from .errors import Cancelled, ModelUnavailable, UnsuitableCine
from .memory import LARGE, give_back_large_blocks
from .models.cards import CINE, SLICES, kind_of
from .models.noise_for import noise_for
from .version import __version__

if TYPE_CHECKING:
    from .engine import Engine
    from .live import LiveStream
    from .models.zoo import Model
    from .noise import NoiseAnalysis
    from .stabilised import StabilisedFrames
    from .suppression.prediction import Prediction

MODES = ("review", "live")
OUT_OF_MEMORY = "The chosen device ran out of memory, so the processor computed the rest: close what else uses the device."


class Denoiser:
    """A model on a device, in one of two modes.

    `Denoiser.load("fluoroscopy", device="auto", mode="review")` makes one.

    Args:
        model: the network and its card.
        engine: the network on its device.
        mode: "review" looks a few frames ahead, "live" uses the past only.
        kind: what the network has learnt to denoise, frames in time ("cine") or CT slices ("slices").
    """

    def __init__(self, model: Model, engine: Engine, mode: str, kind: str = CINE) -> None:
        self.model, self.mode = model, mode
        self._engine, self._kind = engine, kind

    @classmethod
    def load(cls, model: str | Path = "fluoroscopy", device: str = "auto", mode: str = "review") -> Denoiser:
        """Loads a bundled model or one of the user's by name, or any model by its folder.

        Args:
            device: "auto", "cpu", "cuda", "cuda:1" or "mps".
            mode: "review" or "live".

        Raises:
            ModelUnavailable: the model is unknown, damaged or of another version.
            DeviceUnavailable: this machine has no such device.
        """
        from .device import choose_device
        from .engine import Engine
        from .models.zoo import load_model

        if mode not in MODES:
            raise ModelUnavailable(f"Found mode {mode!r}; expected {' or '.join(MODES)}.")
        place = choose_device(device)
        loaded = load_model(model)
        return cls(loaded, Engine(loaded.network, place), mode, kind_of(loaded.card))

    @property
    def device(self) -> str:
        """Where the network runs now."""
        return str(self._engine.device)

    def denoise(
        self,
        cine: Cine,
        strength: float = 1.0,
        progress: Callable[[int, int], None] | None = None,
        cancel: Callable[[], bool] | None = None,
        region: np.ndarray | None = None,
        out: np.ndarray | None = None,
    ) -> Cine:
        """Denoises a cine; the original is not touched.

        Args:
            strength: 0 (nothing) to 1 (all noise that can be told from the image).
            progress: called with frames done and frames in all; where a cine is gone over twice, a frame counts half each time.
            cancel: asked before each frame; True stops the run.
            region: weights [H, W] or [T, H, W] from 0 (leave the pixel) to 1, or None for the whole image.
            out: array [T, H, W] of the cine's type that takes the result (shared memory, a memory-mapped file).

        Returns:
            A cine of the same shape, type and range; its `record` says how it was made.

        Raises:
            UnsuitableCine: constant or non-finite frames, frames that the model is not for, arguments that do not fit the cine.
            Cancelled: `cancel` returned True.
        """
        _check_arguments(cine, strength, region, out)
        if cine.frames[0].size > LARGE:
            give_back_large_blocks()
        _stop_if_asked(cancel, 0, len(cine))
        self._engine.start()
        analysis = noise_for(self._kind, cine)
        result = np.empty_like(cine.frames) if out is None else out
        work = _Work(len(cine), 2 if self._twice(analysis) else 1, progress, cancel)
        clean_frames = self._clean_frames(cine, analysis, work)
        for t in range(len(cine)):
            work.check()
            weight = analysis.fit.trust * strength * (1 if region is None else region if region.ndim == 2 else region[t])
            result[t] = blend(cine, t, next(clean_frames), weight, analysis.passive)
            work.step()
        warnings = (*analysis.warnings, *((OUT_OF_MEMORY,) if self._engine.moved else ()))
        return cine.with_frames(result, record=self._record(strength, analysis), warnings=warnings)

    def stream(
        self,
        frame_time: float | None = None,
        intensity: str = "UNKNOWN",
        strength: float = 1.0,
        valid_range: tuple[float, float] | None = None,
    ) -> LiveStream:
        """A live stream: `clean = stream.push(frame)`, one frame in, one out, of the same shape and type.

        Args:
            frame_time: seconds between frames.
            intensity, valid_range: meaning and range of the stored values, as for `Cine`.
            strength: as for `denoise`.

        Raises:
            UnsuitableCine: the model is for slices, or the strength is not from 0 to 1.
        """
        from .live import LiveStream

        _check_strength(strength)
        if self._kind == SLICES:
            raise UnsuitableCine(
                f"Found a live stream for the model {self.model.name}; it is for CT slices. Choose the model fluoroscopy."
            )
        return LiveStream(self._engine, frame_time, intensity, strength, valid_range)

    def _twice(self, analysis: NoiseAnalysis) -> bool:
        """Whether the cine is gone over twice."""
        return self.mode == "review" and self._kind != SLICES and analysis.temporal

    def _clean_frames(self, cine: Cine, analysis: NoiseAnalysis, work: _Work) -> Iterator[np.ndarray]:
        """Denoised frames [H, W] in stored units, one at a time."""
        from .stabilised import StabilisedFrames, large_scale_for

        frames, large_scale = StabilisedFrames(cine, analysis), large_scale_for(analysis)
        hold_edges = self._kind != SLICES  # full of steep edges, where noise left costs more than the little that they widen by
        for t, (past, future) in enumerate(self._sides(frames, analysis, work)):
            frame, noise = frames[t]
            yield analysis.stabiliser.inverse(self._engine.estimate(frame, noise, past, future, large_scale, hold_edges))

    def _sides(
        self, frames: StabilisedFrames, analysis: NoiseAnalysis, work: _Work
    ) -> Iterator[tuple[Prediction | None, Prediction | None]]:
        """What the frames on either side say about each one."""
        from .passes import neighbouring_slices, past_alone, past_and_future
        from .pilots import Pilots

        def made(t: int, past: Prediction | None) -> None:
            work.step()
            work.check()

        if self._kind == SLICES:
            return neighbouring_slices(frames, self.mode == "review")
        if self._twice(analysis):
            return past_and_future(frames, Pilots(frames, self._engine, made))
        return past_alone(frames) if analysis.temporal else ((None, None) for _ in range(len(frames)))

    def _record(self, strength: float, analysis: NoiseAnalysis) -> dict[str, Any]:
        return {
            "software": f"FluoroDenoise {__version__}",
            "model": self.model.name,
            "model_sha256": self.model.sha256,
            "mode": self.mode,
            "strength": strength,
            "device": self.device,
            "noise": analysis.summary(),
            "warnings": list(analysis.warnings),
        }


class _Work:
    """Counts what is done of a cine and tells it.

    Args:
        total: frames of the cine.
        times: it is gone over.
        progress, cancel: as for `Denoiser.denoise`.
    """

    def __init__(
        self, total: int, times: int, progress: Callable[[int, int], None] | None, cancel: Callable[[], bool] | None
    ) -> None:
        self._total, self._times, self._progress, self._cancel = total, times, progress, cancel
        self._steps = 0

    def step(self) -> None:
        """A frame has been gone over once more."""
        self._steps += 1
        if self._progress is not None and self._steps % self._times == 0:
            self._progress(self._steps // self._times, self._total)

    def check(self) -> None:
        """Raises Cancelled where the user wants to stop."""
        _stop_if_asked(self._cancel, self._steps // self._times, self._total)


def _stop_if_asked(cancel: Callable[[], bool] | None, done: int, total: int) -> None:
    if cancel is not None and cancel():
        raise Cancelled(f"Cancelled after {done} of {total} frames; nothing was changed.")


def _check_arguments(cine: Cine, strength: float, region: np.ndarray | None, out: np.ndarray | None) -> None:
    _check_strength(strength)
    if region is not None and region.shape not in (cine.shape, cine.shape[1:]):
        raise UnsuitableCine(f"Found a region of shape {region.shape}; expected {cine.shape[1:]} or {cine.shape}.")
    if region is not None and not (region.min() >= 0 and region.max() <= 1):
        raise UnsuitableCine(f"Found a region with weights from {region.min():g} to {region.max():g}; expected 0 to 1.")
    if out is not None and (out.shape != cine.shape or out.dtype != cine.frames.dtype):
        raise UnsuitableCine(f"Found an output array {out.shape} {out.dtype}; expected {cine.shape} {cine.frames.dtype}.")


def _check_strength(strength: float) -> None:
    if not 0 <= strength <= 1:
        raise UnsuitableCine(f"Found strength {strength}; expected a number from 0 to 1.")
