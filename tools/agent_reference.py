"""Write docs/reference/agent-file.md and agent.schema.json from the agent file's schema.

`--check` fails if they are not up to date.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from antiphon.agents.schema import json_schema

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "reference"
HEAD = """\
# The agent file

Written by `python tools/agent_reference.py` from the schema; edit [schema.py](../../src/antiphon/agents/schema.py).

An agent is a folder with an `agent.toml`; `antiphon new NAME` makes one that answers at once, `antiphon check FOLDER` reads it line
by line, and an edit applies to the next call. More questions and answers may lie in `knowledge/*.toml`; what a language model is
told, in `prompts/agent.md` and `prompts/<specialist>.md`. An unknown key is an error, with the nearest known one as the cure.

In templates `{slot}` is the value as it is spoken; in a tool's arguments it is the canonical one (`2026-11-24`, `14:30`,
`2125550147`), and `{slot|default}` stands in for what is not known.

For editors: [agent.schema.json](agent.schema.json). With the Even Better TOML extension, begin the file with
`#:schema path/to/agent.schema.json`.

"""
REST = """
## `[texts]` and `[phrases]`

What the agent says around its tasks (`greeting`, `anything_else`, `not_understood`, …) and what it listens for at any time
(`human`, `goodbye`, `repeat`, …). The defaults are in [texts.toml](../../src/antiphon/agents/texts.toml); a key set here
replaces one there.
"""
TABLES = {
    "[agent]": "About",
    "[[specialists]]": "SpecialistFile",
    "[slots.NAME]": "SlotFile",
    "[slots.NAME.source]": "SourceFile",
    "[tasks.NAME]": "TaskFile",
    "[[tasks.NAME.lookups]]": "LookupFile",
    "[tasks.NAME.suggestion]": "SuggestionFile",
    "[tasks.NAME.commit]": "CommitFile",
    "[knowledge.NAME]": "KnowledgeFile",
}
HEADINGS = {kind: name for name, kind in TABLES.items()}


def page(schema: dict[str, Any]) -> str:
    """The Markdown page."""
    tables = "\n".join(_table(name, schema["$defs"]) for name in TABLES)
    return f"{HEAD}{tables}{REST}"


def _table(name: str, defs: dict[str, Any]) -> str:
    kind = defs[TABLES[name]]
    lines = [f"## `{name}`", "", kind["description"], "", "| key | kind | as it comes | meaning |"]
    lines += ["|---|---|---|---|"]
    required = kind.get("required", [])
    for key, field in kind["properties"].items():
        default = "required" if key in required else _code(field.get("default"))
        lines.append(f"| `{key}` | {_kind(field, defs)} | {default} | {_meaning(field)} |")
    return "\n".join(lines) + "\n"


def _meaning(field: dict[str, Any]) -> str:
    return str(field.get("description", "")).replace("|", "\\|")


def _code(value: object) -> str:
    return "" if value in (None, "", [], {}) else f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _kind(field: dict[str, Any], defs: dict[str, Any]) -> str:
    if "enum" in field:
        return ", ".join(f"`{value}`" for value in field["enum"])
    if "$ref" in field:
        kind = field["$ref"].rpartition("/")[2]
        return f"`{HEADINGS[kind]}`" if kind in HEADINGS else _kind(defs[kind], defs)
    if "anyOf" in field:
        kinds = dict.fromkeys(_kind(each, defs) for each in field["anyOf"] if each.get("type") != "null")
        return " or ".join(kinds)
    match field.get("type"):
        case "array":
            return f"list of {_kind(field['items'], defs)}"
        case "object":
            inside = field.get("additionalProperties")
            return f"table of {_kind(inside, defs)}" if isinstance(inside, dict) else "table"
        case "string" if "pattern" in field:
            return f"text like `{field['pattern'].replace('|', chr(92) + '|')}`"
        case "string":
            return "text"
        case kind:
            return {"integer": "number", "boolean": "true or false"}.get(str(kind), str(kind))


def main() -> int:
    """Write, or compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    schema = json_schema()
    made = {"agent-file.md": page(schema), "agent.schema.json": json.dumps(schema, indent=2) + "\n"}
    if parser.parse_args().check:
        stale = [name for name, text in made.items() if (FOLDER / name).read_text(encoding="utf-8") != text]
        if stale:
            print(f"{', '.join(stale)}: run `make docs`", file=sys.stderr)
        return 1 if stale else 0
    for name, text in made.items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
