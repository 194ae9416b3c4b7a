"""Real worker processes for the tests."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import pytest
from worker_helpers import start_odd_worker

from FluoroDenoiseLib.jobs import Runner

sys.path.append(str(Path(__file__).resolve().parents[1] / "dicom"))


@pytest.fixture
def temporary_files(tmp_path, monkeypatch):
    """A folder of this test's own for temporary files: whatever is left in it was not cleaned up."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    yield folder
    tempfile.tempdir = None


@pytest.fixture
def runner(temporary_files):
    """A runner whose worker knows the odd kinds of work too."""
    with Runner(start=start_odd_worker()) as runner:
        yield runner
