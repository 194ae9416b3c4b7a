"""The cines of an input, known from their headers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import UnreadableInput
from .console import note

if TYPE_CHECKING:
    from ..dicom import Survey


def find(path: Path) -> Survey:
    """Surveys a file or folder and says on stderr what in it is no cine.

    Raises:
        UnreadableInput: there is no cine at all.
    """
    from ..dicom import survey

    what = survey(path)
    if not what.found:
        raise UnreadableInput(what.why_nothing(path))
    for file, reason in what.skipped.items():
        note(f"Passed over {file.name}: {reason}")
    return what


def skipped_entries(what: Survey) -> list[dict[str, str]]:
    """What was passed over, for a JSON result."""
    return [{"input": file.name, "reason": reason} for file, reason in what.skipped.items()]
