"""A data folder of the user's for each test of the models."""

from __future__ import annotations

import pytest


@pytest.fixture
def home(tmp_path, monkeypatch):
    """The user's data folder of FluoroDenoise; it does not exist yet."""
    folder = tmp_path / "home"
    monkeypatch.setenv("FLUORODENOISE_HOME", str(folder))
    return folder
