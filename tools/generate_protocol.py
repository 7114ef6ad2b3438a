"""Types from protocol/: TypeScript for the client, TypedDicts for the server. Run it after changing a schema.

    python tools/generate_protocol.py

TypedDicts, because a message is then the plain dict that `json.dumps` writes: types cost nothing on the live path.
Only the part of JSON Schema that protocol/ uses is understood; anything else stops the script.
"""

import json
import keyword
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PROTOCOL = ROOT / "protocol"
TYPESCRIPT = ROOT / "clients/js/src/protocol"
PYTHON = ROOT / "src/antiphon/wire"
PYTHON_MODULES = {
    "http": "http_bodies",
    "record": "call_record",
    "signal": "signalling",
    "page": "page_messages",
    "stream": "stream_messages",
}
NOTICE = "Made from protocol/{name}.schema.json by tools/generate_protocol.py; change it there."
WIDTH = 116

Schema = dict[str, Any]
KNOWN = frozenset(
    {
        "$ref",
        "additionalProperties",
        "anyOf",
        "const",
        "description",
        "enum",
        "format",
        "items",
        "maxLength",
        "minLength",
    }
    | {"minimum", "oneOf", "properties", "required", "type", "x-pii"}
)


def load(name: str) -> Schema:
    """A schema file. Raises ValueError for a keyword this script would silently drop."""
    schema: Schema = json.loads((PROTOCOL / f"{name}.schema.json").read_text(encoding="utf-8"))
    for definition, body in schema["$defs"].items():
        for part in parts_of(body):
            if strange := part.keys() - KNOWN:
                raise ValueError(f"protocol/{name}.schema.json, {definition}: {sorted(strange)} not understood")
    return schema


def parts_of(schema: Schema) -> Iterator[Schema]:
    """The schema and every schema inside it."""
    yield schema
    for inner in (*schema.get("properties", {}).values(), *schema.get("anyOf", ()), *schema.get("oneOf", ())):
        yield from parts_of(inner)
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            yield from parts_of(schema[key])


def references(schema: Schema) -> Iterator[tuple[str, str]]:
    """(file or "", definition) of everything the schema refers to."""
    for part in parts_of(schema):
        if "$ref" in part:
            file, _, definition = part["$ref"].partition("#/$defs/")
            yield file.removesuffix(".schema.json"), definition


def in_order(definitions: dict[str, Schema]) -> Iterator[tuple[str, Schema]]:
    """Definitions, each after those it refers to: Python reads annotations of a TypedDict at once."""
    done: set[str] = set()

    def visit(name: str) -> Iterator[tuple[str, Schema]]:
        if name not in done:
            done.add(name)
            for file, other in references(definitions[name]):
                if not file:
                    yield from visit(other)
            yield name, definitions[name]

    for name in definitions:
        yield from visit(name)


def foreign(schema: Schema) -> dict[str, list[str]]:
    """Other file → names used from it."""
    used: dict[str, set[str]] = {}
    for body in schema["$defs"].values():
        for file, name in references(body):
            if file:
                used.setdefault(file, set()).add(name)
    return {file: sorted(names) for file, names in sorted(used.items())}


def union_tags(body: Schema, definitions: dict[str, Schema]) -> list[str]:
    """The `type` of each member of a union of messages, empty for other schemas."""
    members = [definitions[name] for file, name in references(body) if not file] if "oneOf" in body else []
    return [member["properties"]["type"]["const"] for member in members]


def personal(schema: Schema) -> dict[str, list[str]]:
    """Definition → its fields marked x-pii."""
    marked = {
        name: [field for field, inner in body.get("properties", {}).items() if inner.get("x-pii")]
        for name, body in schema["$defs"].items()
    }
    return {name: fields for name, fields in marked.items() if fields}


# --- Python ----------------------------------------------------------------------------------------------------------

PYTHON_TYPES = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}


