"""A long cine is held once: reading and writing go frame by frame."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import make_dicom as make
import numpy as np
import pytest
from pydicom.uid import RLELossless

MEASURE = r"""
import json, re, sys
from pathlib import Path
from FluoroDenoiseLib.dicom import read_cine, write_derived
import pydicom.pixels, SimpleITK
# Not ru_maxrss: a child begins with the peak of the process that started it.
peak = lambda: int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]) / 1024
marks = [peak()]
cine = read_cine(sys.argv[1])
marks.append(peak())
write_derived(cine, sys.argv[2], original=cine)
marks.append(peak())
print(json.dumps([cine.frames.nbytes / 2**20, marks[1] - marks[0], marks[2] - marks[1]]))
"""


pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process its own peak")


def measured(source: Path, target: Path) -> tuple[float, float, float]:
    """Megabytes of the cine, and by how much reading and then writing raise the peak of a fresh process."""
    done = subprocess.run([sys.executable, "-c", MEASURE, source, target], capture_output=True, text=True, cwd=make.REPOSITORY)
    assert done.returncode == 0, done.stderr
    return tuple(json.loads(done.stdout))


@pytest.mark.parametrize("packed", [False, True])
def test_a_cine_is_never_held_twice(tmp_path, packed):
    frames = np.repeat(make.noise(1, rows=512, columns=512), 200, axis=0)
    header = make.xa(frames[:20] if packed else frames)
    if packed:
        header.compress(RLELossless)
    size, reading, writing = measured(make.save(header, tmp_path / "in.dcm"), tmp_path / "out.dcm")
    assert reading < size + 45
    assert writing < 25


@pytest.mark.slow
def test_a_cine_of_600_megabytes_needs_little_more(tmp_path):
    frames = np.broadcast_to(make.noise(1, rows=1024, columns=1024), (300, 1024, 1024))
    size, reading, writing = measured(make.save(make.xa(frames), tmp_path / "in.dcm"), tmp_path / "out.dcm")
    assert size == 600
    assert reading + writing < size + 60
