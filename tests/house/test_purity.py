"""`core` is pure: an allow-list of the standard library, no clock, no state, no environment."""

import ast
import sys

from tests.house.source import dotted, imports, modules

ALLOWED = frozenset(
    {
        *(
            "__future__",
            "abc",
            "bisect",
            "collections",
            "dataclasses",
            "datetime",
            "decimal",
            "enum",
            "functools",
            "heapq",
        ),
        *("itertools", "json", "math", "operator", "re", "string", "types", "typing"),
    }
)
FOR_TYPES_ONLY = "_typeshed"  # exists for type checkers, never at run time
CLOCKS = ("now", "today", "utcnow")


def test_core_imports_only_itself_and_the_allowed_standard_library() -> None:
    strangers = [
        f"{module.at(node)} imports {name}"
        for module in modules("src/antiphon/core")
        for node, name in imports(module.tree)
        if name.split(".")[0] not in ALLOWED | {FOR_TYPES_ONLY} and not name.startswith("antiphon.core")
    ]
    assert [] == strangers


def test_allow_list_names_modules_that_exist() -> None:
    assert set() == ALLOWED - sys.stdlib_module_names


def test_core_and_audio_and_spoken_read_no_clock() -> None:
    """`datetime` is for values; what time it is comes in by argument."""
    reads = [
        module.at(node)
        for module in modules("src/antiphon/core", "src/antiphon/audio", "src/antiphon/spoken")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute)
        and node.attr in CLOCKS
        and dotted(node.value).split(".")[-1] in {"datetime", "date"}
    ]
    assert [] == reads


def test_core_keeps_no_state_in_modules() -> None:
    """Nothing mutable at module level, and no `global`."""
    states = []
    for module in modules("src/antiphon/core"):
        states += [module.at(node) for node in module.tree.body if _is_mutable(node)]
        states += [module.at(node) for node in ast.walk(module.tree) if isinstance(node, ast.Global | ast.Nonlocal)]
    assert [] == states


def _is_mutable(node: ast.stmt) -> bool:
    """A list, dict or set bound at module level. A table annotated as `Mapping` (or `Json`) is
    one that mypy lets nobody write to."""
    if isinstance(node, ast.AnnAssign):
        annotation = ast.unparse(node.annotation)
        return _builds_mutable(node.value) and not annotation.startswith(
            ("Mapping[", "Final[Mapping[", "Sequence[", "Json")
        )
    return isinstance(node, ast.Assign) and _builds_mutable(node.value)


def _builds_mutable(value: ast.expr | None) -> bool:
    if isinstance(value, ast.List | ast.Dict | ast.Set | ast.ListComp | ast.DictComp | ast.SetComp):
        return True
    return isinstance(value, ast.Call) and dotted(value.func).split(".")[-1] in {
        *("list", "dict", "set", "deque", "defaultdict", "Counter", "OrderedDict", "bytearray"),
    }
