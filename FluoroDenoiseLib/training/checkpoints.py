"""Checkpoints that survive kill -9 and a full disk: written whole, flushed, then renamed over the former one."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import torch

from ..files import write_whole


def save_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Replaces the checkpoint at `path`; on any failure the former one stays (OutputNotWritable)."""
    buffer = io.BytesIO()
    torch.save(state, buffer)
    write_whole(path, lambda file: file.write(buffer.getbuffer()), overwrite=True)


def load_checkpoint(path: Path) -> dict[str, Any] | None:
    """The state saved at `path` (tensors and plain values only), or None where there is none."""
    if not path.exists():
        return None
    return torch.load(path, map_location="cpu", weights_only=True)
