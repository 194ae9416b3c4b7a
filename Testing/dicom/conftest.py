"""Fixtures of the DICOM tests."""

from __future__ import annotations

from pathlib import Path

import make_dicom
import pytest

RECORD = {
    "software": "FluoroDenoise 0.1.0",
    "model": "fluoroscopy",
    "model_sha256": "ab" * 32,
    "mode": "review",
    "strength": 0.8,
}


@pytest.fixture
def record() -> dict:
    """What a denoiser notes down of its work."""
    return dict(RECORD)


@pytest.fixture
def saved(tmp_path):
    """Saves a dataset under a name in a fresh folder."""

    def save(header, name: str = "cine.dcm") -> Path:
        return make_dicom.save(header, tmp_path / name)

    return save
