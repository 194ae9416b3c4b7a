"""Training of the streaming student from noisy sequences alone, for a given time, resumable at any moment."""

from __future__ import annotations

import csv
import math
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..device import choose_precision
from ..networks.evidence import PLANES, evidence_channels, fuse
from .batches import FUTURE_VARIANCE, PAST_VARIANCE, UNSUPPORTED, Examples, without_a_side
from .checkpoints import load_checkpoint, save_checkpoint
from .optimise import TrainingDivergedError
from .processes import Processes

EXTRA_WEIGHT = 8.0


@dataclass(frozen=True)
class Schedule:
    """How long and how to train.

    Attributes:
        minutes: time spent in steps, over all resumed runs.
        batch, side: crops in a step and their side in pixels.
        rate: highest learning rate; it rises over the first 2 % of the time and falls to nothing along a cosine.
        decay: half-life of the averaged weights, as the share kept in a step.
        seed: of weights, crops and mirrorings.
    """

    minutes: float
    batch: int = 8
    side: int = 128
    rate: float = 1e-3
    decay: float = 0.999
    seed: int = 0


def predict(network: nn.Module, planes: Tensor, precision: torch.dtype = torch.float32) -> Tensor:
    """Denoised frames [N, 1, H, W] from planes [N, 7, H, W], as the engine makes them at run time."""
    fused = fuse(planes)
    evidence = evidence_channels(planes, fused).contiguous(memory_format=torch.channels_last)
    with torch.autocast(planes.device.type, precision, enabled=precision != torch.float32):
        correction = network(evidence)
    return fused + correction.float()


def loss(network: nn.Module, batch: Tensor, precision: torch.dtype = torch.float32) -> Tensor:
    """Recorruption loss of a batch of examples [N, 8, H, W] (see `examples.make_examples`).

    A plain mean of weighted squares, so that the mean over the parts of a batch is the loss of the whole.
    """
    planes, target = batch[:, :PLANES], batch[:, PLANES:]
    return (_weight(planes) * torch.square(predict(network, planes, precision) - target)).mean()


def _weight(planes: Tensor) -> Tensor:
    """Weight [N, 1, H, W] of each pixel, 1 or more: larger around what no other frame supports, since wires are few pixels.

    A single pixel's support depends on its own noise, which a weight may not; the mean over 11 x 11 pixels hardly does.
    """
    support = torch.minimum(planes[:, PAST_VARIANCE, None], planes[:, FUTURE_VARIANCE, None])
    alone = ((support > UNSUPPORTED) & torch.isfinite(support)).to(planes.dtype)
    return 1 + EXTRA_WEIGHT * F.avg_pool2d(alone, 11, stride=1, padding=5)


