"""Fixtures that every room's tests share."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent

# The tests run from a checkout as well as against an installed package.
if str(REPOSITORY) not in sys.path:
    sys.path.insert(0, str(REPOSITORY))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of the real recordings that lie beside the repository; they are not part of it."""
    folder = REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"the real recordings are absent (looked for {folder.parent.name}/{folder.name} beside the repository)")
    return folder
