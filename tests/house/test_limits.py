"""Sizes: a module says one noun, a function fits a hand."""

import ast
from collections.abc import Iterator

from tests.house.source import ROOT, Module, modules, own_files

MODULE_LINES = 400
FUNCTION_LINES = 60
PUBLIC_METHODS = 12
TOOL_FILE_LINES = 150
OWN_CODE = ("src", "tests", "tools", "benchmarks")
WIDE = {"Work": 22, "DialledCall": 15}
"""Classes that outgrew the limit and wait to be divided: they may shrink, never grow. Take one out when it fits."""


def test_no_module_is_longer_than_its_limit() -> None:
    suffixes = {".py", ".rs", ".ts", ".tsx", ".css"}
    long = [
        f"{path.relative_to(ROOT)}: {lines}"
        for path in own_files()
        if path.suffix in suffixes and (lines := path.read_text(encoding="utf-8").count("\n")) > MODULE_LINES
    ]
    assert [] == long


def test_no_function_is_longer_than_its_limit() -> None:
    """Docstrings do not count."""
    long = [
        f"{module.at(function)} {function.name}: {lines}"
        for module in modules(*OWN_CODE)
        for function in _functions(module)
        if (lines := _lines(function)) > FUNCTION_LINES
    ]
    assert [] == long


def test_no_class_has_more_public_methods_than_its_limit() -> None:
    wide = []
    for module in modules("src"):
        for node in ast.walk(module.tree):
            if isinstance(node, ast.ClassDef):
                methods = [part for part in node.body if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef)]
                public = [method.name for method in methods if not method.name.startswith("_")]
                if len(public) > WIDE.get(node.name, PUBLIC_METHODS):
                    wide.append(f"{module.at(node)} {node.name}: {len(public)}")
    assert [] == wide


def test_no_trade_tool_file_is_longer_than_its_limit() -> None:
    long = [
        f"{module.name}: {lines}"
        for module in modules("src/antiphon_verticals")
        if "tools" in module.path.parts and (lines := module.text.count("\n")) > TOOL_FILE_LINES
    ]
    assert [] == long


def _functions(module: Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    first = function.body[0]
    documented = (
        isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    )
    docstring = (first.end_lineno or 0) - first.lineno + 1 if documented else 0
    return (function.end_lineno or 0) - function.lineno + 1 - docstring