class StudentTraining:
    """A network, its optimiser and averaged weights, and the checkpoint they live in.

    Args:
        network: the student.
        examples: what to learn from.
        held_out: noisy examples for the self-supervised score.
        folder: where checkpoint and log go.
        schedule: how long and how.
        processes: those that share each batch; this one alone by default.
    """

    def __init__(
        self,
        network: nn.Module,
        examples: Examples,
        held_out: Examples,
        folder: Path,
        schedule: Schedule,
        processes: Processes | None = None,
    ) -> None:
        self._processes = processes or Processes()
        self.network = network.to(self._processes.device, memory_format=torch.channels_last).train()
        self.averaged = torch.optim.swa_utils.AveragedModel(
            network, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(schedule.decay)
        )
        self._examples, self._held_out, self._folder, self._schedule = examples, held_out, folder, schedule
        self._optimiser = torch.optim.AdamW(network.parameters(), lr=schedule.rate, weight_decay=1e-4)
        self._precision = _training_precision(network, self._processes.device)
        self._loader = ThreadPoolExecutor(1)
        self._next: Future[Tensor] | None = None
        self.seconds, self.step = 0.0, 0
        folder.mkdir(parents=True, exist_ok=True)
        self._resume()
        self._shared = self._processes.shared(self.network)

    @property
    def share(self) -> float:
        """Share of the time that is spent, 0 to 1."""
        return min(self.seconds / (60 * self._schedule.minutes), 1.0)

    def run(self, report: Callable[[StudentTraining, dict[str, float]], None], every: float = 60.0) -> None:
        """Trains to the end of the schedule; the first process saves and reports every `every` seconds.

        Raises:
            TrainingDivergedError: the loss is NaN or infinite; the last good checkpoint is kept.
        """
        recent: list[float] = []
        saved = self.seconds
        while self.share < 1:
            began = time.monotonic()
            recent.append(self.one_step())
            self.seconds = self._processes.agreed(self.seconds + time.monotonic() - began)
            if self._processes.first and (self.seconds - saved >= every or self.share >= 1):
                saved = self.seconds
                self._save()
                figures = {
                    "minutes": self.seconds / 60,
                    "step": self.step,
                    "loss": float(np.mean(recent)),
                    "held_out": self.score(),
                }
                self._log(figures)
                report(self, figures)
                recent.clear()

    def one_step(self) -> float:
        """One step on this process's part of the batch; returns its loss.

        Raises:
            TrainingDivergedError: the loss is NaN or infinite.
        """
        batch = self._next_batch()
        for group in self._optimiser.param_groups:
            group["lr"] = self._schedule.rate * _rate_shape(self.share)
        self._optimiser.zero_grad(set_to_none=True)
        value = loss(self._shared, self._processes.part(batch), self._precision)
        if not torch.isfinite(value):
            raise TrainingDivergedError(
                f"The loss became {value.item()} at step {self.step}; the last checkpoint is kept. Lower the learning rate."
            )
        value.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self._optimiser.step()
        self.averaged.update_parameters(self.network)
        self.step += 1
        return value.item()

    def _next_batch(self) -> Tensor:
        """The batch of this step; the one of the next is prepared while the network learns from it."""
        batch = (self._next or self._loader.submit(self._batch, self.step)).result()
        self._next = self._loader.submit(self._batch, self.step + 1)
        return batch

    def _batch(self, step: int) -> Tensor:
        rng = np.random.default_rng((self._schedule.seed, step))
        return without_a_side(self._examples.batch(rng, self._schedule.batch, self._schedule.side), rng)

    def score(self, batches: int = 12) -> float:
        """The same loss of the averaged weights on noisy examples held out; the same ones each time. Lower is better."""
        rng, size, side = np.random.default_rng(12345), self._schedule.batch, self._schedule.side
        drawn = (without_a_side(self._held_out.batch(rng, size, side), rng) for _ in range(batches))
        device = self._processes.device
        with torch.no_grad():
            return float(np.mean([loss(self.averaged.module, batch.to(device), self._precision).item() for batch in drawn]))

    def _resume(self) -> None:
        state = load_checkpoint(self._folder / "checkpoint.safetensors")
        if state is None:
            return
        self.network.load_state_dict(state["network"])
        self.averaged.load_state_dict(state["averaged"])
        self._optimiser.load_state_dict(state["optimiser"])
        self.seconds, self.step = state["seconds"], state["step"]

    def _save(self) -> None:
        state = {
            "network": self.network.state_dict(),
            "averaged": self.averaged.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "seconds": self.seconds,
            "step": self.step,
            "schedule": asdict(self._schedule),
        }
        save_checkpoint(self._folder / "checkpoint.safetensors", state)

    def _log(self, figures: dict[str, float]) -> None:
        path = self._folder / "log.csv"
        new = not path.exists()
        with path.open("a", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, figures)
            if new:
                writer.writeheader()
            writer.writerow(figures)


def _training_precision(network: nn.Module, device: torch.device) -> torch.dtype:
    """bfloat16 on GPUs, whose range needs no scaling of gradients; on a CPU the faster one."""
    return choose_precision(network, device) if device.type == "cpu" else torch.bfloat16


def _rate_shape(share: float) -> float:
    """Learning rate against the highest one: linear warm-up, then a cosine to nothing."""
    return min(share / 0.02, 1.0, 0.5 * (1 + math.cos(math.pi * share))) + 1e-3
