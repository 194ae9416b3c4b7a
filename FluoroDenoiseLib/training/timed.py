"""Training for a given time, resumable at any moment: the loop, its checkpoint and its log, whatever is learnt."""

from __future__ import annotations

import csv
import io
import math
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from ..device import choose_precision, computing_in
from ..errors import TrainingDiverged, UnreadableInput
from ..files import append_text
from .checkpoints import load_checkpoint, save_checkpoint
from .processes import Processes

CHECKPOINT, LOG = "checkpoint.safetensors", "log.csv"
KEPT = ("side", "rate", "decay", "seed")  # settings of a training, to its end
BATCHES = 12  # of a score
PRECISIONS = (torch.float32, torch.bfloat16)
PUBLISHED_BETAS = (0.5, 0.999)  # of Adam, in both published steps (arXiv 2411.00830)


@dataclass(frozen=True)
class Schedule:
    """How long and how to train.

    Attributes:
        minutes: time spent in steps, over all resumed runs.
        computing: True counts this process's own computing time over its threads, not the clock's, so that trainings can be
            compared on a machine that has other work.
        batch, side: crops in a step and their side in pixels.
        rate: highest learning rate; it rises over the first 2 % of the time and falls to nothing along a cosine.
        decay: half-life of the averaged weights, as the share kept in a step; less at first, so that short trainings do not
            average over their beginning.
        seed: of weights, crops and mirrorings.
    """

    minutes: float
    batch: int = 8
    side: int = 128
    rate: float = 1e-3
    decay: float = 0.999
    seed: int = 0
    computing: bool = False

    def now(self) -> float:
        """Seconds on the clock that `minutes` are counted by."""
        return time.process_time() / torch.get_num_threads() if self.computing else time.monotonic()


class Source(Protocol):
    """What batches are drawn from."""

    def batch(self, rng: np.random.Generator, size: int, side: int) -> Tensor:
        """Random crops [size, C, side, side] float32."""


