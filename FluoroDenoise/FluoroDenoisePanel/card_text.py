"""A model's card, as a person reads it."""

from __future__ import annotations

from slicer.i18n import tr as _

from FluoroDenoiseLib.errors import ModelUnavailable


def cardText(model: str) -> str:
    """What the card of a model (a bundled one's name, or a folder) says; why it cannot be read, where it cannot."""
    from FluoroDenoiseLib.models.cards import folder_of, read_card

    try:
        card = read_card(folder_of(model))
    except ModelUnavailable as error:
        return str(error)
    return "\n\n".join(part for part in (_purpose(card), _training(card), _range(card), _figures(card), _limits(card)) if part)


def _purpose(card: dict) -> str:
    made = _("Made {date}, weights {hash}.").format(date=card.get("date", _("at an unknown date")), hash=card["sha256"][:12])
    return f"{card['name']}: {card.get('purpose', _('its card does not say what it is for.'))} {made}"


def _training(card: dict) -> str:
    training = card.get("training", {})
    lines = [training.get("data", ""), *(f"{data}: {source}" for source, data in training.get("licences", {}).items())]
    return _("Trained on: ") + "\n".join(line for line in lines if line) if any(lines) else ""


def _range(card: dict) -> str:
    spans = (f"{name.replace('_', ' ')} {span[0]:g} to {span[1]:g}" for name, span in card.get("range", {}).items())
    text = ", ".join(spans)
    return _("Made for: ") + text if text else ""


def _figures(card: dict) -> str:
    figures = card.get("figures_on_validation_sequences", {})
    psnr = {name.removeprefix("psnr_"): value for name, value in figures.items() if name.startswith("psnr_")}
    text = ", ".join(f"{name} {value:.1f} dB" for name, value in psnr.items())
    return _("PSNR on validation sequences: ") + text if text else ""


def _limits(card: dict) -> str:
    return "\n".join(f"- {limit}" for limit in card.get("limits", ()))
