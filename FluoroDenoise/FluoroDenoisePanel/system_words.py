"""An X-ray system, as a person calls it."""

from __future__ import annotations

ORDER = ("manufacturer", "model", "protocol")


def systemInWords(system: dict[str, str]) -> str:
    """Maker, model and protocol, as far as the headers name them; "" for an unknown system."""
    return ", ".join(system[part] for part in ORDER if system.get(part))
