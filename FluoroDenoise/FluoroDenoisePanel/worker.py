"""The worker process of the panel: which Python runs it."""

from __future__ import annotations

import shutil

from FluoroDenoiseLib.errors import WorkerFailed


def makeRunner():
    """A `FluoroDenoiseLib.jobs.Runner` on PythonSlicer: `sys.executable` is the application itself in Slicer.

    Raises:
        WorkerFailed: the installation has no PythonSlicer.
    """
    from FluoroDenoiseLib.jobs import Runner

    python = shutil.which("PythonSlicer")
    if python is None:
        raise WorkerFailed("Found no PythonSlicer in Slicer's installation, which runs the denoiser. Install Slicer again.")
    return Runner(python=python)
