"""The user's own models: folders in a folder of the user's, taken in and handed out whole."""

from __future__ import annotations

import json
import secrets
import shutil
from pathlib import Path

from ..errors import ModelUnavailable, OutputNotWritable
from ..files import made_folders, whole_folder
from . import defaults
from .cards import CARD, WEIGHTS, model_names, own_models, read_model
from .user_folder import shelf as own_shelf


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
    target = free_folder(card["name"], shelf, f'Give yours another name ("name" in its {CARD}).')
    with made_folders(shelf):
        return export_model(folder, target)


def export_model(folder: Path, target: Path) -> Path:
    """Copies a model into a new folder and gives it.

    Raises:
        ModelUnavailable: the model's files are missing or damaged.
        OutputNotWritable: the target holds files already, or the disk refused it; nothing is left.
    """
    _copy(folder, target)
    return target


def rename_model(folder: Path, name: str) -> Path:
    """Gives one of the user's models another name, also where it is the default of a system; returns its new folder.

    Raises:
        ModelUnavailable: its files are missing or damaged, it is not one of the user's, or the name has no letters.
        OutputNotWritable: a model of that name is there already, or the disk refused it; nothing has changed.
    """
    _check_own(folder)
    old = read_model(folder)[0]["name"]
    target = free_folder(name, folder.parent)
    _copy(folder, target, name=name)
    defaults.rename(old, name)
    _remove(folder)
    return target


def delete_model(folder: Path) -> None:
    """Removes one of the user's models; a system whose default it was has none.

    Raises:
        ModelUnavailable: it is not one of the user's.
        OutputNotWritable: the disk refused it.
    """
    _check_own(folder)
    for name in [name for name, place in own_models(own_shelf()).items() if place == folder]:
        defaults.forget(name)
    _remove(folder)


def _copy(folder: Path, target: Path, **changes: str) -> None:
    card, content = read_model(folder)
    with whole_folder(target) as partial:
        (partial / WEIGHTS).write_bytes(content)
        (partial / CARD).write_text(json.dumps(card | changes, indent=2) + "\n", encoding="utf-8")


def _remove(folder: Path) -> None:
    """By way of a hidden name: what is half removed is no model any more."""
    doomed = folder.with_name(f".removed-{secrets.token_hex(4)}-{folder.name}")
    try:
        folder.rename(doomed)
        shutil.rmtree(doomed)
    except OSError as error:
        raise OutputNotWritable(
            f"The folder of the model {folder.name} could not be removed ({error.strerror}). Close what uses it, and try again."
        ) from error


def _check_own(folder: Path) -> None:
    if folder.parent.resolve() != own_shelf().resolve():
        raise ModelUnavailable(f"The model {folder.name} is not one of yours: it came with FluoroDenoise, and stays as it is.")


def free_folder(name: str, shelf: Path, otherwise: str = "Choose another name.") -> Path:
    """The folder for a new model of this name (OutputNotWritable, with what to do otherwise: the name is taken)."""
    target = shelf / folder_name(name)
    if name in model_names() or name in own_models(shelf) or target.exists():
        raise OutputNotWritable(f"A model called {name} is there already. {otherwise}")
    return target


def folder_name(name: str) -> str:
    """What the folder of a model is called: letters that no system objects to (ModelUnavailable for a name without any)."""
    kept = "".join(letter if letter.isalnum() or letter in "-_. " else "_" for letter in name).strip(" .")
    if not any(letter.isalnum() for letter in kept):
        raise ModelUnavailable(f"Found the model name {name!r}; expected letters or digits. Give it another name.")
    return kept
