"""Export of a trained network as a model folder: weights.safetensors and card.json."""

from __future__ import annotations

import hashlib
import json
import os
from datetime import date
from pathlib import Path
from typing import Any

from safetensors.torch import save
from torch import nn

from ..files import check_writable, whole_file
from ..models.cards import CARD, FORMAT, WEIGHTS
from ..version import __version__


def export_model(network: nn.Module, name: str, settings: dict[str, Any], facts: dict[str, Any], folder: Path) -> None:
    """Writes a model folder that `models.zoo.load_model` reads; where the disk refuses either file, the former model stays.

    Args:
        settings: arguments of the network's class.
        facts: what else the card says (data, licences, ranges, figures, limits).

    Raises:
        OutputNotWritable: the folder or a file in it cannot be written.
    """
    check_writable(folder)
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
    with whole_file(folder / CARD, overwrite=True) as card_file, whole_file(folder / WEIGHTS, overwrite=True) as weights_file:
        weights_file.write_bytes(content)
        card_file.write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
        for file in (card_file, weights_file):  # on the disk, both of them, before either takes its name
            with file.open("rb+") as written:
                os.fsync(written.fileno())