def python_type(schema: Schema) -> str:
    """An annotation."""
    match schema:
        case {"$ref": str(target)}:
            return target.rpartition("/")[2]
        case {"const": value}:
            return f"Literal[{value!r}]"
        case {"enum": values}:
            return f"Literal[{', '.join(map(repr, values))}]"
        case {"anyOf": options} | {"oneOf": options}:
            return " | ".join(python_type(option) for option in options)
        case {"type": "array", "items": items}:
            return f"list[{python_type(items)}]"
        case {"type": "object", "additionalProperties": dict(values)}:
            return f"dict[str, {python_type(values)}]"
        case {"type": "object", "additionalProperties": True}:
            return "dict[str, Json]"
        case {"type": list(kinds)}:
            return " | ".join(PYTHON_TYPES[kind] for kind in kinds)
        case {"type": str(kind)}:
            return PYTHON_TYPES[kind]
        case _:
            return "Json"


def python_fields(body: Schema) -> Iterator[tuple[str, str, str]]:
    """(name, annotation, comment) of each field."""
    for name, inner in body["properties"].items():
        kind = python_type(inner)
        comment = inner.get("description", "")
        yield name, kind if name in body["required"] else f"NotRequired[{kind}]", comment


def python_definition(name: str, body: Schema) -> str:
    """A TypedDict or an alias. A field that Python cannot spell needs the functional form."""
    text = body.get("description", "")
    if "properties" not in body:
        alias = f"{name} = {python_type(body)}"
        return alias + (f'\n"""{wrapped(text, "")}"""' if text else "")
    fields = list(python_fields(body))
    if any(keyword.iskeyword(field) for field, _, _ in fields):
        pairs = ", ".join(f"{field!r}: {kind}" for field, kind, _ in fields)
        return f'{name} = TypedDict({name!r}, {{{pairs}}})\n"""{wrapped(text, "")}"""'
    lines = [f"class {name}(TypedDict):", f'    """{wrapped(text, "    ")}"""', ""]
    for field, kind, comment in fields:
        lines += textwrap.wrap(f"# {comment}", WIDTH - 6, initial_indent="    ", subsequent_indent="    # ") * bool(
            comment
        )
        lines.append(f"    {field}: {kind}")
    return "\n".join(lines)


def wrapped(text: str, indent: str) -> str:
    """Text for a docstring."""
    lines = textwrap.wrap(text, WIDTH - len(indent) - 6)
    return f"\n{indent}".join(lines) + (f"\n{indent}" if len(lines) > 1 else "")


def python_module(name: str, schema: Schema) -> str:
    """A module of src/antiphon/wire."""
    definitions = schema["$defs"]
    body = "\n\n\n".join(python_definition(each, inner) for each, inner in in_order(definitions))
    if marked := personal(schema):
        pairs = ", ".join(f"{each!r}: {tuple(fields)!r}" for each, fields in marked.items())
        body += f"\n\nPERSONAL: Final[Mapping[str, tuple[str, ...]]] = {{{pairs}}}"
        body += '\n"""Fields that hold personal data, by type."""'
    typing = [word for word in ("Final", "Literal", "NotRequired", "TypedDict") if word in body]
    imports = ["from collections.abc import Mapping"] * ("Mapping[" in body)
    imports.append(f"from typing import {', '.join(typing)}\n")
    imports += ["from antiphon.core.proposal import Json"] * ("Json" in body)
    imports += [
        f"from antiphon.wire.{PYTHON_MODULES[file]} import {', '.join(used)}" for file, used in foreign(schema).items()
    ]
    notice = f'"""{schema["title"]}. {NOTICE.format(name=name)}"""'
    return formatted("\n".join([notice, "", *imports, "\n", body, ""]))


def formatted(source: str) -> str:
    """As `make format` would write it."""
    ruff, name = Path(sys.executable).with_name("ruff"), PYTHON / "made.py"
    for command in (["check", "--quiet", "--select=I", "--fix"], ["format"]):
        done = subprocess.run(
            [ruff, *command, f"--stdin-filename={name}", "-"],
            input=source,
            capture_output=True,
            text=True,
            check=True,
            cwd=ROOT,
        )
        source = done.stdout
    return source


