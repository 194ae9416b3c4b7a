"""Slicer packages only what the CMake lists name: they must equal the committed files."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from refresh_cmake_lists import PACKAGED, packaged_files


@pytest.fixture(scope="module")
def cmake_output(root) -> list[str]:
    """What our CMake files ask of Slicer's build, one line each, read by the real cmake."""
    places = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    cmake = shutil.which("cmake", path=places)
    assert cmake, "cmake is missing: install the test extra, pip install -e .[test]"
    script = root / "Testing" / "project" / "packaged_files.cmake"
    run = subprocess.run([cmake, f"-DROOT={root}", "-P", script], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return [line.removeprefix("-- ") for line in run.stdout.splitlines()]


def listed(output: list[str], kind: str, folder: str) -> list[str]:
    """The list of one kind in one folder."""
    start = f"{kind} {folder}/"
    return [line.removeprefix(start) for line in output if line.startswith(start)]


def difference(lines: list[str], files: list[str]) -> str:
    """The lines to add and to remove; empty where the list is right."""
    add = [f"\n  add     {name}" for name in sorted(set(files) - set(lines))]
    remove = [f"\n  remove  {name}" for name in sorted(set(lines) - set(files))]
    twice = [f"\n  listed twice  {name}" for name in sorted(set(lines)) if lines.count(name) > 1]
    return "".join(add + remove + twice)


@pytest.mark.parametrize("folder", PACKAGED)
@pytest.mark.parametrize(("kind", "python"), [("SCRIPT", True), ("RESOURCE", False)])
def test_lists_name_every_committed_file_once(cmake_output, committed_files, folder, kind, python):
    wrong = difference(listed(cmake_output, kind, folder), packaged_files(folder, python))
    assert not wrong, f"{folder}/CMakeLists.txt (Testing/project/refresh_cmake_lists.py mends it):{wrong}"


def test_a_forgotten_and_a_stale_line_are_both_named():
    assert difference(["a.py", "gone.py"], ["a.py", "new.py"]) == "\n  add     new.py\n  remove  gone.py"


def test_the_library_is_installed_as_a_folder_beside_the_module(cmake_output):
    assert "MODULE FluoroDenoise WITH_SUBDIR=FALSE" in cmake_output
    assert "MODULE FluoroDenoiseLib WITH_SUBDIR=TRUE" in cmake_output


def test_the_extension_says_who_what_and_what_it_needs(cmake_output):
    fields = dict(line.removeprefix("EXTENSION ").split("=", 1) for line in cmake_output if line.startswith("EXTENSION "))
    assert all(fields.values())
    assert fields["DEPENDS"] == "PyTorch"
    assert "Research use only" in fields["DESCRIPTION"]


def test_the_module_folder_is_no_package(root):
    assert not (root / "FluoroDenoise" / "__init__.py").exists(), "with an __init__.py Slicer does not find the module"
