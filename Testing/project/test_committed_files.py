"""What is committed belongs to everybody: no trace of one machine, no weight that a checkout cannot carry."""

from __future__ import annotations

import re
from pathlib import Path

MEGABYTE = 1 << 20
# Folders of one machine, and hosts that serve packages (spelled so that this file does not accuse itself).
PRIVATE = re.compile(
    r"(?<![\w.~$}-])/(?:work|root|home|Users|tmp/w)/"
    r"|py[p]i\.org|python[h]osted\.org|deb\.debian[.]org|npmjs[.]org|conda[.]anaconda|download\.pytorch[.]org"
)
NAMES_NEEDED = ("LICENSE", "README.md", "CONTRIBUTING.md", "CHANGELOG.md", "CITATION.cff", "pyproject.toml", ".ci/run")


def text_of(path: Path) -> str:
    """The text of a file, empty for binary ones."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def test_no_committed_file_names_a_folder_of_one_machine_or_a_package_host(committed_files, root):
    lines = ((path, line) for path in committed_files for line in text_of(path).splitlines())
    wrong = [f"{path.relative_to(root)}: {line.strip()[:120]}" for path, line in lines if PRIVATE.search(line)]
    assert not wrong, "\n".join(wrong)


def test_the_guard_knows_a_private_path_from_a_relative_one():
    assert PRIVATE.search("open('/ro" + "ot/x')")
    assert not PRIVATE.search("../work/x, net" + "work/x, $HOME/wo" + "rk/x")


def test_a_checkout_stays_small(committed_files):
    sizes = {path: path.stat().st_size for path in committed_files}
    assert sum(sizes.values()) < 80 * MEGABYTE
    assert not [path.name for path, size in sizes.items() if size > 20 * MEGABYTE]


def test_the_files_that_a_visitor_expects_are_there(root):
    assert not [name for name in NAMES_NEEDED if not (root / name).is_file()]


def test_weights_are_only_ever_safetensors(committed_files):
    unsafe = {".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".npz"}
    assert not [path.name for path in committed_files if path.suffix in unsafe]


def test_the_version_is_the_same_everywhere(root):
    from FluoroDenoiseLib import __version__

    assert f"## {__version__}" in (root / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"version: {__version__}\n" in (root / "CITATION.cff").read_text(encoding="utf-8")


def test_test_files_and_their_helpers_have_names_of_their_own(committed_files, root):
    # pytest puts each test folder on sys.path: of two files with one name, the second is never seen.
    names = [path.name for path in committed_files if path.is_relative_to(root / "Testing") and path.suffix == ".py"]
    shared = {"conftest.py", "__init__.py", "__main__.py"}
    assert not {name for name in names if names.count(name) > 1} - shared
