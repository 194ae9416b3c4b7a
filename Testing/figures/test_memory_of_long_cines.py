"""A long cine costs its input and its output, and half a gigabyte: frames stream through the pipeline."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("resource", reason="peak memory is read with POSIX getrusage")
REPOSITORY = Path(__file__).resolve().parents[2]
HALF_A_GIGABYTE = 500_000_000


def needed(*arguments: object) -> tuple[int, dict[str, int]]:
    """Bytes beyond a bare Python, input and written output; and all that the process reported."""
    command = [sys.executable, "-m", "Testing.figures.long_cine", *map(str, arguments)]
    run = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    report = json.loads(run.stdout)
    return report["peak"] - report["bare"] - report["input"] - report["output"], report


def test_analysis_and_first_frames_of_a_long_cine_need_half_a_gigabyte_beyond_the_cine():
    extra, report = needed(16, 1024, "review", 2)
    assert report["frames"] == 2
    assert extra <= HALF_A_GIGABYTE


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["live", "review"])
def test_three_hundred_large_frames_need_half_a_gigabyte_beyond_input_and_output(mode):
    extra, report = needed(300, 1024, mode)
    assert report["frames"] == 300
    assert extra <= HALF_A_GIGABYTE
