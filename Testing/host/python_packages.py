"""slicer.packaging: what is installed, and installing with the user's consent. Nothing is ever installed here."""

from __future__ import annotations

import importlib.metadata
from pathlib import Path

from packaging.requirements import Requirement

from Testing.host.dialogs import dialogs


def load_requirements(path) -> list[Requirement]:
    """The requirements in a file."""
    lines = (line.split("#")[0].strip() for line in Path(path).read_text(encoding="utf-8").splitlines())
    return [Requirement(line) for line in lines if line]


def pip_check(req) -> bool:
    """Is this, or are all of these, installed?"""
    if isinstance(req, list):
        return all(pip_check(one) for one in req)
    need = Requirement(req) if isinstance(req, str) else req
    try:
        return importlib.metadata.version(need.name) in need.specifier
    except importlib.metadata.PackageNotFoundError:
        return False


def isPipInstallInProgress() -> bool:
    """Never here."""
    return False


def pip_ensure(
    requirements,
    constraints=None,
    skip_packages=None,
    prompt_install=True,
    prompt_restart=True,
    requester=None,
    skip_in_testing=True,
    show_progress=True,
):
    """Asks before it installs what is missing; the answer False declines.

    Raises:
        RuntimeError: the user declined.
    """
    missing = [str(need) for need in requirements if not pip_check(need)]
    if missing and not dialogs.ask("pip_ensure", f"{requester} needs: {', '.join(missing)}"):
        raise RuntimeError(f"Installation of packages was declined: {', '.join(missing)}")
