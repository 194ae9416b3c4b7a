"""Imports point down: a room knows only what stands below it (the house's plan is in CONTRIBUTING.md)."""

from __future__ import annotations

from pathlib import Path

import pytest
from imports import LIBRARY, calls_in, imported_modules, library_files, package_of, room_of

# Top to bottom. A room may import what stands in a lower line, and itself; not its neighbours in the same line.
LAYERS = (
    ("__main__",),
    ("commands",),
    ("mrml", "jobs"),
    ("provenance",),
    ("training",),
    ("denoiser",),
    ("live",),
    ("passes",),
    ("pilots",),
    ("engine",),
    ("device", "models"),
    ("networks", "stabilised"),
    ("suppression", "quality", "simulation"),
    ("noise", "dicom", "npy"),
    ("blend", "files", "memory", "steps", "units"),
    ("cine",),
    ("errors", "version"),
)
LEVEL = {room: level for level, rooms in enumerate(reversed(LAYERS)) for room in rooms}

# Cine.read is the one convenience that looks up: it opens files through dicom, inside the call.
ALLOWED_UP = {("cine", "dicom")}

# Training that users start: a job and a command that nothing on the way of a cine imports.
OF_USERS = {"finetune", "finetune_report", "finetune_job", "survey_job"}

DEVELOPMENT = {"training", "simulation", "quality"}
SLICER = {"slicer", "vtk", "vtkmodules", "LayerDMLib"}
QT = {"qt", "ctk", "PySide6", "PySide2", "PyQt5", "PyQt6", "PythonQt"}
HEAVY = {"scipy", "skimage", "matplotlib", "torchvision", "pandas"}
NETWORK = {"socket", "ssl", "http", "urllib", "ftplib", "smtplib", "requests", "aiohttp"}
PICKLE = {"pickle", "cPickle", "dill", "shelve", "joblib"}


def rooms_on_disk(root: Path) -> set[str]:
    entries = (root / LIBRARY).iterdir()
    return {path.stem for path in entries if path.suffix == ".py" or any(path.rglob("*.py"))} - {"__init__"}


def imports_by_file(root: Path) -> dict[Path, set[str]]:
    return {path: imported_modules(path, package_of(path, root)) for path in library_files(root)}


def arrows(root: Path) -> set[tuple[str, str, Path]]:
    """Every import between two rooms: from, to, and the file it stands in. The package's own __init__ only gathers names."""
    found = set()
    for path, names in imports_by_file(root).items():
        source = room_of(".".join(path.relative_to(root).with_suffix("").parts))
        targets = {room_of(name) for name in names if name.split(".")[0] == LIBRARY}
        found |= {(source, target, path) for target in targets if target and target != source and source != "__init__"}
    return found


def outsiders(root: Path, forbidden: set[str], except_rooms: set[str] = frozenset()) -> list[str]:
    """Files that import a forbidden top-level module, outside the excepted rooms."""
    return [
        f"{path.relative_to(root)} imports {name}"
        for path, names in imports_by_file(root).items()
        for name in sorted(names)
        if name.split(".")[0] in forbidden and path.relative_to(root / LIBRARY).parts[0] not in except_rooms
    ]


def test_every_room_has_its_place_in_the_plan(root):
    new = rooms_on_disk(root) - set(LEVEL)
    assert not new, f"say in LAYERS where these stand: {sorted(new)}"


def test_imports_point_down(root):
    known = ((source, target, path) for source, target, path in arrows(root) if target in LEVEL and source in LEVEL)
    up = [
        f"{path.relative_to(root)}: {source} -> {target}"
        for source, target, path in known
        if LEVEL[target] >= LEVEL[source] and (source, target) not in ALLOWED_UP
    ]
    assert not up, "\n".join(["imports that do not point down:", *sorted(up)])


def test_nothing_on_the_inference_path_knows_training_or_simulation(root):
    development = {"training", "simulation"}
    into = ((source, target, path) for source, target, path in arrows(root) if target in development)
    others = ((source, target, path) for source, target, path in into if path.stem not in OF_USERS)
    wrong = [f"{path.relative_to(root)} -> {target}" for source, target, path in others if source not in development]
    assert not wrong


def test_only_mrml_knows_slicer(root):
    assert not outsiders(root, SLICER, except_rooms={"mrml"})


def test_the_library_knows_no_qt(root):
    assert not outsiders(root, QT)


def test_the_inference_path_needs_no_plotting_or_science_toolkits(root):
    assert not outsiders(root, HEAVY, except_rooms=DEVELOPMENT)


def test_the_library_opens_no_network_connection(root):
    assert not outsiders(root, NETWORK)


def test_nothing_of_the_user_is_unpickled(root):
    assert not outsiders(root, PICKLE)
    calls = [(path, call) for path in library_files(root) for call in calls_in(path)]
    assert not [path.name for path, call in calls if call.startswith("torch.load(") and "weights_only=True" not in call]
    assert not [path.name for path, call in calls if "allow_pickle=True" in call]


def test_the_library_knows_nothing_of_tests_and_recipes(root):
    assert not outsiders(root, {"Testing", "Training", "FluoroDenoise", "FluoroDenoisePanel", "pytest"})


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("from ..errors import Cancelled", "FluoroDenoiseLib.errors.Cancelled"),
        ("from . import law", "FluoroDenoiseLib.noise.law"),
        ("from .law import NoiseLaw", "FluoroDenoiseLib.noise.law.NoiseLaw"),
        ("def f():\n    import torch.nn", "torch.nn"),
    ],
)
def test_imports_are_read_from_the_syntax(tmp_path, line, expected):
    path = tmp_path / "file.py"
    path.write_text(line)
    assert imported_modules(path, "FluoroDenoiseLib.noise") == {expected}
