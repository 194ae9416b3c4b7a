"""The user's own models: folders in a folder of the user's, taken in and handed out whole."""

from __future__ import annotations

import json
from pathlib import Path

from ..errors import ModelUnavailable, OutputNotWritable
from ..files import made_folders, whole_folder
from .cards import CARD, WEIGHTS, model_names, read_card, read_model


def own_models(shelf: Path) -> dict[str, Path]:
    """The models on a shelf: name and folder; those that cannot be read are left out."""
    found = {}
    for card in sorted(shelf.glob(f"*/{CARD}")):
        try:
            found[read_card(card.parent)["name"]] = card.parent
        except ModelUnavailable:
            continue
    return found


def import_model(source: Path, shelf: Path) -> Path:
    """Copies a model to the shelf and gives its new folder.

    Args:
        source: the model's folder, or one of its two files.

    Raises:
        ModelUnavailable: its files are missing or damaged, its hash differs from the card's, or it is of another version.
        OutputNotWritable: a model of its name is there already, or the disk refused it; nothing is left.
    """
    folder = source if source.is_dir() else source.parent
    card, _ = read_model(folder)
    target = shelf / _folder_name(card["name"])
    if card["name"] in model_names() or target.exists():
        raise OutputNotWritable(
            f'A model called {card["name"]} is there already. Give yours another name ("name" in its {CARD}).'
        )
    with made_folders(shelf):
        return export_model(folder, target)


def export_model(folder: Path, target: Path) -> Path:
    """Copies a model into a new folder and gives it.

    Raises:
        ModelUnavailable: the model's files are missing or damaged.
        OutputNotWritable: the target holds files already, or the disk refused it; nothing is left.
    """
    card, content = read_model(folder)
    with whole_folder(target) as partial:
        (partial / WEIGHTS).write_bytes(content)
        (partial / CARD).write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    return target


def _folder_name(name: str) -> str:
    kept = "".join(letter if letter.isalnum() or letter in "-_. " else "_" for letter in name).strip(" .")
    if not kept:
        raise ModelUnavailable(f'Found the model name {name!r}; expected letters. Change "name" in its {CARD}.')
    return kept
