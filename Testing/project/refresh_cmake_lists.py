"""Writes the names of the committed files into the lists of the CMake files: python Testing/project/refresh_cmake_lists.py

Slicer packages only what these lists name; test_cmake_lists.py holds them against the files.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGED = ("FluoroDenoise", "FluoroDenoiseLib")
LISTS = {"MODULE_PYTHON_SCRIPTS": True, "MODULE_PYTHON_RESOURCES": False}


def packaged_files(folder: str, python: bool) -> list[str]:
    """Committed files below `folder`, relative to it: Python files, or everything else that is not for the build."""
    listed = subprocess.run(["git", "ls-files", "-z", folder], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    paths = (Path(name).relative_to(folder) for name in listed.split("\0") if name and (ROOT / name).is_file())
    return sorted(path.as_posix() for path in paths if path.name != "CMakeLists.txt" and (path.suffix == ".py") == python)


def with_lists(text: str, folder: str) -> str:
    """The text of a CMakeLists.txt with its lists renewed."""
    for name, python in LISTS.items():
        lines = "".join(f"  {file}\n" for file in packaged_files(folder, python))
        text = re.sub(rf"set\({name}\n.*?  \)\n", f"set({name}\n{lines}  )\n", text, flags=re.DOTALL)
    return text


def main() -> None:
    """Renews the lists of every packaged folder."""
    for folder in PACKAGED:
        path = ROOT / folder / "CMakeLists.txt"
        path.write_text(with_lists(path.read_text(), folder))


if __name__ == "__main__":
    main()
