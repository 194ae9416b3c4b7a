"""What a Python file imports and calls, read from its syntax tree: nothing is executed."""

from __future__ import annotations

import ast
from pathlib import Path

LIBRARY = "FluoroDenoiseLib"


def imported_modules(path: Path, package: str = "") -> set[str]:
    """Dotted names that a file imports, relative ones made absolute with `package`, the dotted folder of the file.

    `from a import b` gives a.b: b may be a module. Imports for type checkers only count too: they show what a file knows.
    """
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(node, package)
            names.update(f"{base}.{alias.name}" for alias in node.names)
    return names


def _absolute(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    parts = package.split(".")
    parents = parts[: len(parts) - node.level + 1]
    return ".".join([*parents, node.module] if node.module else parents)


def calls_in(path: Path) -> list[str]:
    """The text of every call in a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Call)]


def library_files(root: Path) -> list[Path]:
    """Every Python file of the library."""
    return sorted((root / LIBRARY).rglob("*.py"))


def package_of(path: Path, root: Path) -> str:
    """Dotted folder of a file."""
    return ".".join(path.relative_to(root).parent.parts)


def room_of(name: str) -> str:
    """Room of a dotted module name of the library: its first folder or file ('' for the package itself)."""
    return (name.split(".") + [""])[1]
