"""The one tool every agent has: take a message for a person who calls back."""

from datetime import UTC
from typing import Annotated, Literal

from pydantic import Field

from antiphon.core.proposal import Json
from antiphon.kit.reference import next_reference
from antiphon.kit.tables import messages
from antiphon.kit.tool import ToolContext, tool
from antiphon.ports.tool import Effect
from antiphon.spoken.phones import complete, e164, find_digits


@tool(Effect.WRITES)
async def take_message(
    context: ToolContext,
    name: Annotated[str, Field(min_length=1, max_length=100, description="who is calling")],
    callback_number: Annotated[str, Field(min_length=7, max_length=20, description="where to call back")],
    reason: Annotated[str, Field(max_length=1_000, description="what it is about, in the caller's words")] = "",
    urgency: Annotated[Literal["low", "normal", "high"], Field(description="how soon")] = "normal",
) -> Json:
    """Take a message for a person. Call it when the caller asks for a human and none can be reached, or you cannot go on. Not for
    anything another tool does."""
    digits = find_digits(callback_number)
    number = e164(digits) if complete(digits) else callback_number  # a message is never lost over an odd number
    tx = await context.write()
    reference = await next_reference(tx, context.tenant, context.prefix, context.now.date())
    row = {"tenant": context.tenant, "reference": reference, "name": name, "callback_number": number}
    details = {
        "reason": reason,
        "urgency": urgency,
        "call": context.call,
        "at": context.now.astimezone(UTC).isoformat(),
    }
    await tx.execute(messages.insert().values(row | details))
    return {"reference": reference}
