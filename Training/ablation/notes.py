"""What the ablation wrote down for itself as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from FluoroDenoiseLib.errors import UnreadableInput


def read_note(path: Path, after: str) -> dict[str, Any]:
    """What a file holds by name, nothing where there is none; `after` says what becomes of it once it is deleted.

    Raises:
        UnreadableInput: the file is damaged.
    """
    if not path.is_file():
        return {}
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError) as error:
        raise UnreadableInput(f"{path} is damaged ({error}); delete it, and {after}.") from error
