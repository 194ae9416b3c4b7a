"""Packages that are missing are offered inside the click; a refusal, and a machine without internet, are told plainly."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import sys
import types

import pytest
from panel_scenes import addCine, framesOf

HOLDS = {"safetensors": "safetensors", "opencv-python-headless": "cv2", "torch": "torch", "pydicom": "pydicom"}


@pytest.fixture
def lacks(monkeypatch):
    """Lets this Python look as if it lacked packages; `lacks("torch")`."""
    version, find_spec = importlib.metadata.version, importlib.util.find_spec

    def lack(*names, but_importable=()):
        def pretended(name):
            if name in names:
                raise importlib.metadata.PackageNotFoundError(name)
            return version(name)

        modules = {HOLDS[name] for name in names} - set(but_importable)
        monkeypatch.setattr(importlib.metadata, "version", pretended)
        monkeypatch.setattr(importlib.util, "find_spec", lambda name, *rest: None if name in modules else find_spec(name))

    return lack


@pytest.fixture
def installed(monkeypatch):
    """What was installed, instead of installing it: (names, constraints)."""
    import slicer

    done = []

    def ensure(requirements, constraints=None, **options):
        done.append(([need.name for need in requirements], constraints.read_text(), options))

    monkeypatch.setattr(slicer.packaging, "pip_ensure", ensure)
    return done


@pytest.fixture
def a_cine(host, panel):
    node = addCine()
    panel.enter()
    return node


def test_nothing_is_asked_where_nothing_is_missing(host, installed):
    from FluoroDenoisePanel.packages import ensurePackages

    ensurePackages()
    assert not installed and not host.dialogs.asked


def test_any_installed_opencv_will_do(host, installed, lacks):
    from FluoroDenoisePanel.packages import ensurePackages

    lacks("opencv-python-headless", but_importable=["cv2"])
    ensurePackages()
    assert not installed and not host.dialogs.asked


def test_missing_packages_are_offered_with_reason_and_size_and_declining_changes_nothing(host, panel, a_cine, lacks, installed):
    import qt

    before = framesOf(a_cine)
    lacks("safetensors")
    host.dialogs.answer(qt.QMessageBox.Cancel)
    panel.ui.denoiseButton.click()
    assert "runs on safetensors" in host.dialogs.texts[0] and "2 MB" in host.dialogs.texts[0]
    assert "you declined, and nothing was changed" in panel.ui.messageLabel.text
    assert not installed and not panel.context.busy and (framesOf(a_cine) == before).all()


def test_what_slicer_brings_is_frozen_while_missing_packages_are_installed(host, panel, lacks, installed):
    import numpy
    import qt

    from FluoroDenoisePanel.packages import ensurePackages

    lacks("safetensors")
    host.dialogs.answer(qt.QMessageBox.Ok)
    ensurePackages()
    ((names, constraints, options),) = installed
    assert names == ["safetensors"] and f"numpy=={numpy.__version__}\n" in constraints
    assert options == {"prompt_install": False, "requester": "FluoroDenoise"}  # asked once, by the panel


def test_torch_comes_through_the_pytorch_extension_alone(host, panel, a_cine, lacks, installed, monkeypatch):
    import qt

    asked = []
    logic = type("PyTorchUtilsLogic", (), {"installTorch": lambda self, **options: asked.append(options)})
    monkeypatch.setitem(sys.modules, "PyTorchUtils", types.SimpleNamespace(PyTorchUtilsLogic=logic))
    lacks("torch")
    host.dialogs.answer(qt.QMessageBox.Ok)
    panel.ui.denoiseButton.click()
    assert asked == [{"askConfirmation": False, "torchVersionRequirement": ">=2.2"}] and not installed
    assert "PyTorch could not be installed" in panel.ui.messageLabel.text and "pip download" in panel.ui.messageLabel.text


def test_without_the_pytorch_extension_the_user_is_told_to_install_it(host, panel, a_cine, lacks):
    import qt

    lacks("torch")
    host.dialogs.answer(qt.QMessageBox.Ok)
    panel.ui.denoiseButton.click()
    assert "install the PyTorch extension" in panel.ui.messageLabel.text


def test_a_machine_without_internet_is_told_how_to_install_from_a_folder(host, panel, a_cine, lacks, monkeypatch):
    import qt
    import slicer

    def fail(*arguments, **options):
        raise RuntimeError("pip ended with exit code 1")

    monkeypatch.setattr(slicer.packaging, "pip_ensure", fail)
    lacks("safetensors")
    host.dialogs.answer(qt.QMessageBox.Ok)
    panel.ui.denoiseButton.click()
    text = panel.ui.messageLabel.text
    assert "could not be installed (pip ended with exit code 1)" in text
    assert "--no-index" in text and "requirements.txt" in text
