"""Runs the module's self-test on PyPI's slicer-core: real MRML scene, real network, stand-ins for the desktop side.

Run by test_module_runs.py in a process of its own, since it puts stand-ins into sys.modules.
"""

from __future__ import annotations

import sys
import types
import unittest
from importlib.metadata import version
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "FluoroDenoise"), str(ROOT), str(ROOT / "Testing")]

import slicer  # noqa: E402
import slicer.util  # noqa: E402, F401
from headless_slicer import HeadlessSlicer  # noqa: E402


class Module:
    """Base of the module, its panel and its logic."""

    def __init__(self, parent=None):
        self.parent = parent


class Marker:
    """A validator of the parameter node."""

    def __init__(self, *values):
        self.values = values


def stand_in(name: str, **names) -> None:
    """Puts a module that slicer-core lacks where imports find it."""
    module = types.ModuleType(name)
    module.__dict__.update(names)
    sys.modules[name] = module
    if name.startswith("slicer."):
        setattr(slicer, name.removeprefix("slicer."), module)


def load_requirements(path: Path) -> list[Requirement]:
    """As slicer.packaging does."""
    lines = path.read_text().splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


def pip_check(requirement: Requirement) -> bool:
    """As slicer.packaging does, for packages that are installed."""
    return version(requirement.name) in requirement.specifier


def stand_ins() -> None:
    """What the module imports of Slicer's desktop side."""
    bases = {f"ScriptedLoadableModule{ending}": Module for ending in ("", "Widget", "Logic")}
    stand_in("slicer.ScriptedLoadableModule", ScriptedLoadableModuleTest=unittest.TestCase, **bases)
    stand_in("slicer.i18n", tr=lambda text: text, translate=lambda context, text: text)
    stand_in("slicer.parameterNodeWrapper", Choice=Marker, WithinRange=Marker, parameterNodeWrapper=lambda kind: kind)
    stand_in("slicer.packaging", load_requirements=load_requirements, pip_check=pip_check)


def main() -> bool:
    """Did the self-test pass?"""
    application = HeadlessSlicer()
    slicer.mrmlScene = application.scene
    stand_ins()
    import FluoroDenoise

    suite = unittest.TestSuite([FluoroDenoise.FluoroDenoiseTest("test_sampleIsDenoisedInPlaceAndRestored")])
    return unittest.TextTestRunner(verbosity=2).run(suite).wasSuccessful()


if __name__ == "__main__":
    sys.exit(not main())
