"""What code here does not do: own loose tasks, read the environment anywhere, reach the compiled core past its adapters, sleep in
tests, swallow exceptions, name a machine or a registry, or know a trade by name."""

import ast
import re
from collections.abc import Iterator

from tests.house.source import ROOT, Module, dotted, imports, modules, own_files

MAY_READ_ENVIRONMENT = (
    "src/antiphon/config/server.py",
    "src/antiphon/testing/",
    "src/antiphon/adapters/pocketsphinx/process.py",
)
GROUPS = re.compile(r"(^|[._])(tasks?|group|tg|writing|helpers|serving|calls|closing|running)$")
# Built from halves, so that this file does not name them itself.
REGISTRIES = tuple(
    "".join(halves)
    for halves in (
        ("pypi", ".org"),
        ("python", "hosted"),
        ("registry.", "npmjs"),
        ("crates", ".io/"),
        ("proxy.", "golang"),
        ("deb.", "debian"),
    )
)
MACHINE_PATH = re.compile(
    "|".join(
        rf"(?<![\w./$}}]){re.escape(head + tail)}/" for head, tail in (("/wo", "rk"), ("/ro", "ot"), ("/fa", "rm"))
    )
)


def test_every_task_has_a_group_that_owns_it() -> None:
    loose = []
    for module in modules("src"):
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "create_task":
                if not GROUPS.search(dotted(node.func.value)):
                    loose.append(f"{module.at(node)} {dotted(node.func)}")
            elif isinstance(node, ast.Attribute) and node.attr == "ensure_future":
                loose.append(module.at(node))
    assert [] == loose


def test_every_task_has_a_name() -> None:
    nameless = [
        module.at(node)
        for module in modules("src")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "create_task"
        and "name" not in {keyword.arg for keyword in node.keywords}
    ]
    assert [] == nameless


def test_environment_is_read_in_one_place() -> None:
    readers = [
        module.at(node)
        for module in modules("src")
        if not module.name.startswith(MAY_READ_ENVIRONMENT)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and dotted(node) in {"os.environ", "os.getenv", "os.environb"}
    ]
    assert [] == readers


def test_compiled_core_is_imported_by_adapters_alone() -> None:
    """import-linter does not see compiled modules, and ruff does not see `import_module`; the doctor may look under the floor."""
    allowed = ("src/antiphon/adapters/", "src/antiphon/wiring/checkup.py")
    strangers = [
        module.at(node)
        for module in modules("src")
        if not module.name.startswith(allowed)
        for node in _mentions_of_core(module)
    ]
    assert [] == strangers


def _mentions_of_core(module: Module) -> Iterator[ast.AST]:
    yield from (node for node, name in imports(module.tree) if name.startswith("antiphon._media"))
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Constant) and node.value == "antiphon._media":
            yield node


def test_no_test_sleeps() -> None:
    """A test waits for what it waits for. `sleep(0)` lets the loop run once and is no wait."""
    sleeps = [
        module.at(node)
        for module in modules("tests")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        and dotted(node.func).split(".")[-1] == "sleep"
        and not (node.args and isinstance(node.args[0], ast.Constant) and node.args[0].value == 0)
    ]
    assert [] == sleeps


def test_nobody_swallows_exceptions() -> None:
    swallowed = [
        module.at(node)
        for module in modules("src", "tools", "benchmarks")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or dotted(node.type) in {"Exception", "BaseException"})
        and all(isinstance(part, ast.Pass | ast.Continue) for part in node.body)
    ]
    assert [] == swallowed


def test_no_file_names_a_registry() -> None:
    """Locks, manifests and documents install through whatever index a machine is set up with."""
    named = [
        f"{path.relative_to(ROOT)}: {registry}"
        for path in own_files()
        for registry in REGISTRIES
        if registry in _text(path) and not _is_cargo_lock_source(path, registry)
    ]
    assert [] == named


def _is_cargo_lock_source(path: object, registry: str) -> bool:
    """Cargo writes its default registry's name into Cargo.lock as an identity, and offers no way not to."""
    return str(path).endswith("Cargo.lock") and registry.startswith("crates")


def test_no_file_names_a_machines_paths() -> None:
    named = [
        f"{path.relative_to(ROOT)}: {found.group()}"
        for path in own_files()
        if (found := MACHINE_PATH.search(_text(path)))
    ]
    assert [] == named


def _text(path: object) -> str:
    from pathlib import Path

    try:
        return Path(str(path)).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def test_platform_asks_for_no_trade_by_name() -> None:
    """Trades are data: no comparison with one's name anywhere in the platform."""
    folders = [
        path.name for path in (ROOT / "src/antiphon_verticals").iterdir() if path.is_dir() and path.name.isidentifier()
    ]
    trades = {name for name in folders if not name.startswith("_")}
    compared = [
        module.at(node)
        for module in modules("src/antiphon")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Compare)
        for side in (node.left, *node.comparators)
        if isinstance(side, ast.Constant) and side.value in trades
    ]
    assert [] == compared
