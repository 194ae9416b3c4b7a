"""The Makefile's look at the machine names what is missing and the line that mends it."""

from __future__ import annotations

import ctypes.util
import shutil
import sys

import pytest

from Testing import check_machine


@pytest.mark.parametrize("version", [(3, 9), (3, 14), (2, 7)])
def test_a_wrong_python_is_refused_with_what_was_found_and_what_to_do(version):
    message = check_machine.missing_python(version)
    assert f"Found Python {version[0]}.{version[1]}" in message
    assert "PYTHON=" in message


def test_the_advice_names_a_python_that_starts(monkeypatch):
    monkeypatch.setattr(check_machine, "runs", lambda command: command == "python3.11")
    assert "PYTHON=python3.11" in check_machine.missing_python((3, 9))


def test_an_empty_shell_on_the_path_is_not_advised(tmp_path, monkeypatch):
    shell = tmp_path / "python3.13"
    shell.write_text("#!/bin/sh\nexit 127\n")
    shell.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert check_machine.suitable_python() == ""


@pytest.mark.parametrize("minor", [10, 11, 12, 13])
def test_suitable_pythons_are_taken(minor):
    assert check_machine.missing_python((3, minor), has_pip=True) == ""


def test_a_debian_python_without_venv_is_told_which_package_to_install():
    assert "apt-get install python3-venv" in check_machine.missing_python((3, 11), has_pip=False)


def test_missing_rendering_libraries_give_the_exact_apt_line(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(ctypes.util, "find_library", lambda name: None if name == "OSMesa" else f"lib{name}.so")
    assert check_machine.missing_rendering().endswith("apt-get install libosmesa6")


def test_missing_libraries_of_qt_give_the_exact_apt_line(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(ctypes.util, "find_library", lambda name: None if name == "dbus-1" else f"lib{name}.so")
    assert check_machine.missing_desktop().endswith("apt-get install libdbus-1-3")


def test_other_systems_need_no_rendering_packages(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    assert check_machine.missing_rendering() == ""


def test_absent_validators_are_only_a_note(monkeypatch, capsys):
    monkeypatch.setattr(shutil, "which", lambda name, path=None: None)
    assert check_machine.main(["validators"]) == 0
    assert "apt-get install dicom3tools orthanc" in capsys.readouterr().err


def test_anything_needed_that_is_missing_stops_make(monkeypatch):
    monkeypatch.setitem(check_machine.CHECKS, "rendering", lambda: "missing")
    assert check_machine.main(["python", "rendering"]) == 1
