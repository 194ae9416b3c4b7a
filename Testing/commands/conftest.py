"""Small cines on disk, and the command, in this process or as the user runs it; the makers of DICOM stand next door."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from cine_files import noisy_frames, write_xa

from FluoroDenoiseLib.__main__ import main

REPOSITORY = Path(__file__).parents[2]
sys.path.append(str(REPOSITORY / "Testing" / "dicom"))


class Outcome(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def sentence(self):
        """The one line that tells the error."""
        (line,) = [line for line in self.err.strip().splitlines() if ": frame " not in line]  # a slow machine shows progress
        return line


@pytest.fixture
def fluorodenoise(capsys):
    """Runs the command in this process."""

    def run(*arguments):
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return run


@pytest.fixture
def as_process():
    """Runs the command as the user does; `setup` is Python that its process runs first."""

    def run(*arguments, setup="", cwd=REPOSITORY):
        setup = f"import sys; sys.path.insert(0, {str(REPOSITORY)!r})\n{setup}"
        start = f"{setup}\nfrom FluoroDenoiseLib.__main__ import main; sys.exit(main())"
        command = [sys.executable, "-c", start, *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, cwd=cwd, timeout=120, check=False)
        return Outcome(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def folder(tmp_path):
    """An empty folder for input and output."""
    return tmp_path


@pytest.fixture
def xa(folder):
    """A small noisy XA cine, DICOM multi-frame."""
    return write_xa(folder / "run.dcm", noisy_frames())


@pytest.fixture
def array(folder):
    """The same as .npy."""
    path = folder / "run.npy"
    np.save(path, noisy_frames())
    return path
