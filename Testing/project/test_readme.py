"""What the README promises a visitor is there: its pictures and files, its commands, and its lines of Python."""

from __future__ import annotations

import re

import numpy as np
import pytest

TARGET = re.compile(r"\]\((?!https?:)([^)#\s]+)[^)]*\)")
SNIPPET = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)


@pytest.fixture
def readme(root):
    return (root / "README.md").read_text(encoding="utf-8")


def test_every_picture_and_file_that_it_links_to_is_committed(readme, root, committed_files):
    linked = {root / target for target in TARGET.findall(readme)}
    assert len(linked) > 5
    assert linked <= {*committed_files}, linked - {*committed_files}


def test_every_picture_of_the_panel_is_shown(readme, root, committed_files):
    taken = {path.name for path in committed_files if path.parent.name == "Screenshots" and not path.stem.endswith("-dark")}
    assert {name for name in taken if name not in readme} <= {"compare-flip.png", "panel-error.png"}


def test_every_command_that_it_shows_is_understood(readme):
    from FluoroDenoiseLib.__main__ import parser

    shown = re.findall(r"^\.venv/bin/fluorodenoise +(.*?)(?: +#.*)?$", readme, re.MULTILINE)
    assert len(shown) >= 3
    for line in shown:
        parser().parse_args(line.split())


def test_its_lines_of_python_run_as_they_stand(readme, tmp_path, monkeypatch):
    from FluoroDenoiseLib import Cine

    snippet, _in_slicer = SNIPPET.findall(readme)  # the latter: Testing/panel/test_scripting.py
    cine = Cine(np.random.default_rng(0).poisson(100, (5, 72, 72)).astype(np.uint16), frame_time=1 / 15, intensity="LIN")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Cine, "read", classmethod(lambda cls, path: cine))
    known = {}
    exec(compile(snippet, "README.md", "exec"), known)
    assert known["result"].shape == cine.shape and known["clear"].shape == cine.shape[1:]
    assert known["clear"].dtype == known["result"].frames.dtype == cine.frames.dtype
