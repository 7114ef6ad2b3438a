"""What the author of a trade or a tool imports."""

from antiphon.core.errors import ToolError
from antiphon.kit.reference import next_reference
from antiphon.kit.tables import METADATA, pii, tenant_column
from antiphon.kit.tool import Tool, ToolContext, tool
from antiphon.kit.vertical import Vertical
from antiphon.ports.tool import Effect

__all__ = [
    "METADATA",
    "Effect",
    "Tool",
    "ToolContext",
    "ToolError",
    "Vertical",
    "next_reference",
    "pii",
    "tenant_column",
    "tool",
]
