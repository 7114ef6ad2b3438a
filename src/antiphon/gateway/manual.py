"""The API's description as one page without scripts: works offline and under the strictest content policy."""

from html import escape
from typing import Any

_STYLE = "body{font:16px/1.5 system-ui;max-width:52rem;margin:2rem auto;padding:0 1rem}code{font-size:.95em}dt{margin-top:1rem}"


def describe(openapi: dict[str, Any]) -> str:
    """HTML for an OpenAPI document: each route, what it is for, and where the machine-readable form is."""
    entries = [
        f"<dt><code>{escape(method.upper())} {escape(path)}</code></dt><dd>{escape(_purpose(operation))}</dd>"
        for path, operations in sorted(openapi["paths"].items())
        for method, operation in operations.items()
    ]
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<title>Antiphon: the API</title><style>{_STYLE}</style><h1>Antiphon: the API</h1>"
        "<p>Every route here takes <code>Authorization: Bearer KEY</code>. The machine-readable description is at "
        f"<a href=/openapi.json>/openapi.json</a>.</p><dl>{''.join(entries)}</dl></html>"
    )


def _purpose(operation: dict[str, Any]) -> str:
    return str(operation.get("description") or operation.get("summary") or "")
