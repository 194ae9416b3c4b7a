"""Fixtures that every room's tests share."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent

# The tests run from a checkout as well as against an installed package.
if str(REPOSITORY) not in sys.path:
    sys.path.insert(0, str(REPOSITORY))


@pytest.fixture(scope="session", autouse=True)
def home_of_all(tmp_path_factory) -> Path:
    """The user's data folder of FluoroDenoise for all tests, away from that of whoever runs them.

    It is one for all: a warm worker keeps the environment that it was started with.
    """
    home = tmp_path_factory.mktemp("home")
    os.environ["FLUORODENOISE_HOME"] = str(home)
    return home


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of the real recordings that lie beside the repository; they are not part of it."""
    folder = REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"the real recordings are absent (looked for {folder.parent.name}/{folder.name} beside the repository)")
    return folder


@pytest.fixture
def host():
    """The stand-in for Slicer's desktop side (Testing/host), one in a process; every test begins with an empty scene.

    `host.open()` shows the FluoroDenoise panel and returns its Python object; `host.dialogs.answer(...)` answers modal
    dialogs; `host.process()` and `host.wait(condition)` run the event loop.
    """
    from Testing.host.desktop import start

    desktop = start()
    yield desktop
    errors = list(desktop.errors)
    desktop.reset()
    assert not errors, "raised in a slot or observer, which the application would have written to its log only"


@pytest.fixture
def panel(host):
    """The FluoroDenoise panel as the user sees it first; `panel.ui` holds its widgets."""
    return host.open()