# --- TypeScript ------------------------------------------------------------------------------------------------------

TYPESCRIPT_TYPES = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}


def typescript_type(schema: Schema) -> str:
    """A type expression."""
    match schema:
        case {"$ref": str(target)}:
            return target.rpartition("/")[2]
        case {"const": value}:
            return json.dumps(value)
        case {"enum": values}:
            return " | ".join(map(json.dumps, values))
        case {"anyOf": options} | {"oneOf": options}:
            return " | ".join(typescript_type(option) for option in options)
        case {"type": "array", "items": items}:
            return f"readonly {typescript_type(items)}[]"
        case {"type": "object", "additionalProperties": dict(values)}:
            return f"Readonly<Record<string, {typescript_type(values)}>>"
        case {"type": "object", "additionalProperties": True}:
            return "Readonly<Record<string, unknown>>"
        case {"type": list(kinds)}:
            return " | ".join(TYPESCRIPT_TYPES[kind] for kind in kinds)
        case {"type": str(kind)}:
            return TYPESCRIPT_TYPES[kind]
        case _:
            return "unknown"


def typescript_definition(name: str, body: Schema) -> str:
    """An interface or an alias."""
    comment = jsdoc(body, "")
    if "properties" not in body:
        return f"{comment}export type {name} ={folded(typescript_type(body), name)};"
    lines = [f"{comment}export interface {name} {{"]
    for field, inner in body["properties"].items():
        optional = "" if field in body["required"] else "?"
        lines.append(f"{jsdoc(inner, '  ')}  readonly {field}{optional}: {typescript_type(inner)};")
    return "\n".join([*lines, "}"])


def folded(expression: str, name: str) -> str:
    """A union on one line, or a line each."""
    if len(expression) + len(name) < WIDTH - 20:
        return " " + expression
    return "".join(f"\n  | {option}" for option in expression.split(" | "))


def jsdoc(schema: Schema, indent: str) -> str:
    """A comment, marking personal data."""
    text = " ".join(part for part in (schema.get("description", ""), "@personal" * bool(schema.get("x-pii"))) if part)
    lines = textwrap.wrap(text, WIDTH - len(indent) - 7)
    if not lines:
        return ""
    if len(lines) == 1:
        return f"{indent}/** {lines[0]} */\n"
    return f"{indent}/**\n" + "".join(f"{indent} * {line}\n" for line in lines) + f"{indent} */\n"


def typescript_module(name: str, schema: Schema) -> str:
    """A module of clients/js/src/protocol."""
    definitions = schema["$defs"]
    lines = [f"// {schema['title']}. {NOTICE.format(name=name)}", ""]
    for file, used in foreign(schema).items():
        lines += [f'import type {{ {", ".join(used)} }} from "./{file}.js";', ""]
    lines.append("\n\n".join(typescript_definition(each, body) for each, body in definitions.items()))
    for each, body in definitions.items():
        if tags := union_tags(body, definitions):
            constant = each[0].lower() + each[1:] + "Types"
            listed = textwrap.indent(textwrap.fill(", ".join(map(json.dumps, tags)), WIDTH), "  ")
            lines += ["", f"export const {constant} = [", listed, f'] as const satisfies readonly {each}["type"][];']
    return "\n".join([*lines, ""])


# --- all of it -------------------------------------------------------------------------------------------------------


def generated() -> dict[Path, str]:
    """Every file this script writes, and its text."""
    files = {}
    for name, module in PYTHON_MODULES.items():
        schema = load(name)
        files[PYTHON / f"{module}.py"] = python_module(name, schema)
        files[TYPESCRIPT / f"{name}.ts"] = typescript_module(name, schema)
    return files


def main() -> None:
    """Write them."""
    for path, text in generated().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
