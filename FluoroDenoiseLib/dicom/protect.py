"""The source files of a cine are never written to, whatever the caller allows."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ..errors import OutputNotWritable


def refuse_source(path: Path, sources: Iterable[Path]) -> None:
    """Refuses a target that is a source under whatever name, or a link to one.

    Raises:
        OutputNotWritable: it is.
    """
    if any(path.exists() and source.exists() and path.samefile(source) for source in sources):
        raise OutputNotWritable(f"{path.name} is the original itself, which is never overwritten. Choose another name.")
