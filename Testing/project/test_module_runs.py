"""The module's own self-test, the one that the workflow runs in the real application, passes on slicer-core."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.slow
def test_the_module_denoises_its_sample_in_place_and_restores_it(root):
    script = root / "Testing" / "project" / "module_on_slicer_core.py"
    run = subprocess.run([sys.executable, script], cwd=root, capture_output=True, text=True, timeout=300, check=False)
    assert run.returncode == 0, run.stderr[-2000:]
    assert "test_sampleIsDenoisedInPlaceAndRestored" in run.stderr
