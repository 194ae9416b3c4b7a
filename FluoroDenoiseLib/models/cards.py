"""Model folders without their networks: which there are, what their cards say, whether the weights are those of the card.

A model folder holds weights.safetensors and card.json. Nothing here needs torch, so that a window can list models.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ModelUnavailable
from .user_folder import shelf

if TYPE_CHECKING:
    from ..cine import Cine

BUNDLED = Path(__file__).parent
FORMAT = 1
WEIGHTS, CARD = "weights.safetensors", "card.json"
USUAL = "fluoroscopy"  # listed first: what the product is made for
USUAL_OF_CT = "ct"
CINE, SLICES = "cine", "slices"  # what a model denoises: frames in time (where the card does not say), or slices of a CT


def model_names() -> list[str]:
    """Names of the bundled models, the usual one first."""
    return sorted((path.parent.name for path in BUNDLED.glob(f"*/{CARD}")), key=lambda name: (name != USUAL, name))


def usual_model(cine: Cine) -> str:
    """The bundled model for a cine where nobody has chosen one: that for slices of a CT, else that for frames in time."""
    return USUAL_OF_CT if cine.intensity == "HU" and "slices" in cine.traits else USUAL


def folder_of(name: str | Path) -> Path:
    """The folder of a bundled model or one of the user's, by name, or of any by its folder.

    Raises:
        ModelUnavailable: there is no such model.
    """
    if str(name) in model_names():
        return BUNDLED / str(name)
    mine = own_models(shelf())
    if str(name) in mine:
        return mine[str(name)]
    folder = Path(name)
    if (folder / CARD).is_file():
        return folder
    raise ModelUnavailable(
        f"Found no model {str(name)!r}; there are {', '.join([*model_names(), *mine])}. Name one or give a model's folder."
    )


def own_models(shelf: Path) -> dict[str, Path]:
    """The models on a shelf: name and folder; those that cannot be read are left out."""
    found = {}
    for card in sorted(shelf.glob(f"[!.]*/{CARD}")):
        try:
            found[read_card(card.parent)["name"]] = card.parent
        except ModelUnavailable:
            continue
    return found


def read_model(folder: Path) -> tuple[dict[str, Any], bytes]:
    """A model's card and its weights as they lie on disk.

    Raises:
        ModelUnavailable: missing or damaged files, a hash that differs from the card's, another format version.
    """
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
    return card, content


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
    if kind_of(card) not in (CINE, SLICES):
        raise ModelUnavailable(
            f"Found model {card['name']} for {kind_of(card)}; this version knows models for {CINE} and {SLICES}. "
            "Use the FluoroDenoise version that made it."
        )
    return card


def kind_of(card: dict[str, Any]) -> str:
    """What the model of a card denoises: `CINE` or `SLICES`."""
    return card.get("kind", CINE)
