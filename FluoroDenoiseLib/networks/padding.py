"""Frames of any size through networks that halve their resolution."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional


def pad_to_multiple(frames: Tensor, multiple: int) -> Tensor:
    """Repeats the last row and column of [N, C, H, W] until H and W are multiples of `multiple` (>= 1).

    Repeating, unlike mirroring, works for frames smaller than the padding; crop with [..., :H, :W].
    """
    rows, columns = frames.shape[-2:]
    return functional.pad(frames, (0, -columns % multiple, 0, -rows % multiple), mode="replicate")
