"""Where a network runs, and in which precision."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from .errors import DeviceUnavailable
from .networks.streaming import IMAGES

ROUNDS = 4  # passes in a measurement; some systems count computing time in steps of 16 ms


def available_devices() -> list[str]:
    """Devices of this machine that compute, the preferred one first."""
    found = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    return [*(kind for kind, there in found.items() if there and _computes(kind)), "cpu"]


@cache
def _computes(kind: str) -> bool:
    """Whether a convolution runs there: not on a card that this PyTorch was not built for, or that others have filled."""
    try:
        with torch.inference_mode():
            functional.conv2d(torch.zeros(1, 1, 8, 8, device=kind), torch.zeros(1, 1, 3, 3, device=kind)).cpu()
    except (RuntimeError, AssertionError):
        return False
    return True


def in_words(device: str) -> str:
    """What a person calls a device: the name of a graphics card."""
    return torch.cuda.get_device_name() if device == "cuda" else {"mps": "Apple GPU", "cpu": "CPU"}[device]


def choose_device(name: str) -> torch.device:
    """The device called "auto", "cpu", "cuda", "cuda:1" or "mps".

    Raises:
        DeviceUnavailable: this machine has no such device.
    """
    existing = available_devices()
    if name == "auto":
        return torch.device(existing[0])
    kind, colon, index = name.partition(":")
    numbered = not colon or (kind == "cuda" and index.isdecimal() and int(index) < torch.cuda.device_count())
    if kind not in existing or not numbered:
        raise DeviceUnavailable(
            f"Found no device {name!r} that computes; this machine has {', '.join(existing)}. Choose one of them or auto."
        )
    return torch.device(name)


def choose_precision(network: nn.Module, device: torch.device, channels: int = IMAGES) -> torch.dtype:
    """The faster of float32 and a 16-bit type in which a device computes: float16 on GPUs, on a CPU what a measurement says.

    bfloat16 is twice as fast as float32 on a CPU with AVX512-BF16 or AMX and several times slower on one without.

    Args:
        channels: of the network's input.
    """
    if device.type != "cpu":
        return torch.float16 if _has_autocast(device.type) else torch.float32
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # several wait for each other by computing, on a busy machine for long
    try:
        times = {dtype: _seconds(network, dtype, channels) for dtype in (torch.bfloat16, torch.float32)}
    finally:
        torch.set_num_threads(threads)
    return min(times, key=times.get)


def computing_in(precision: torch.dtype, device: torch.device) -> AbstractContextManager[Any]:
    """Autocast to a precision; nothing for float32, since older versions of PyTorch refuse autocast on Apple's devices."""
    return nullcontext() if precision == torch.float32 else torch.autocast(device.type, precision)


def _has_autocast(kind: str) -> bool:
    """Older versions of PyTorch have none for Apple's devices."""
    try:
        torch.autocast(kind, torch.float16)
    except RuntimeError:
        return False
    return True


def _seconds(network: nn.Module, dtype: torch.dtype, channels: int) -> float:
    """Computing time, not time on the clock: on a busy machine that is chance, and so would be the last digit of results."""
    evidence = torch.zeros(1, channels, 128, 128).to(memory_format=torch.channels_last)
    with torch.inference_mode(), computing_in(dtype, evidence.device):
        network(evidence)
        start = time.process_time()
        for _ in range(ROUNDS):
            network(evidence)
    return time.process_time() - start
