"""Which model to propose for an X-ray system: the user's choice, by manufacturer, model and protocol."""

from __future__ import annotations

import json
from pathlib import Path

from ..errors import ModelUnavailable
from ..files import made_folders, write_whole
from .cards import folder_of
from .user_folder import user_folder

PARTS = ("manufacturer", "model", "protocol")
"""What tells systems apart; as `dicom.system.system_of` reads them from a header."""
System = dict[str, str]


def default_for(system: System) -> str | None:
    """Name of the model to propose for a system; None where there is none, or it is no longer on this computer."""
    name = _read().get(_key(system)) if any(_key(system)) else None
    try:
        return name if name is not None and folder_of(name) else None
    except ModelUnavailable:
        return None


def make_default(system: System, name: str) -> None:
    """Proposes a model for a system from now on.

    Raises:
        ModelUnavailable: there is no such model, or the system is unknown.
        OutputNotWritable: the disk refused it; the former defaults stay.
    """
    if not any(_key(system)):
        raise ModelUnavailable("The cine does not name the system that it comes from. Choose a cine whose DICOM header does.")
    folder_of(name)
    _write(_read() | {_key(system): name})


def rename(old: str, new: str) -> None:
    """A model has another name now (OutputNotWritable if the disk refused to note it)."""
    known = _read()
    if old in known.values():
        _write({key: new if name == old else name for key, name in known.items()})


def forget(name: str) -> None:
    """A model is gone: no system has it as default any more (OutputNotWritable if the disk refused to note it)."""
    known = _read()
    if name in known.values():
        _write({key: other for key, other in known.items() if other != name})


def _key(system: System) -> tuple[str, ...]:
    return tuple(system.get(part, "") for part in PARTS)


def _file() -> Path:
    return user_folder() / "defaults.json"


def _read() -> dict[tuple[str, ...], str]:
    """A file that somebody has damaged counts as none: it holds preferences only."""
    try:
        entries = json.loads(_file().read_text(encoding="utf-8"))["defaults"]
        return {_key(entry["system"]): str(entry["name"]) for entry in entries}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _write(known: dict[tuple[str, ...], str]) -> None:
    entries = [{"system": dict(zip(PARTS, key, strict=True)), "name": name} for key, name in known.items()]
    content = json.dumps({"defaults": entries}, indent=2).encode()
    with made_folders(_file().parent):
        write_whole(_file(), lambda stream: stream.write(content), overwrite=True)
