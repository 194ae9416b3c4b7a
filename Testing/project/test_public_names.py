"""Every public name of the library says what it does, with types."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from imports import library_files

Function = (ast.FunctionDef, ast.AsyncFunctionDef)


def public_definitions(tree: ast.Module | ast.ClassDef, prefix: str = "") -> Iterator[tuple[str, ast.AST]]:
    """Public functions, classes and methods with their dotted names; what is nested in a function is its own affair."""
    for node in tree.body:
        if isinstance(node, (*Function, ast.ClassDef)) and not node.name.startswith("_"):
            yield prefix + node.name, node
            if isinstance(node, ast.ClassDef):
                yield from public_definitions(node, prefix + node.name + ".")


def is_overload(node: ast.AST) -> bool:
    """Does a decorator make this a second face of a documented name?"""
    names = {ast.unparse(decorator).split(".")[-1] for decorator in getattr(node, "decorator_list", [])}
    return bool(names & {"setter", "overload", "override"})


def documented_elsewhere(tree: ast.Module) -> set[str]:
    """Methods that a protocol of the same file describes; and torch's forward, which the class's own docstring describes."""
    kinds = (node for node in tree.body if isinstance(node, ast.ClassDef))
    protocols = (kind for kind in kinds if "Protocol" in {ast.unparse(base).split("[")[0] for base in kind.bases})
    methods = (node for protocol in protocols for node in protocol.body if isinstance(node, Function))
    return {"forward"} | {method.name for method in methods if ast.get_docstring(method)}


def untyped(node: ast.FunctionDef) -> list[str]:
    """Arguments without a type, and 'return' where the result has none."""
    arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    names = [argument.arg for argument in arguments if argument.annotation is None]
    missing = [name for name in names if name not in ("self", "cls")]
    return missing if node.returns is not None else [*missing, "return"]


def named(root: Path) -> Iterator[tuple[str, ast.AST]]:
    for path in library_files(root):
        for name, node in public_definitions(ast.parse(path.read_text(encoding="utf-8"))):
            yield f"{path.relative_to(root)}: {name}", node


def silent_names(path: Path) -> list[str]:
    """Public names of a file without a docstring of their own or of their kind."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    told = documented_elsewhere(tree)
    names = ((name, node) for name, node in public_definitions(tree) if not ast.get_docstring(node) and not is_overload(node))
    return [f"{path.name}: {name}" for name, node in names if "." not in name or node.name not in told]


def test_every_public_name_is_documented(root):
    silent = [line for path in library_files(root) for line in silent_names(path)]
    assert not silent, "\n".join(["without a docstring:", *silent])


def test_every_public_function_has_types(root):
    functions = ((name, node) for name, node in named(root) if isinstance(node, Function))
    wrong = [f"{name}: {', '.join(untyped(node))}" for name, node in functions if untyped(node)]
    assert not wrong, "\n".join(["without a type:", *wrong])


def test_every_file_says_what_it_is(root):
    files = (path for path in library_files(root) if path.read_text(encoding="utf-8").strip())
    silent = [path.name for path in files if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))]
    assert not silent
