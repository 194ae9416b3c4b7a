"""The models: found by name or folder, checked against their card, never unpickled."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load as load_weights
from torch import nn

from ..errors import ModelUnavailable
from ..networks.streaming import StreamingUNet

BUNDLED = Path(__file__).parent
FORMAT = 1
WEIGHTS, CARD = "weights.safetensors", "card.json"


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


def model_names() -> list[str]:
    """Names of the bundled models."""
    return sorted(path.parent.name for path in BUNDLED.glob(f"*/{CARD}"))


def load_model(name: str | Path) -> Model:
    """Loads a bundled model by name, or any model by its folder.

    Raises:
        ModelUnavailable: unknown name, missing or damaged files, a hash that differs from the card's, another format version.
    """
    folder = _folder(name)
    card = read_card(folder)
    try:
        content = (folder / WEIGHTS).read_bytes()
    except OSError as error:
        raise ModelUnavailable(
            f"Found no readable {WEIGHTS} in {folder.name} ({error.strerror}); reinstall the model."
        ) from error
    sha256 = hashlib.sha256(content).hexdigest()
    if sha256 != card["sha256"]:
        raise ModelUnavailable(
            f"Found weights with hash {sha256[:12]} in model {folder.name}; its card expects {card['sha256'][:12]}. "
            "The model is damaged or was altered: reinstall it."
        )
    return Model(card["name"], sha256, card, _network(card, content))


def read_card(folder: Path) -> dict[str, Any]:
    """Reads and checks card.json of a model folder (ModelUnavailable if it is missing, damaged, or of another version)."""
    try:
        card = json.loads((folder / CARD).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelUnavailable(f"Found no readable {CARD} in {folder.name}; reinstall the model.") from error
    needed = {"format", "name", "sha256", "network"}
    if not isinstance(card, dict) or not needed <= card.keys():
        raise ModelUnavailable(
            f"Found an incomplete {CARD} in {folder.name}; expected {', '.join(sorted(needed))}. Reinstall it."
        )
    if card["format"] != FORMAT:
        raise ModelUnavailable(
            f"Found model {card['name']} of format {card['format']}; this version reads format {FORMAT}. "
            "Use the FluoroDenoise version that made it, or train it again."
        )
    return card


def _folder(name: str | Path) -> Path:
    if str(name) in model_names():
        return BUNDLED / str(name)
    folder = Path(name)
    if (folder / CARD).is_file():
        return folder
    raise ModelUnavailable(
        f"Found no model {str(name)!r}; bundled are {', '.join(model_names()) or 'none'}. Name one or give a model's folder."
    )


def _network(card: dict[str, Any], content: bytes) -> nn.Module:
    try:
        network = StreamingUNet(**{key: tuple(value) for key, value in card["network"].items()})
        network.load_state_dict(load_weights(content))
    except (SafetensorError, RuntimeError, TypeError, ValueError) as error:
        raise ModelUnavailable(
            f"Found weights in model {card['name']} that do not fit its card; reinstall the model."
        ) from error
    return network
