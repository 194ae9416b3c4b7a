"""Fixtures for tests on real MRML scenes."""

from __future__ import annotations

from pathlib import Path

import pytest
from mrml_scene import Application, a_cine_of, write_xa

from FluoroDenoiseLib import Denoiser
from FluoroDenoiseLib.mrml import load


@pytest.fixture
def app() -> Application:
    return Application()


@pytest.fixture
def scene(app):
    return app.scene


@pytest.fixture
def a_sequence(scene):
    """One cine, loaded: sequence, browser, proxy."""
    return load(a_cine_of(), scene)[0]


@pytest.fixture
def its_browser(scene, a_sequence):
    return scene.GetFirstNodeByClass("vtkMRMLSequenceBrowserNode")


@pytest.fixture
def its_proxy(its_browser, a_sequence):
    return its_browser.GetProxyNode(a_sequence)


@pytest.fixture
def an_xa_file(tmp_path) -> Path:
    return write_xa(tmp_path / "xa.dcm")


@pytest.fixture(scope="session")
def denoiser() -> Denoiser:
    """The bundled network itself, on one thread."""
    import torch

    torch.set_num_threads(1)
    return Denoiser.load("fluoroscopy", device="cpu")
