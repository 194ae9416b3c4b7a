"""What `pip install` puts on a machine: the library with its models, and nothing else of this repository."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from imports import LIBRARY


@pytest.fixture(scope="module")
def wheel(root, committed_files, tmp_path_factory) -> zipfile.ZipFile:
    """The wheel built from the committed files, as pip builds it."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for path in committed_files:
        copy = source / path.relative_to(root)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", target, source]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return zipfile.ZipFile(next(Path(target).glob("fluorodenoise-*.whl")))


def test_the_wheel_holds_the_library_and_nothing_else(wheel):
    tops = {name.split("/")[0] for name in wheel.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {LIBRARY}


def test_the_wheel_holds_every_python_file_and_every_model(wheel, committed_files, root):
    library = (path.relative_to(root).as_posix() for path in committed_files if path.is_relative_to(root / LIBRARY))
    wanted = {name for name in library if name.endswith((".py", ".safetensors", ".json"))}
    assert wanted <= set(wheel.namelist())


def test_the_wheel_carries_the_licence(wheel):
    assert any(name.endswith("licenses/LICENSE") for name in wheel.namelist())
