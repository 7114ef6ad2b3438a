"""Pages that can be generated or checked are: what ships, which settings there are, where links lead."""

import importlib.util
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest
from jsonschema import Draft202012Validator

from antiphon.config.server import read_settings
from tests.house.source import BUILT, ROOT, UNREAD

SETTING = re.compile(r"^\| `([A-Z_]+)` \| (?:`([^`]*)`)?", re.MULTILINE)
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")


@pytest.fixture(scope="module")
def licences() -> ModuleType:
    """tools/licences.py, which is a program and no package."""
    spec = importlib.util.spec_from_file_location("licences", ROOT / "tools" / "licences.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_licences_page_lists_what_ships_now(licences: ModuleType) -> None:
    """If this fails: `make docs`."""
    assert licences.PAGE.read_text(encoding="utf-8") == licences.render()


def test_everything_that_ships_is_permissively_licensed(licences: ModuleType) -> None:
    assert [] == licences.forbidden()


def test_page_of_settings_names_every_setting_and_no_other() -> None:
    page = (ROOT / "docs/reference/settings.md").read_text(encoding="utf-8")
    assert set(read_settings({}).origins) == {name for name, _ in SETTING.findall(page)}


def test_page_of_settings_tells_the_defaults() -> None:
    page = dict(SETTING.findall((ROOT / "docs/reference/settings.md").read_text(encoding="utf-8")))
    settings = read_settings({})
    assert str(settings.http) == page["ANTIPHON_HTTP"]
    assert settings.tls == page["ANTIPHON_TLS"]
    assert str(settings.data) == page["ANTIPHON_DATA"]
    assert str(settings.agents) == page["ANTIPHON_AGENTS"]
    assert str(settings.max_calls) == page["ANTIPHON_MAX_CALLS"]
    assert settings.openai_model == page["OPENAI_MODEL"]


def test_links_between_pages_lead_somewhere() -> None:
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in pages()
        for target in LINK.findall(page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    assert [] == broken


def pages() -> list[Path]:
    """Every Markdown page of the project."""
    found = sorted(ROOT.rglob("*.md"))
    return [page for page in found if not (UNREAD | BUILT) & set(page.relative_to(ROOT).parts)]


def test_agent_file_page_and_schema_are_those_of_the_code() -> None:
    """If this fails: `make docs`."""
    command = [sys.executable, str(ROOT / "tools" / "agent_reference.py"), "--check"]
    assert "" == subprocess.run(command, capture_output=True, text=True, check=False).stderr


def test_editors_schema_takes_the_agents_that_ship() -> None:
    schema = json.loads((ROOT / "docs" / "reference" / "agent.schema.json").read_text(encoding="utf-8"))
    shipped = sorted((ROOT / "src").rglob("agent.toml"))
    assert len(shipped) >= 2
    for path in shipped:
        Draft202012Validator(schema).validate(tomllib.loads(path.read_text(encoding="utf-8")))
