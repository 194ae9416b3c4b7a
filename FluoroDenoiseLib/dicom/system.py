"""Which X-ray system and protocol made a file: what the choice of a model may depend on, and nothing of patient or hospital."""

from __future__ import annotations

from pathlib import Path

from ..errors import UnreadableInput
from .elements import quiet, text
from .header import read_header

ELEMENTS = {"manufacturer": "Manufacturer", "model": "ManufacturerModelName", "protocol": "ProtocolName"}


def system_of(file: Path) -> dict[str, str]:
    """Manufacturer, model and protocol, as far as the header names them; {} for a file that is no DICOM, or is gone."""
    try:
        with quiet():
            header = read_header(file, list(ELEMENTS.values()))
    except UnreadableInput:
        return {}
    named = {part: text(header, keyword) for part, keyword in ELEMENTS.items()}
    return {part: name for part, name in named.items() if name}
