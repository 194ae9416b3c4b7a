"""Where FluoroDenoise keeps what is the user's own: models, fine-tunings under way, the defaults of systems."""

from __future__ import annotations

import os
import sys
from pathlib import Path

NAME = "FluoroDenoise"
HOME = "FLUORODENOISE_HOME"


def user_folder() -> Path:
    """The folder that the environment variable FLUORODENOISE_HOME names, else the system's place for a program's data.

    It need not exist yet. On Windows it is below %APPDATA%, on macOS below ~/Library/Application Support, elsewhere below
    $XDG_DATA_HOME or ~/.local/share.
    """
    if chosen := os.environ.get(HOME):
        return Path(chosen)
    return _place_for_data() / NAME


def shelf() -> Path:
    """The folder of the user's own models."""
    return user_folder() / "models"


def _place_for_data() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
