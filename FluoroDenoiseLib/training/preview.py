"""A chosen frame, noisy, before and after, while the network learns: the pipeline runs for it once, the network often."""

from __future__ import annotations

import copy
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from torch import nn

from ..engine import Engine
from ..files import write_whole
from ..noise import analyse
from ..passes import past_and_future
from ..pilots import Pilots
from ..stabilised import StabilisedFrames, large_scale_for
from .run_folder import CHOICE, PREVIEW, read_json
from .site_clips import Clips


class Preview:
    """Writes preview.npz of the frame that preview.json chooses: {"cine": number of the row, "frame": number}.

    Args:
        folder: of the run.
        clips: its frames.
        base: the network before.
        device: where networks run.
    """

    def __init__(self, folder: Path, clips: Clips, base: nn.Module, device: torch.device) -> None:
        self._folder, self._clips, self._device = folder, clips, device
        self._base = Engine(copy.deepcopy(base), device)
        self._frame: _Frame | None = None

    def write(self, network: nn.Module) -> None:
        """With the network as it is now (OutputNotWritable if the disk refused it)."""
        frame = self._chosen()
        after = frame.denoised(Engine(copy.deepcopy(network), self._device))
        images = {"noisy": frame.noisy, "before": frame.before, "after": after}
        facts = {"cine": frame.cine, "frame": frame.number, "inverted": frame.inverted}
        write_whole(self._folder / PREVIEW, partial(np.savez, **images, **facts), overwrite=True)

    def _chosen(self) -> _Frame:
        """The frame that is chosen now; the middle of the first cine where none is, or none that there is."""
        cine, number = self._choice()
        if self._frame is None or (self._frame.cine, self._frame.asked) != (cine, number):
            self._frame = _Frame(self._clips, cine, number, self._base)
        return self._frame

    def _choice(self) -> tuple[int, int | None]:
        """Whatever else a damaged or half-written choice holds, it counts as none."""
        choice = read_json(self._folder / CHOICE)
        try:
            cine, number = int(choice["cine"]), max(int(choice["frame"]), 0)
        except (TypeError, ValueError, LookupError):
            return 0, None
        return (cine, number) if 0 <= cine < len(self._clips) else (0, None)


class _Frame:
    """All that the networks see of one frame."""

    def __init__(self, clips: Clips, cine: int, asked: int | None, base: Engine) -> None:
        whole = clips.read(cine)
        number = len(whole) // 2 if asked is None else min(asked, len(whole) - 1)
        analysis = analyse(whole)
        frames = StabilisedFrames(whole, analysis)
        self.cine, self.asked, self.number, self.inverted = cine, asked, number, whole.inverted
        self._stabiliser = analysis.stabiliser
        self._sides = next(islice(past_and_future(frames, Pilots(frames, base)), number, None))
        self._frame, self._noise = frames[number]
        self._large_scale = large_scale_for(analysis)
        self.noisy = whole.frames[number].astype(np.float32)
        self.before = self.denoised(base)

    def denoised(self, engine: Engine) -> np.ndarray:
        """[H, W] float32 in stored units."""
        estimate = engine.estimate(self._frame, self._noise, *self._sides, self._large_scale)
        return self._stabiliser.inverse(estimate).astype(np.float32)
