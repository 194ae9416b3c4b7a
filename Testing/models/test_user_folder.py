"""The user's data lie where the system keeps such data, or where the user says."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from FluoroDenoiseLib.models.user_folder import shelf, user_folder


@pytest.mark.parametrize(
    ("system", "variables", "expected"),
    [
        ("linux", {}, ".local/share/FluoroDenoise"),
        ("linux", {"XDG_DATA_HOME": "data"}, "data/FluoroDenoise"),
        ("darwin", {}, "Library/Application Support/FluoroDenoise"),
        ("win32", {"APPDATA": "Roaming"}, "Roaming/FluoroDenoise"),
        ("linux", {"FLUORODENOISE_HOME": "mine"}, "mine"),
    ],
)
def test_the_folder_is_the_systems_place_for_data_or_the_users_choice(monkeypatch, tmp_path, system, variables, expected):
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    for name in ("FLUORODENOISE_HOME", "XDG_DATA_HOME", "APPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, str(tmp_path / value))
    assert user_folder() == tmp_path / expected and shelf() == tmp_path / expected / "models"
