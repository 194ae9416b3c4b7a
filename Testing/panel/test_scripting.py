"""The lines that README gives for Slicer's Python console."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from panel_scenes import framesOf

README = Path(__file__).resolve().parents[2] / "README.md"


def test_a_node_is_denoised_and_restored_as_the_readme_says(host):
    (snippet,) = re.findall(r"^```python\n(from FluoroDenoise import .*?)^```", README.read_text(), re.DOTALL | re.MULTILINE)
    until, rest = snippet.split("logic.restore")
    known: dict = {}
    exec(compile(until, "README.md", "exec"), known)
    denoised = framesOf(known["node"]).copy()
    exec(compile(f"logic.restore{rest}", "README.md", "exec"), known)
    assert not np.array_equal(framesOf(known["node"]), denoised)
