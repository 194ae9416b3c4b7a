"""Says in one sentence what this machine lacks, before anything is installed.

    python3 Testing/check_machine.py python rendering validators

The Makefile runs it with whatever Python it finds, so it needs nothing but the standard library.
"""

from __future__ import annotations

import ctypes.util
import importlib.util
import os
import shutil
import sys
from collections.abc import Iterable

OLDEST, NEWEST = (3, 10), (3, 13)
RENDERING = {"EGL": "libegl1", "GL": "libgl1", "OSMesa": "libosmesa6"}
VALIDATORS = {"dciodvfy": "dicom3tools", "Orthanc": "orthanc"}


def apt_line(packages: Iterable[str]) -> str:
    """The Debian command that installs `packages`."""
    return "apt-get install " + " ".join(packages)


def other_pythons() -> list[str]:
    """Commands of suitable Python versions found on PATH."""
    names = (f"python3.{minor}" for minor in range(NEWEST[1], OLDEST[1] - 1, -1))
    return [name for name in names if shutil.which(name)]


def missing_python(version: tuple[int, int] = sys.version_info[:2], has_pip: bool | None = None) -> str | None:
    """What is wrong with a Python of this version, None if nothing is; `has_pip`: can it make environments with pip?"""
    if not OLDEST <= version <= NEWEST:
        advice = "".join(f"add PYTHON={name} to the make command" for name in other_pythons()[:1])
        return (
            f"Found Python {version[0]}.{version[1]}; FluoroDenoise needs Python 3.10 to 3.13: "
            f"{advice or 'install one and name it, make PYTHON=/path/to/python3.12 ...'}."
        )
    if has_pip is None:
        has_pip = importlib.util.find_spec("ensurepip") is not None
    if not has_pip:
        return f"This Python cannot make environments; on Debian: {apt_line(['python3-venv'])}"
    return None


def missing_rendering() -> str | None:
    """What off-screen rendering lacks (Linux only; other systems bring it), None if nothing."""
    if not sys.platform.startswith("linux"):
        return None
    missing = [package for library, package in RENDERING.items() if not ctypes.util.find_library(library)]
    return f"Off-screen rendering of Slicer's views lacks system libraries; on Debian: {apt_line(missing)}" if missing else None


def missing_validators() -> str | None:
    """Which outside judges of our DICOM files are absent, None if all are here."""
    places = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin"])
    missing = [package for program, package in VALIDATORS.items() if not shutil.which(program, path=places)]
    if not missing:
        return None
    return f"Note: the tests that need an outside DICOM judge will be skipped; on Debian: {apt_line(missing)}"


CHECKS = {"python": missing_python, "rendering": missing_rendering, "validators": missing_validators}
OPTIONAL = {"validators"}


def main(names: list[str]) -> int:
    """Prints what is missing; 1 if anything needed is."""
    failed = 0
    for name in names:
        message = CHECKS[name]()
        if message:
            print(message, file=sys.stderr)
            failed |= name not in OPTIONAL
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
