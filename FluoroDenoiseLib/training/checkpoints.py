"""Checkpoints that survive kill -9 and a full disk: one safetensors file, written whole, then renamed over the former one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from ..errors import UnreadableInput
from ..files import write_whole

STRUCTURE = "structure"


def save_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Replaces the checkpoint at `path`; on any failure the former one stays (OutputNotWritable).

    Args:
        state: nested dictionaries and lists of tensors, numbers and text, as `state_dict` gives them.
    """
    tensors: dict[str, torch.Tensor] = {}
    structure = json.dumps(_pack(state, tensors))
    content = save(tensors, metadata={STRUCTURE: structure})
    write_whole(path, lambda file: file.write(content), overwrite=True)


def load_checkpoint(path: Path) -> dict[str, Any] | None:
    """The state saved at `path`, or None where there is none. Nothing is unpickled.

    Raises:
        UnreadableInput: it is damaged, or no checkpoint.
    """
    if not path.exists():
        return None
    try:
        with safe_open(path, framework="pt") as file:
            return _unpack(json.loads(file.metadata()[STRUCTURE]), file.get_tensor)
    except (SafetensorError, TypeError, LookupError, ValueError) as error:
        raise UnreadableInput(f"{path} is damaged, or no checkpoint ({error}); delete it to begin anew.") from error


def _pack(value: Any, tensors: dict[str, torch.Tensor]) -> list:  # noqa: ANN401
    """The value as JSON: [kind, content], its tensors put aside under numbers."""
    if isinstance(value, torch.Tensor):
        name = str(len(tensors))
        tensors[name] = value.detach().contiguous()
        return ["tensor", name]
    if isinstance(value, dict):
        return ["dict", [[key, _pack(one, tensors)] for key, one in value.items()]]
    if isinstance(value, (list, tuple)):
        return ["list", [_pack(one, tensors) for one in value]]
    return ["plain", value]


def _unpack(packed: list, tensor: Any) -> Any:  # noqa: ANN401
    kind, content = packed
    if kind == "tensor":
        return tensor(content)
    if kind == "dict":
        return {key: _unpack(one, tensor) for key, one in content}
    if kind == "list":
        return [_unpack(one, tensor) for one in content]
    return content
