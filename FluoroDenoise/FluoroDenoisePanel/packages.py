"""Python packages at first use: asked for inside the click, never at import, never replacing what Slicer brings."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import slicer
from slicer.i18n import tr as _

from FluoroDenoiseLib.errors import FluoroDenoiseError

REQUIREMENTS = Path(__file__).resolve().parent.parent / "Resources" / "requirements.txt"
TORCH = ">=2.2"
FROZEN = ("numpy", "SimpleITK", "requests")
MODULES = {"torch": "torch", "safetensors": "safetensors", "opencv-python-headless": "cv2", "pydicom": "pydicom"}
SIZES = {"torch": 700, "opencv-python-headless": 180, "python-gdcm": 45, "pydicom": 15, "safetensors": 2}
"""Megabytes on disk, on Linux and without a graphics card; with one, torch takes several gigabytes."""


class PackagesMissing(FluoroDenoiseError):
    """The user declined an installation, or it failed."""


def arePackagesThere() -> bool:
    """A quick look, which imports nothing: can the worker do its work?"""
    return all(_isThere(module) for module in MODULES.values())


def ensurePackages() -> None:
    """Installs, with the user's consent, what is missing of torch and of requirements.txt.

    Raises:
        PackagesMissing: the user declined, the installation failed, or the PyTorch extension is absent.
    """
    needs, torch = _missingRequirements(), not _isThere("torch")
    if not needs and not torch:
        return
    names = [*(["torch"] if torch else []), *(need.name for need in needs)]
    said = ", ".join(names)
    if not slicer.util.confirmOkCancelDisplay(_question(names), "FluoroDenoise", detailedText=howToInstallOffline()):
        raise PackagesMissing(_("FluoroDenoise needs {names}; you declined, and nothing was changed.").format(names=said))
    try:
        if torch:
            _installTorch()
        if needs:
            _install(needs)
    except PackagesMissing:
        raise
    except Exception as error:  # pip fails in many ways; none of them is the user's
        text = _("{names} could not be installed ({error}). {offline}")
        raise PackagesMissing(text.format(names=said, error=error, offline=howToInstallOffline())) from error


def howToInstallOffline() -> str:
    """What to do on a machine without internet."""
    return _(
        "Without internet: carry {requirements} to a computer with internet, the same system and Python {version}, run there\n"
        "    python -m pip download torch -r requirements.txt -d wheels\n"
        "carry the folder wheels here, and run in Slicer's Python console\n"
        "    slicer.util.pip_install(['--no-index', '--find-links', r'FOLDER/wheels', 'torch', '-r', r'{requirements}'])"
    ).format(version="{}.{}".format(*sys.version_info), requirements=REQUIREMENTS)


def _question(names: list[str]) -> str:
    size = sum(SIZES[name] for name in names)
    return _(
        "The denoiser runs on {names}, which this Slicer lacks. They are downloaded from the Python Package Index and take "
        "about {size} MB on disk, several GB with a graphics card. What Slicer itself brings is not changed.\n\nInstall them?"
    ).format(names=", ".join(names), size=size)


def _missingRequirements() -> list:
    from slicer.packaging import load_requirements

    return [need for need in load_requirements(REQUIREMENTS) if not _isMet(need)]


def _isMet(requirement) -> bool:
    """Any installed cv2 will do, whichever of OpenCV's packages it came from."""
    from slicer.packaging import pip_check

    return pip_check(requirement) or (requirement.name.startswith("opencv-") and _isThere("cv2"))


def _isThere(module: str) -> bool:
    """A half-removed package leaves a folder without code: a spec without an origin."""
    spec = importlib.util.find_spec(module)
    return spec is not None and bool(spec.origin)


def _installTorch() -> None:
    try:
        from PyTorchUtils import PyTorchUtilsLogic
    except ImportError as error:
        raise PackagesMissing(
            _("FluoroDenoise needs PyTorch: install the PyTorch extension in the Extensions Manager, and restart Slicer.")
        ) from error
    if PyTorchUtilsLogic().installTorch(askConfirmation=False, torchVersionRequirement=TORCH) is None:
        raise PackagesMissing(_("PyTorch could not be installed. {offline}").format(offline=howToInstallOffline()))


def _install(needs: list) -> None:
    from slicer.packaging import pip_ensure

    with TemporaryDirectory() as folder:
        constraints = Path(folder) / "constraints.txt"
        constraints.write_text(_constraints())
        pip_ensure(needs, constraints=constraints, prompt_install=False, requester="FluoroDenoise")


def _constraints() -> str:
    installed = ((name, _version(name)) for name in FROZEN)
    return "".join(f"{name}=={version}\n" for name, version in installed if version)


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None
