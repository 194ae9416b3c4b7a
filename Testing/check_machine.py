"""Says in one sentence what this machine lacks, before anything is installed.

    python3 Testing/check_machine.py python rendering desktop validators

The Makefile runs it with whatever Python it finds: it needs the standard library only, and Python 3.6 understands it.
"""

import ctypes.util
import importlib.util
import os
import shutil
import subprocess
import sys

OLDEST, NEWEST = (3, 10), (3, 13)
RENDERING = {"EGL": "libegl1", "GL": "libgl1", "OSMesa": "libosmesa6"}
DESKTOP = {"xkbcommon": "libxkbcommon0", "fontconfig": "libfontconfig1", "dbus-1": "libdbus-1-3", "glib-2.0": "libglib2.0-0"}
VALIDATORS = {"dciodvfy": "dicom3tools", "Orthanc": "orthanc"}
HAS_PIP = importlib.util.find_spec("ensurepip") is not None


def apt_line(packages: list) -> str:
    """The Debian command that installs `packages`."""
    return "apt-get install " + " ".join(packages)


def runs(command: str) -> bool:
    """Does this Python start? A name on PATH may be an empty shell of a version manager."""
    if not shutil.which(command):
        return False
    return subprocess.call([command, "--version"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0


def suitable_python() -> str:
    """The newest suitable Python on PATH, '' if there is none."""
    names = (f"python3.{minor}" for minor in range(NEWEST[1], OLDEST[1] - 1, -1))
    return next((name for name in names if runs(name)), "")


def missing_python(version: tuple = sys.version_info[:2], has_pip: bool = HAS_PIP) -> str:
    """What is wrong with a Python of this version, '' if nothing is; `has_pip`: can it make environments with pip?"""
    if not OLDEST <= version <= NEWEST:
        other = suitable_python()
        advice = f"add PYTHON={other} to" if other else "install one and add PYTHON=/path/to/python3.12 to"
        found = f"Found Python {version[0]}.{version[1]}; FluoroDenoise needs Python 3.10 to 3.13"
        return f"{found}: {advice} the make command."
    if not has_pip:
        return f"This Python cannot make environments; on Debian: {apt_line(['python3-venv'])}"
    return ""


def missing_libraries(libraries: dict, purpose: str) -> str:
    """Which system libraries `purpose` lacks (Linux only; other systems bring them), '' if none."""
    if not sys.platform.startswith("linux"):
        return ""
    missing = [package for library, package in libraries.items() if not ctypes.util.find_library(library)]
    return f"{purpose} lacks system libraries; on Debian: {apt_line(missing)}" if missing else ""


def missing_rendering() -> str:
    """What off-screen rendering lacks, '' if nothing."""
    return missing_libraries(RENDERING, "Off-screen rendering of Slicer's views")


def missing_desktop() -> str:
    """What the tests' stand-in for Slicer's windows lacks (it runs on Qt, off screen), '' if nothing."""
    return missing_libraries(DESKTOP, "Qt, on which the panel is tested,")


def missing_validators() -> str:
    """Which outside judges of our DICOM files are absent, '' if all are here."""
    places = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin"])
    missing = [package for program, package in VALIDATORS.items() if not shutil.which(program, path=places)]
    if not missing:
        return ""
    return f"Note: the tests that need an outside DICOM judge will be skipped; on Debian: {apt_line(missing)}"


CHECKS = {
    "python": missing_python,
    "rendering": missing_rendering,
    "desktop": missing_desktop,
    "validators": missing_validators,
}
OPTIONAL = {"validators"}


def main(names: list) -> int:
    """Prints what is missing; 1 if anything needed is."""
    messages = {name: CHECKS[name]() for name in names}
    for message in filter(None, messages.values()):
        print(message, file=sys.stderr)
    return int(any(message for name, message in messages.items() if name not in OPTIONAL))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
