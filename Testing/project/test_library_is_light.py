"""Importing or installing the library costs little, and brings neither Slicer nor Qt nor plotting."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
from collections.abc import Iterator

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

HEAVY = {"torch", "cv2", "pydicom", "SimpleITK", "scipy", "skimage", "matplotlib", "vtk", "slicer"}
UNWANTED = {"slicer-core", "trame-slicer", "vtk", "pyside6", "pyqt5", "pyqt6", "matplotlib", "torchvision", "bm3d", "bm4d"}

# Processor time: a machine that is busy with other things does not make the import dearer.
TIMED_IMPORT = """
import time
start = time.process_time()
import FluoroDenoiseLib
print(time.process_time() - start)
"""

FROM_A_WINDOW = """
import sys
import numpy
from FluoroDenoiseLib import Cine
from FluoroDenoiseLib.jobs import finetune_job, survey_job
from FluoroDenoiseLib.models.defaults import default_for
from FluoroDenoiseLib.training.run_folder import found_runs
from FluoroDenoiseLib.training.site_cines import write_cine
write_cine(Cine(numpy.ones((2, 8, 8))), {path!r})
default_for({{"manufacturer": "Maker"}}), found_runs()
print(' '.join(name.split('.')[0] for name in sys.modules))
"""


def python(root, code: str) -> str:
    """What a fresh interpreter prints."""
    run = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    return run.stdout.strip()


@pytest.fixture(scope="module")
def project(root) -> dict:
    """The project table of pyproject.toml."""
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def needs_of(name: str) -> list[Requirement]:
    """What an installed package needs without extras on this machine; nothing where it is not installed."""
    try:
        lines = importlib.metadata.requires(name) or []
    except importlib.metadata.PackageNotFoundError:
        return []
    return [need for need in map(Requirement, lines) if need.marker is None or need.marker.evaluate({"extra": ""})]


def everything_needed(needs: list[Requirement]) -> Iterator[str]:
    """Names of the packages that these needs bring, theirs included."""
    seen: set[str] = set()
    while needs:
        name = canonicalize_name(needs.pop().name)
        if name not in seen:
            seen.add(name)
            needs.extend(needs_of(name))
            yield name


@pytest.mark.timed
def test_importing_the_library_takes_less_than_300_ms(root):
    assert min(float(python(root, TIMED_IMPORT)) for _ in range(3)) < 0.3


def test_importing_the_library_imports_nothing_heavy(root):
    loaded = python(root, "import sys, FluoroDenoiseLib; print(' '.join(name.split('.')[0] for name in sys.modules))")
    assert not HEAVY & set(loaded.split())


@pytest.mark.parametrize(("chosen", "policy"), [(None, "PASSIVE"), ("ACTIVE", "ACTIVE")])
def test_threads_of_a_computation_sleep_while_they_wait_unless_the_user_says_otherwise(root, monkeypatch, chosen, policy):
    """Those that compute while they wait keep a busy machine, as Slicer's is, from the very work they wait for."""
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    if chosen:
        monkeypatch.setenv("OMP_WAIT_POLICY", chosen)
    assert python(root, "import os, FluoroDenoiseLib; print(os.environ['OMP_WAIT_POLICY'])").strip() == policy


def test_what_a_window_does_of_a_finetuning_imports_nothing_heavy(root, tmp_path):
    """The frames are written, the job is handed over, runs and defaults are looked up: all in the window's own process."""
    loaded = python(root, FROM_A_WINDOW.format(path=str(tmp_path / "cine.npz")))
    assert not HEAVY & set(loaded.split())


def test_installing_the_library_brings_no_slicer_qt_or_plotting(project):
    needed = set(everything_needed([Requirement(line) for line in project["dependencies"]]))
    assert "numpy" in needed
    assert "sympy" in needed, "torch's own needs were not followed"
    assert not UNWANTED & needed


def test_what_slicer_installs_is_what_the_library_asks_for(root, project):
    """Slicer brings numpy and SimpleITK, the PyTorch extension brings torch; the rest is in requirements.txt, alike."""
    lines = (root / "FluoroDenoise" / "Resources" / "requirements.txt").read_text().splitlines()
    offered = {line for line in lines if line and not line.startswith("#")}
    brought = {"numpy", "SimpleITK", "torch"}
    assert offered == {line for line in project["dependencies"] if Requirement(line).name not in brought}


def test_the_command_of_the_package_exists(root, project):
    module = project["scripts"]["fluorodenoise"].split(":")[0]
    assert (root / (module.replace(".", "/") + ".py")).exists()
