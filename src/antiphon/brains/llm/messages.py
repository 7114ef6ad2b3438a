"""The history as a model gets it: only what was heard, tool calls with their results, and notes in parentheses."""

import json
from typing import TYPE_CHECKING

from antiphon.core.commands import Cause
from antiphon.core.history import AgentSaid, CallerSaid, CallerSilent, History, ToolAnswered, ToolCalled

if TYPE_CHECKING:
    from pydantic_ai.messages import ModelMessage, ModelRequestPart, ModelResponsePart

NOTES = {
    Cause.NONSENSE: "(the caller said something that could not be understood: ask again, in other words)",
    Cause.TROUBLE: "(something went wrong on your side: say so briefly and go on)",
    Cause.HAND_OFF: "(you have taken over from another role: go on without introducing yourself)",
    Cause.SILENCE: "(the caller is silent: ask whether they are still there, and repeat the question)",
}
LONGEST_RESULT = 6_000
"""Characters of a tool's result; what is longer is cut, so that no tool fills the context."""


class _Thread:
    """Messages in turn: neighbours of one side become one message."""

    def __init__(self) -> None:
        self.messages: list[ModelMessage] = []

    def ask(self, part: "ModelRequestPart") -> None:
        from pydantic_ai.messages import ModelRequest

        last = self.messages[-1] if self.messages else None
        if isinstance(last, ModelRequest):
            last.parts = [*last.parts, part]
        else:
            self.messages.append(ModelRequest(parts=[part]))

    def answer(self, part: "ModelResponsePart") -> None:
        from pydantic_ai.messages import ModelResponse

        last = self.messages[-1] if self.messages else None
        if isinstance(last, ModelResponse):
            last.parts = [*last.parts, part]
        else:
            self.messages.append(ModelResponse(parts=[part]))


def messages(system: str, history: History, cause: Cause) -> "list[ModelMessage]":
    """The system message, the history, and a note about why the run takes place; it always ends on the caller's side."""
    from pydantic_ai.messages import SystemPromptPart, TextPart, ToolCallPart, ToolReturnPart, UserPromptPart

    thread, cut = _Thread(), False
    thread.ask(SystemPromptPart(system))
    for entry in history:
        match entry:
            case CallerSaid(text=text):
                thread.ask(UserPromptPart(f"(interrupting) {text}" if cut else text))
                cut = False
            case AgentSaid(text=text):
                thread.answer(TextPart(text))
                cut = entry.cut
            case ToolCalled(number, tool, arguments):
                thread.answer(ToolCallPart(tool, dict(arguments), tool_call_id=f"call_{number}"))
            case ToolAnswered(number, tool, ok, result):
                told = json.dumps({"ok": ok, "result": result}, ensure_ascii=False)[:LONGEST_RESULT]
                thread.ask(ToolReturnPart(tool, told, tool_call_id=f"call_{number}"))
            case CallerSilent():
                thread.ask(UserPromptPart("(silence)"))
            case _:
                pass  # a hand-off shows in the system message: it is another role's
    if note := NOTES.get(cause):
        thread.ask(UserPromptPart(note))
    elif thread.messages[-1].kind == "response":
        thread.ask(UserPromptPart("(go on)"))
    return thread.messages
