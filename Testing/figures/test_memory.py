"""A long cine costs its input and its output, and little more: frames stream through the pipeline."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("resource", reason="peak memory is read with POSIX getrusage")
REPOSITORY = Path(__file__).resolve().parents[2]
HALF_A_GIGABYTE = 500_000_000
# The allocator's own wobble between runs; keeping float32 copies of the added frames would cost 100 MB.
SLACK = 40_000_000


def usage(count: int, side: int, mode: str) -> dict[str, int]:
    command = [sys.executable, "-m", "Testing.figures.long_cine", str(count), str(side), mode]
    run = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    return json.loads(run.stdout)


def test_memory_does_not_grow_with_the_number_of_frames_beyond_input_and_output():
    short, long = usage(8, 512, "review"), usage(56, 512, "review")
    grown = long["peak"] - short["peak"]
    frames = long["input"] + long["output"] - short["input"] - short["output"]
    assert grown <= frames + SLACK


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["live", "review"])
def test_three_hundred_large_frames_need_input_output_and_half_a_gigabyte(mode):
    used = usage(300, 1024, mode)
    assert used["peak"] - used["bare"] <= used["input"] + used["output"] + HALF_A_GIGABYTE
