"""The project's own sources, parsed once, for the tests of this folder."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SRC = ROOT / "src"
UNREAD = frozenset(
    {".git", ".venv", ".stamps", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis", ".import_linter_cache"}
)
BUILT = frozenset({"node_modules", "target", "dist", "assets", "page", "test-results", "__pycache__"})


@dataclass(frozen=True, slots=True)
class Module:
    """A Python file: where it is, its text and its tree."""

    path: Path
    text: str
    tree: ast.Module

    @property
    def name(self) -> str:
        """Path from the project's root, for messages."""
        return self.path.relative_to(ROOT).as_posix()

    def at(self, node: ast.AST) -> str:
        """`path:line` of a node."""
        return f"{self.name}:{getattr(node, 'lineno', 0)}"


def modules(*folders: str) -> Iterator[Module]:
    """Every Python module under the folders, named from the root."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if not BUILT & set(path.relative_to(ROOT).parts):
                yield _module(path)


@cache
def _module(path: Path) -> Module:
    text = path.read_text(encoding="utf-8")
    return Module(path, text, ast.parse(text, str(path)))


def own_files() -> Iterator[Path]:
    """Every text file that is the project's own: not installed, fetched or built."""
    for path in _walk(ROOT):
        if path.suffix not in {
            ".png",
            ".wav",
            ".onnx",
            ".wasm",
            ".so",
            ".ico",
            ".woff2",
            ".sqlite3",
            ".webp",
            ".gz",
            ".jpg",
        }:
            yield path


def _walk(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            if path.name not in UNREAD | BUILT and path != ROOT / "data" and not path.is_symlink():
                yield from _walk(path)
        else:
            yield path


def imports(tree: ast.AST) -> Iterator[tuple[ast.stmt, str]]:
    """Every imported module's dotted name; `from a import b` gives `a` and `a.b`, for `b` may be a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node, alias.name
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node, node.module
            for alias in node.names:
                yield node, f"{node.module}.{alias.name}"


def dotted(node: ast.AST) -> str:
    """`a.b.c` of an attribute chain, empty for anything else; calls inside are written `a().b`."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    if isinstance(node, ast.Call):
        return f"{dotted(node.func)}()"
    return ""
