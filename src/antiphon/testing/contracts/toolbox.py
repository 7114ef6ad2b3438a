"""What every toolbox promises. Subclass the contracts and give them the fixture `make_toolbox`."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import pytest
from pydantic import Field
from structlog.testing import capture_logs

from antiphon.core.proposal import Json
from antiphon.kit import Effect, Tool, ToolContext, ToolError, next_reference, tool
from antiphon.ports.tool import Toolbox, ToolCaller

MakeToolbox = Callable[[Sequence[Tool]], Toolbox]
CALLER = ToolCaller("demo", "call_1", "+12125550147")
PRIVATE = "Rosalind Franklin"


@tool()
async def echo(
    context: ToolContext, name: Annotated[str, Field(min_length=1, max_length=20, description="any")], times: int = 1
) -> Json:
    """Say it again."""
    return {"echo": [name] * times, "tenant": context.tenant, "subject": context.subject}


@tool(Effect.WRITES)
async def count(context: ToolContext, then: str = "") -> Json:
    """Count one up, and then perhaps fail."""
    if then == "refuse early":
        raise ToolError("refused", "Not any more.")
    reference = await next_reference(await context.write(), context.tenant, "CT", context.now.date())
    if then == "refuse":
        raise ToolError("refused", "Not today.", retryable=True)
    if then == "break":
        raise RuntimeError(PRIVATE)
    if then == "stall":
        await asyncio.Event().wait()
    return {"reference": reference, "long": "x" * 100_000 if then == "long" else ""}


@tool()
async def writes_all_the_same(context: ToolContext) -> Json:
    """Declared as reading, and tries to write."""
    await next_reference(context.read, context.tenant, "CT", context.now.date())
    return {}


class Vendor:
    """A vendor outside: counts what reached it, and answers as told."""

    def __init__(self) -> None:
        self.reached = 0
        self.answer: Callable[[], Json] = lambda: {"sent": self.reached}

    def tool(self, timeout_ms: int = 3_000) -> Tool:
        """A tool with an effect outside the house."""

        @tool(Effect.IRREVERSIBLE, timeout_ms=timeout_ms)
        async def send(context: ToolContext, to: str) -> Json:
            """Send a message."""
            assert context.tx is None, "no vendor is awaited in a transaction"
            self.reached += 1
            if to == "nobody answers":
                await asyncio.Event().wait()
            return self.answer()

        return send


def _raises(error: Exception) -> Callable[[], Json]:
    def answer() -> Json:
        raise error

    return answer


async def asked(box: Toolbox, tool_name: str, key: str = "key", /, **arguments: Json) -> tuple[bool, Any]:
    """(ok, value) of a tool call."""
    result = await box.call(tool_name, arguments, CALLER, key)
    return result.ok, result.value


async def counted(box: Toolbox) -> str:
    """The next reference: one more than there were effects."""
    _, value = await asked(box, "count", "how many")
    return str(value["reference"])[-3:]


class ToolboxContract:
    """The promises."""

    async def test_a_tool_declares_its_arguments_and_what_it_does(self, make_toolbox: MakeToolbox) -> None:
        first, second = make_toolbox([echo, count]).declarations()
        assert (*(first.name, first.description, first.effect, first.timeout_ms),) == (
            "echo",
            "Say it again.",
            Effect.READS,
            3_000,
        )
        properties: Any = first.parameters["properties"]
        assert first.parameters["required"] == ["name"]
        assert (properties["name"]["description"], first.parameters["additionalProperties"]) == ("any", False)
        assert Effect.WRITES is second.effect

    async def test_identity_comes_from_the_session(self, make_toolbox: MakeToolbox) -> None:
        ok, value = await asked(make_toolbox([echo]), "echo", name="Ann", times=2)
        assert (ok, value) == (True, {"echo": ["Ann", "Ann"], "tenant": "demo", "subject": "+12125550147"})

    @pytest.mark.parametrize(
        "arguments",
        [{}, {"name": ""}, {"name": 7}, {"name": None}, {"name": "x" * 21}, {"name": "Ann", "tenant": "other"}],
    )
    async def test_arguments_that_do_not_fit_are_named_and_not_repeated(
        self, make_toolbox: MakeToolbox, arguments: dict[str, Json]
    ) -> None:
        ok, value = await asked(make_toolbox([echo]), "echo", **arguments)
        assert (ok, value["code"], value["retryable"]) == (False, "bad_argument", False)
        assert value["detail"].startswith(("name", "tenant"))
        assert "xxxxx" not in value["detail"]

    async def test_a_tool_that_is_not_in_the_box_is_unknown(self, make_toolbox: MakeToolbox) -> None:
        ok, value = await asked(make_toolbox([echo]), "count")
        assert (ok, value["code"]) == (False, "unknown_tool")

    async def test_forty_racers_with_one_key_have_one_effect_and_one_answer(self, make_toolbox: MakeToolbox) -> None:
        box = make_toolbox([count])
        answers = await asyncio.gather(*(asked(box, "count", "same") for _ in range(40)))
        assert [answers[0]] * 40 == list(answers)
        assert (answers[0][0], await counted(box)) == (True, "002")

    async def test_a_key_is_a_tenants_own(self, make_toolbox: MakeToolbox) -> None:
        box = make_toolbox([count])
        await asked(box, "count", "same")
        other = await box.call("count", {}, ToolCaller("other", "call_9"), "same")
        assert other.ok
        assert await counted(box) == "002"

    async def test_a_key_of_one_tool_does_not_answer_for_another(self, make_toolbox: MakeToolbox) -> None:
        @tool(Effect.WRITES)
        async def other(context: ToolContext) -> Json:
            """Count something else."""
            return {"other": await next_reference(await context.write(), context.tenant, "OT", context.now.date())}

        box = make_toolbox([count, other])
        await asked(box, "count", "same")
        ok, value = await asked(box, "other", "same")
        assert (ok, value["code"]) == (False, "internal")

    async def test_what_was_done_stays_the_answer_when_it_could_not_be_done_any_more(
        self, make_toolbox: MakeToolbox
    ) -> None:
        box = make_toolbox([count])
        done = await asked(box, "count")
        assert done == await asked(box, "count", then="refuse early")


class FaultContract:
    """The promises about tools that fail."""

    @pytest.mark.parametrize(("then", "code"), [("refuse", "refused"), ("break", "internal"), ("long", "too_long")])
    async def test_what_fails_leaves_nothing_and_may_be_tried_again(
        self, make_toolbox: MakeToolbox, then: str, code: str
    ) -> None:
        box = make_toolbox([count])
        ok, value = await asked(box, "count", then=then)
        assert (False, code) == (ok, value["code"])
        assert await counted(box) == "001"
        ok, value = await asked(box, "count")
        assert (ok, value["reference"][-3:]) == (True, "002")

    async def test_a_refusal_has_words_for_the_caller(self, make_toolbox: MakeToolbox) -> None:
        _, value = await asked(make_toolbox([count]), "count", then="refuse")
        assert value == {"code": "refused", "say": "Not today.", "retryable": True}

    async def test_a_crash_is_logged_without_what_the_caller_said(self, make_toolbox: MakeToolbox) -> None:
        with capture_logs() as logs:
            await asked(make_toolbox([count]), "count", then="break")
        assert [line["error"] for line in logs] == ["RuntimeError"]
        assert PRIVATE not in str(logs)

    async def test_a_stall_is_cut_off_and_leaves_nothing(self, make_toolbox: MakeToolbox) -> None:
        box = make_toolbox([tool(Effect.WRITES, timeout_ms=50)(count.function)])
        ok, value = await asked(box, "count", then="stall")
        assert (ok, value["code"], value["retryable"]) == (False, "timeout", True)
        ok, value = await asked(box, "count")
        assert (ok, value["reference"][-3:]) == (True, "001")

    async def test_a_tool_that_reads_cannot_write(self, make_toolbox: MakeToolbox) -> None:
        box = make_toolbox([writes_all_the_same, count])
        ok, _ = await asked(box, "writes_all_the_same")
        assert (ok, await counted(box)) == (False, "001")


class OutsideContract:
    """The promises about tools whose effect leaves the house."""

    async def test_an_effect_outside_happens_once_per_key(self, make_toolbox: MakeToolbox) -> None:
        vendor = Vendor()
        box = make_toolbox([vendor.tool()])
        answers = [await asked(box, "send", to="Ann") for _ in range(3)]
        assert (answers, vendor.reached) == ([(True, {"sent": 1})] * 3, 1)

    async def test_an_effect_nobody_heard_back_from_is_unknown_and_not_repeated(
        self, make_toolbox: MakeToolbox
    ) -> None:
        vendor = Vendor()
        box = make_toolbox([vendor.tool(timeout_ms=50)])
        answers = [await asked(box, "send", to="nobody answers") for _ in range(2)]
        assert [(ok, value["code"], value["retryable"]) for ok, value in answers] == [(False, "unknown", False)] * 2
        assert vendor.reached == 1

    async def test_a_crash_after_the_vendor_was_reached_is_unknown(self, make_toolbox: MakeToolbox) -> None:
        vendor = Vendor()
        vendor.answer = _raises(ConnectionResetError())
        box = make_toolbox([vendor.tool()])
        answers = [await asked(box, "send", to="Ann") for _ in range(2)]
        assert ([(ok, value["code"]) for ok, value in answers], vendor.reached) == ([(False, "unknown")] * 2, 1)

    async def test_a_vendors_final_no_is_kept(self, make_toolbox: MakeToolbox) -> None:
        vendor = Vendor()
        vendor.answer = _raises(ToolError("opted_out", "They do not want messages."))
        box = make_toolbox([vendor.tool()])
        answers = [await asked(box, "send", to="Ann") for _ in range(2)]
        assert ([(ok, value["code"]) for ok, value in answers], vendor.reached) == ([(False, "opted_out")] * 2, 1)

    async def test_a_vendors_not_now_may_be_tried_again(self, make_toolbox: MakeToolbox) -> None:
        vendor = Vendor()
        vendor.answer = _raises(ToolError("busy", "One moment.", retryable=True))
        box = make_toolbox([vendor.tool()])
        assert (await asked(box, "send", to="Ann"))[1]["code"] == "busy"
        vendor.answer = lambda: {"sent": "at last"}
        assert await asked(box, "send", to="Ann") == (True, {"sent": "at last"})

    async def test_arguments_that_do_not_fit_never_reach_a_vendor(self, make_toolbox: MakeToolbox) -> None:
        vendor = Vendor()
        box = make_toolbox([vendor.tool()])
        assert (await asked(box, "send"))[1]["code"] == "bad_argument"
        assert await asked(box, "send", to="Ann") == (True, {"sent": 1})

    async def test_forty_racers_reach_a_vendor_once(self, make_toolbox: MakeToolbox) -> None:
        vendor = Vendor()
        box = make_toolbox([vendor.tool()])
        answers = await asyncio.gather(*(asked(box, "send", to="Ann") for _ in range(40)))
        assert vendor.reached == 1
        assert {"sent", "unknown"} >= {value.get("code", "sent") for _, value in answers}
