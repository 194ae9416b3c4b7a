"""Several processes that train one network, each on a part of every batch: `torchrun` on several GPUs or hosts."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import timedelta

import torch
from torch import Tensor, nn

from ..device import choose_device
from ..errors import DeviceUnavailable

PATIENCE = timedelta(hours=3)
"""How long the others wait while the first prepares what all learn from."""


@dataclass(frozen=True)
class Processes:
    """This process among those that train together.

    Attributes:
        rank: its number, from 0.
        count: how many there are.
        device: where it computes.
    """

    rank: int = 0
    count: int = 1
    device: torch.device = torch.device("cpu")

    @property
    def first(self) -> bool:
        """Whether it is the one that saves and reports."""
        return self.rank == 0

    def shared(self, network: nn.Module) -> nn.Module:
        """The network with gradients averaged over all processes at every backward pass."""
        return nn.parallel.DistributedDataParallel(network) if self.count > 1 else network

    def multiple_of(self, batch: int) -> int:
        """The size of a batch that all can share equally: this one, or the next larger."""
        return -(-batch // self.count) * self.count

    def part(self, batch: Tensor) -> Tensor:
        """This process's share of a batch that all have drawn alike, on its device.

        Raises:
            ValueError: the batch cannot be shared equally.
        """
        if len(batch) % self.count:
            raise ValueError(f"Found a batch of {len(batch)} for {self.count} processes; expected a multiple of them.")
        return batch.chunk(self.count)[self.rank].to(self.device)

    def agreed(self, seconds: float) -> float:
        """The first process's clock, so that all keep the same learning rate and stop at the same step.

        Raises:
            DeviceUnavailable: a process has ended.
        """
        if self.count == 1:
            return seconds
        clock = torch.tensor([seconds], dtype=torch.float64, device=self.device)
        try:
            torch.distributed.broadcast(clock, src=0)
        except RuntimeError as error:
            raise DeviceUnavailable(
                "Found no other process to train with: the first one says why it ended, or its connection was lost."
            ) from error
        return clock.item()


def join(device: str = "auto") -> Processes:
    """The processes that torchrun has started; this one alone when it has not.

    Args:
        device: what computes (see `choose_device`); auto and cuda: a GPU for each process of a host.

    Raises:
        DeviceUnavailable: this machine has no such device, or processes cannot share their work there.
    """
    kind = ("cuda" if torch.cuda.is_available() else "cpu") if device == "auto" else choose_device(device).type
    if kind not in ("cuda", "cpu"):
        raise DeviceUnavailable(f"Found {device} for several processes, which train on cuda or cpu. Choose one of these.")
    cuda = kind == "cuda"
    if "WORLD_SIZE" not in os.environ:
        return Processes(device=torch.device("cuda" if cuda else "cpu"))
    torch.distributed.init_process_group("nccl" if cuda else "gloo", timeout=PATIENCE)
    own = torch.device("cuda", int(os.environ["LOCAL_RANK"])) if cuda else torch.device("cpu")
    if cuda:
        torch.cuda.set_device(own)
    return Processes(torch.distributed.get_rank(), torch.distributed.get_world_size(), own)


def leave() -> None:
    """Ends what `join` began."""
    if torch.distributed.is_initialized():
        torch.distributed.destroy_process_group()
