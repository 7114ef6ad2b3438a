"""Rows in a tool's result."""

from typing import Any

from antiphon.core.proposal import Json


def result_of(result: Json) -> dict[str, Any]:
    """The result's fields; none if it is no object."""
    return result if isinstance(result, dict) else {}


def rows_of(result: Json, items: str | None) -> list[dict[str, Any]]:
    """The list of rows under `items`."""
    found = result_of(result).get(items or "")
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []
