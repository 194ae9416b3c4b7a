"""The engine: runs the network on a frame's planes, whole or, where memory runs out, in tiles, and at last on the CPU."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .device import choose_precision, computing_in
from .memory import LARGE
from .networks.evidence import certain_lines, evidence_channels, fuse, stack_planes
from .networks.streaming import MULTIPLE
from .suppression.edges import certain_edges
from .suppression.large_scale import LargeScale
from .suppression.prediction import Prediction

TILE = 512
KEPT_AT_LINES, KEPT_AT_EDGES = 0.9, 0.5  # shares of the network's smoothing that are held back at certain lines and edges
REACH = 44  # pixels, of the network's convolutions
NO_MEMORY = ("out of memory", "alloc_failed", "not enough memory", "can't allocate memory", "unable to find an engine")


class Engine:
    """A network on a device.

    Args:
        network: correction from evidence, [N, 8 or 5, H, W] (5 without a future) to [N, 1, H, W]; it says the
            `local_mean` of its evidence.
        device: where it runs; after a device has run out of memory even in tiles, the CPU, until `start`.

    Attributes:
        overlap: pixels that a tile shows beyond its own.
    """

    def __init__(self, network: nn.Module, device: torch.device) -> None:
        self._network = network.eval().requires_grad_(False)
        self._tiled, self._chosen = False, device
        self.overlap = _overlap(network.local_mean)
        self._move_to(device)

    @property
    def moved(self) -> bool:
        """Whether it has left the device that was chosen, as that ran out of memory."""
        return self.device != self._chosen

    def start(self) -> None:
        """Begins a cine, on the device that was chosen: what filled its memory last time may be gone."""
        if not self.moved:
            return
        try:
            self._move_to(self._chosen)
            self._tiled = False
        except RuntimeError as error:
            if not _out_of_memory(error):
                raise
            self._move_to(torch.device("cpu"))

    def _move_to(self, device: torch.device) -> None:
        self.device = device
        self._network.to(device, memory_format=torch.channels_last)
        self.precision = choose_precision(self._network, device)

    def estimate(
        self,
        frame: np.ndarray,
        noise: np.ndarray | float,
        past: Prediction | None,
        future: Prediction | None,
        large_scale: LargeScale,
        hold_edges: bool = True,
    ) -> np.ndarray:
        """Denoised frame [H, W] float32 in the units of `frame`, a stabilised frame whose noise has deviation `noise`.

        Where a line of the frame is certainly new, and at steep edges, the network's smoothing is held back: noise left along a
        wire is a smaller fault than a wire weakened, and beside an edge it is hardly seen.

        Args:
            past, future: what the other frames say about it, None where there are none.
            large_scale: gives the frame its own brightness back, as far as it is certain of it.
            hold_edges: whether smoothing is held back at steep edges.
        """
        planes = stack_planes(frame, noise, past) if future is None else stack_planes(frame, noise, past, future)
        fused, correction = self._parts(planes)
        new_lines = certain_lines(past, future)
        if hold_edges:
            correction *= 1 - KEPT_AT_EDGES * certain_edges(fused + correction)
        if new_lines is not None:
            correction *= 1 - KEPT_AT_LINES * new_lines
        return large_scale.restored(fused + correction, planes[0]) * noise

    def denoise(self, planes: np.ndarray) -> np.ndarray:
        """The network's estimate [H, W] float32 from planes [7 or 4, H, W], both in noise standard deviations of the frame."""
        return np.add(*self._parts(planes))

    def _parts(self, planes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The fused estimate and the network's correction to it, [H, W] float32 both."""
        whole = torch.from_numpy(planes)[None]
        with torch.inference_mode():
            fused, correction = self._within_memory(whole)[0].numpy()
        return fused, correction

    def _within_memory(self, planes: Tensor) -> Tensor:
        """Fused estimate and correction [1, 2, H, W]: whole, then in tiles, then on the CPU: each once memory ran out."""
        large = self.device.type == "cpu" and planes[0, 0].numel() > LARGE
        try:
            return self._in_tiles(planes) if self._tiled or large else self._run(planes)
        except RuntimeError as error:
            if not _out_of_memory(error):
                raise
        # Only here, behind the handler, has the error let go of what the failed pass held.
        if self.device.type == "cuda":
            torch.cuda.empty_cache()
        if self._tiled:
            self._move_to(torch.device("cpu"))
        self._tiled = not self._tiled
        return self._within_memory(planes)

    def _run(self, planes: Tensor) -> Tensor:
        height, width = planes.shape[-2:]
        fused, evidence = self._evidence(planes)
        with computing_in(self.precision, self.device):
            correction = self._network(evidence)
        if self.precision == torch.float16 and not torch.isfinite(correction).all():
            self.precision = torch.float32  # contrasts of 65504 noise deviations and more: metal, or hardly any noise
            return self._run(planes)
        return torch.cat([fused, correction.float()], dim=1)[..., :height, :width].cpu()

    def _evidence(self, planes: Tensor) -> tuple[Tensor, Tensor]:
        """The fused estimate, and what the network sees, in its precision: nothing else is kept while it runs."""
        height, width = planes.shape[-2:]
        planes = planes.to(self.device)
        if height % MULTIPLE or width % MULTIPLE:
            planes = F.pad(planes, (0, -width % MULTIPLE, 0, -height % MULTIPLE), mode="replicate")
        fused = fuse(planes)
        evidence = evidence_channels(planes, fused, self._network.local_mean)
        return fused, evidence.to(self.precision, memory_format=torch.channels_last)

    def _in_tiles(self, planes: Tensor) -> Tensor:
        height, width = planes.shape[-2:]
        result = torch.empty(1, 2, height, width)
        beyond = TILE + self.overlap
        for top in range(0, height, TILE):
            for left in range(0, width, TILE):
                first_row, first_column = max(0, top - self.overlap), max(0, left - self.overlap)
                part = self._run(planes[..., first_row : top + beyond, first_column : left + beyond])
                kept = part[..., top - first_row :, left - first_column :][..., :TILE, :TILE]
                result[..., top : top + TILE, left : left + TILE] = kept
        return result


def _out_of_memory(error: RuntimeError) -> bool:
    """Libraries below PyTorch, Apple's devices, CPUs and older versions raise errors without a type of their own."""
    return isinstance(error, torch.cuda.OutOfMemoryError) or any(words in str(error).lower() for words in NO_MEMORY)


def _overlap(local_mean: int) -> int:
    """Pixels that a tile shows beyond its own: as far as network and local means reach, in whole blocks of the latter.

    So tiles meet without a seam.
    """
    block = local_mean // 2
    return math.ceil((REACH + 2.5 * block) / block) * block
