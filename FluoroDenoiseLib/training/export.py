"""Export of a trained network as a model folder: weights.safetensors and card.json."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from pathlib import Path
from typing import Any

from safetensors.torch import save
from torch import nn

from ..files import write_whole
from ..models.cards import CARD, FORMAT, WEIGHTS
from ..version import __version__


def export_model(network: nn.Module, name: str, settings: dict[str, Any], facts: dict[str, Any], folder: Path) -> None:
    """Writes a model folder that `models.zoo.load_model` reads; the card is written last, with the weights' hash.

    Args:
        settings: arguments of the network's class.
        facts: what else the card says (data, licences, ranges, figures, limits).
    """
    folder.mkdir(parents=True, exist_ok=True)
    content = save({key: value.detach().float().contiguous() for key, value in network.state_dict().items()})
    card = {
        "format": FORMAT,
        "name": name,
        "sha256": hashlib.sha256(content).hexdigest(),
        "network": settings,
        "date": date.today().isoformat(),
        "version": __version__,
        **facts,
    }
    write_whole(folder / WEIGHTS, lambda file: file.write(content), overwrite=True)
    text = json.dumps(card, indent=2) + "\n"
    write_whole(folder / CARD, lambda file: file.write(text.encode()), overwrite=True)
