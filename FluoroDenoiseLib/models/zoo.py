"""The models as networks: checked against their card, never unpickled."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load as load_weights
from torch import nn

from ..errors import ModelUnavailable
from ..networks.streaming import StreamingUNet
from .cards import folder_of, read_model


@dataclass(frozen=True)
class Model:
    """A network with its identity.

    Attributes:
        name: what the user calls it.
        sha256: hash of the weights file.
        card: data, licences, range of dose, figures, limits (card.json).
        network: the module with its weights.
    """

    name: str
    sha256: str
    card: dict[str, Any]
    network: nn.Module


def load_model(name: str | Path) -> Model:
    """Loads a bundled model or one of the user's by name, or any model by its folder.

    Raises:
        ModelUnavailable: unknown name, missing or damaged files, a hash that differs from the card's, another format version.
    """
    card, content = read_model(folder_of(name))
    return Model(card["name"], card["sha256"], card, _network(card, content))


def _network(card: dict[str, Any], content: bytes) -> nn.Module:
    try:
        network = StreamingUNet(**card["network"])
        network.load_state_dict(load_weights(content))
    except (SafetensorError, RuntimeError, TypeError, ValueError) as error:
        raise ModelUnavailable(
            f"Found weights in model {card['name']} that do not fit its card; reinstall the model."
        ) from error
    return network
