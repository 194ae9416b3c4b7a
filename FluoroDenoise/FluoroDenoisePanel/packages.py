"""Python packages at first use: asked for inside the click, never at import, never replacing what Slicer brings."""

from __future__ import annotations

import importlib.metadata
import importlib.util
from pathlib import Path
from tempfile import TemporaryDirectory

REQUIREMENTS = Path(__file__).resolve().parent.parent / "Resources" / "requirements.txt"
FROZEN = ("numpy", "SimpleITK", "requests")


def ensurePackages() -> None:
    """Installs, with the user's consent, what is missing of torch and of requirements.txt.

    Raises:
        RuntimeError: the user declined, or the PyTorch extension is absent.
    """
    _ensureTorch()
    import slicer.packaging

    missing = [need for need in slicer.packaging.load_requirements(REQUIREMENTS) if not _isMet(need)]
    if not missing:
        return
    with TemporaryDirectory() as folder:
        constraints = Path(folder) / "constraints.txt"
        constraints.write_text(_constraints())
        slicer.packaging.pip_ensure(missing, constraints=constraints, requester="FluoroDenoise")


def _isMet(requirement) -> bool:
    """Any installed cv2 will do, whichever of OpenCV's packages it came from."""
    import slicer.packaging

    isOpencv = requirement.name.startswith("opencv-")
    return slicer.packaging.pip_check(requirement) or (isOpencv and importlib.util.find_spec("cv2") is not None)


def _constraints() -> str:
    installed = ((name, _version(name)) for name in FROZEN)
    return "".join(f"{name}=={version}\n" for name, version in installed if version)


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _ensureTorch() -> None:
    spec = importlib.util.find_spec("torch")
    # A half-removed torch leaves a folder without code: a spec without an origin.
    if spec is not None and spec.origin:
        return
    try:
        from PyTorchUtils import PyTorchUtilsLogic
    except ImportError as error:
        raise RuntimeError("FluoroDenoise needs PyTorch: install the PyTorch extension in the Extensions Manager.") from error
    if PyTorchUtilsLogic().installTorch(askConfirmation=True) is None:
        raise RuntimeError("FluoroDenoise needs PyTorch, and its installation was declined: nothing was changed.")
