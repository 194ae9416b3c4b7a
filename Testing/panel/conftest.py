"""What the panel's tests share: the makers of DICOM files stand in the room next door; every test begins without models."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).resolve().parents[1] / "dicom"))


@pytest.fixture(autouse=True)
def home(home_of_all) -> Path:
    """The user's data folder of FluoroDenoise, empty."""
    shutil.rmtree(home_of_all, ignore_errors=True)
    return home_of_all


@pytest.fixture
def panel(host, panel):
    """The panel; what a test leaves in the section Fine-tune, a run among it, is gone before the next."""
    from finetuning import empty

    yield panel
    empty(host, host.open())