class TimedTraining(ABC):
    """A network, its optimiser and averaged weights, and the checkpoint they live in; a subclass says what the loss is.

    Args:
        network: what is trained.
        examples: what to learn from.
        held_out: what the score is taken on.
        folder: where checkpoint and log go.
        schedule: how long and how.
        processes: those that share each batch; this one alone by default.
    """

    channels: int
    """Of the network's input."""
    betas = (0.9, 0.999)
    """Of AdamW."""
    exploded = 3.0
    """Times the first score: what has become so much worse than at the beginning is no training any more."""

    def __init__(
        self,
        network: nn.Module,
        examples: Source,
        held_out: Source,
        folder: Path,
        schedule: Schedule,
        processes: Processes | None = None,
    ) -> None:
        self._processes = processes or Processes()
        self.network = network.to(self._processes.device, memory_format=torch.channels_last)
        self.precision = self._agreed_precision(network.eval())
        self.averaged = torch.optim.swa_utils.AveragedModel(network, avg_fn=_averaging(schedule.decay)).eval()
        self.network.train()
        self._examples, self._held_out, self._folder, self._schedule = examples, held_out, folder, schedule
        self._optimiser = torch.optim.AdamW(network.parameters(), lr=schedule.rate, betas=self.betas, weight_decay=1e-4)
        self._loader = ThreadPoolExecutor(1)
        self._next: Future[Tensor] | None = None
        self.seconds, self.step = 0.0, 0
        self.first_score: float | None = None
        folder.mkdir(parents=True, exist_ok=True)
        self._resume()
        self._shared = self._processes.shared(self.network)

    def _agreed_precision(self, network: nn.Module) -> torch.dtype:
        """The first process's: on a CPU it is told by timing, and each might find another one."""
        own = training_precision(network, self._processes.device, self.channels)
        return PRECISIONS[int(self._processes.agreed(float(PRECISIONS.index(own))))]

    @abstractmethod
    def loss(self, network: nn.Module, batch: Tensor) -> Tensor:
        """Scalar loss of a batch; a plain mean over its crops, so that the mean over its parts is the loss of the whole."""

    def draw(self, source: Source, rng: np.random.Generator) -> Tensor:
        """A batch of the schedule's size."""
        return source.batch(rng, self._schedule.batch, self._schedule.side)

    @property
    def share(self) -> float:
        """Share of the time that is spent, 0 to 1."""
        return min(self.seconds / (60 * self._schedule.minutes), 1.0)

    def run(
        self,
        report: Callable[[TimedTraining, dict[str, float]], None],
        every: float = 60.0,
        stop: Callable[[], bool] | None = None,
    ) -> None:
        """Trains to the end of the schedule; the first process saves and reports every `every` seconds.

        Args:
            stop: asked before each step; what the first process's says ends the run here, with a checkpoint.

        Raises:
            TrainingDiverged: the loss is NaN or infinite, or the score has exploded; the last good checkpoint is kept.
        """
        recent: list[float] = []
        saved = self.seconds
        while not self._over(stop):
            began = self._schedule.now()
            recent.append(self.one_step())
            self.seconds = self._processes.agreed(self.seconds + self._schedule.now() - began)
            if self._processes.first and (self.seconds - saved >= every or self.share >= 1):
                saved, score = self.seconds, self.score()
                self._refuse_explosion(score)
                self._save()
                figures = {
                    "minutes": self.seconds / 60,
                    "step": self.step,
                    "loss": float(np.mean(recent)),
                    "held_out": score,
                }
                append_row(self._folder / LOG, figures)
                report(self, figures)
                recent.clear()
        if self._processes.first and self.share < 1:
            self._save()

    def _over(self, stop: Callable[[], bool] | None) -> bool:
        """Whether the time is spent, or `stop` says so.

        The first process's word counts, which alone knows what scores and reports took: so all leave at the same step, learn at
        the same rate until then, and none waits for one that has left.
        """
        self.seconds = self._processes.agreed(self.seconds)
        return bool(self._processes.agreed(float(self.share >= 1 or (stop is not None and stop()))))

    def one_step(self) -> float:
        """One step on this process's part of the batch; returns its loss.

        Raises:
            TrainingDiverged: the loss or its gradient is NaN or infinite.
        """
        batch = self._next_batch()
        for group in self._optimiser.param_groups:
            group["lr"] = self._schedule.rate * _rate_shape(self.share)
        self._optimiser.zero_grad(set_to_none=True)
        value = self.loss(self._shared, self._processes.part(batch))
        self._refuse_divergence(value)
        value.backward()
        self._refuse_divergence(nn.utils.clip_grad_norm_(self.network.parameters(), 1.0))
        self._optimiser.step()
        self.averaged.update_parameters(self.network)
        self.step += 1
        return value.item()

    def _refuse_divergence(self, value: Tensor) -> None:
        if not torch.isfinite(value):
            raise TrainingDiverged(
                f"The loss or its gradient became {value.item()} at step {self.step}; the last checkpoint is kept, "
                "if there is one. Begin anew with another seed or, where it can be chosen, a lower learning rate."
            )

    def _refuse_explosion(self, score: float) -> None:
        self.first_score = score if self.first_score is None else self.first_score
        if np.isnan(score) or 0 < self.exploded * self.first_score < score:
            raise TrainingDiverged(
                f"The score on what is held out rose from {self.first_score:.4g} to {score:.4g} at step {self.step}; "
                "the last checkpoint is kept. Begin anew with another seed or, where it can be chosen, a lower learning rate."
            )

    def _next_batch(self) -> Tensor:
        """The batch of this step; the one of the next is prepared while the network learns from it."""
        batch = (self._next or self._loader.submit(self._batch, self.step)).result()
        self._next = self._loader.submit(self._batch, self.step + 1)
        return batch

    def _batch(self, step: int) -> Tensor:
        return self.draw(self._examples, np.random.default_rng((self._schedule.seed, step)))

    def score(self) -> float:
        """The same loss of the averaged weights on what is held out; the same batches each time. Lower is better."""
        return self.score_of(self.averaged.module)

    def score_of(self, network: nn.Module) -> float:
        """`score` of another network of the same kind."""
        rng, device = np.random.default_rng(12345), self._processes.device
        drawn = (self.draw(self._held_out, rng).to(device) for _ in range(BATCHES))
        with torch.no_grad():
            return float(np.mean([self.loss(network, batch).item() for batch in drawn]))

    def _resume(self) -> None:
        state = load_checkpoint(self._folder / CHECKPOINT)
        if state is None:
            return
        try:
            self.network.load_state_dict(state["network"])
            self.averaged.load_state_dict(state["averaged"])
        except RuntimeError as error:
            raise UnreadableInput(
                f"Found a checkpoint of another network, {self._folder / CHECKPOINT}; train that network on or delete the file."
            ) from error
        self._refuse_other_settings(state["schedule"])
        self._optimiser.load_state_dict(state["optimiser"])
        self.seconds, self.step, self.first_score = state["seconds"], state["step"], state.get("first_score")

    def _refuse_other_settings(self, begun: dict[str, Any]) -> None:
        """What was begun one way would be told of as made in another."""
        asked = asdict(self._schedule)
        other = [f"{name} {begun[name]} for {asked[name]}" for name in KEPT if begun.get(name, asked[name]) != asked[name]]
        if other:
            raise UnreadableInput(
                f"Found a checkpoint of a training with other settings ({', '.join(other)}), {self._folder / CHECKPOINT}; "
                "go on with those or delete the file."
            )

    def _save(self) -> None:
        state = {
            "network": self.network.state_dict(),
            "averaged": self.averaged.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "seconds": self.seconds,
            "step": self.step,
            "first_score": self.first_score,
            "schedule": asdict(self._schedule),
        }
        save_checkpoint(self._folder / CHECKPOINT, state)


def append_row(path: Path, figures: dict[str, float | str]) -> None:
    """Appends a row to a table (.csv), which gets its head with the first one (OutputNotWritable if the disk refused it)."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, figures)
    if not path.exists() or not path.stat().st_size:  # empty: the disk was full at the first row
        writer.writeheader()
    writer.writerow(figures)
    append_text(path, text.getvalue())


def run_network(network: nn.Module, images: Tensor, precision: torch.dtype) -> Tensor:
    """The network's output in float32, computed in `precision` and channels_last, the fast layout."""
    images = images.contiguous(memory_format=torch.channels_last)
    with computing_in(precision, images.device):
        return network(images).float()


def training_precision(network: nn.Module, device: torch.device, channels: int) -> torch.dtype:
    """For training and scoring: on a CPU the faster one, on NVIDIA's GPUs bfloat16, whose range needs no scaling of gradients.

    Apple's devices have no autocast to it in older versions of PyTorch, and compute in float32.
    """
    if device.type == "cpu":
        return choose_precision(network, device, channels)
    return torch.bfloat16 if device.type == "cuda" else torch.float32


def _averaging(decay: float) -> Callable[[Tensor, Tensor, Tensor | int], Tensor]:
    """Exponential averaging of weights that keeps (1 + n) / (10 + n) of the average after n steps, at most `decay`."""

    def average(so_far: Tensor, weights: Tensor, count: Tensor | int) -> Tensor:
        return torch.lerp(so_far, weights, 1 - min(decay, (1 + int(count)) / (10 + int(count))))

    return average


def _rate_shape(share: float) -> float:
    """Learning rate against the highest one: linear warm-up, then a cosine to nothing."""
    return min(share / 0.02, 1.0, 0.5 * (1 + math.cos(math.pi * share))) + 1e-3
