"""What every journal promises. Subclass the contracts and give them the fixture `make_journal`."""

import asyncio
import secrets
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from antiphon.core.errors import Fenced, NotFound
from antiphon.ports.journal import Journal

MakeJournal = Callable[[], AbstractAsyncContextManager[Journal]]
"""A journal that runs for as long as the block; the next one made in the same test has the same book."""

appends = st.lists(
    st.tuples(st.integers(0, 4), st.integers(1, 5), st.booleans()), min_size=1, max_size=25
)  # which call, how many lines, whether a new owner takes the call over first


async def lines(journal: Journal, call: str, tenant: str = "demo", after: int = 0) -> list[str]:
    """The call's lines."""
    return [entry.line async for entry in journal.read(tenant, call, after)]


class JournalContract:
    """The promises."""

    async def test_fifty_calls_at_once_are_each_contiguous_and_in_order(self, make_journal: MakeJournal) -> None:
        async with make_journal() as journal:

            async def write(call: str) -> None:
                epoch = await journal.open("demo", call)
                for seq in range(0, 20, 2):
                    await journal.append(call, epoch, seq, [f"{call} {seq + 1}", f"{call} {seq + 2}"])

            await asyncio.gather(*(write(f"call_{number}") for number in range(50)))
            for number in range(50):
                call = f"call_{number}"
                entries = [entry async for entry in journal.read("demo", call)]
                assert [(entry.seq, entry.line) for entry in entries] == [(n, f"{call} {n}") for n in range(1, 21)]

    async def test_what_was_acknowledged_is_there_when_the_journal_is_opened_again(
        self, make_journal: MakeJournal
    ) -> None:
        async with make_journal() as journal:
            await journal.append("call_1", await journal.open("demo", "call_1"), 0, ["one", "ünïcödé 🎧"], urgent=True)
        async with make_journal() as journal:
            assert await lines(journal, "call_1") == ["one", "ünïcödé 🎧"]

    async def test_closing_commits_what_is_pending(self, make_journal: MakeJournal) -> None:
        async with make_journal() as journal, asyncio.TaskGroup() as tasks:
            epoch = await journal.open("demo", "call_1")
            pending = tasks.create_task(journal.append("call_1", epoch, 0, ["last words"]), name="last words")
            await asyncio.sleep(0)
            await journal.aclose()
            assert await lines(journal, "call_1") == ["last words"]
            await pending

    async def test_another_tenant_neither_reads_nor_takes_over(self, make_journal: MakeJournal) -> None:
        async with make_journal() as journal:
            epoch = await journal.open("demo", "call_1")
            with pytest.raises(NotFound):
                await journal.open("other", "call_1")
            await journal.append("call_1", epoch, 0, ["line"])  # the attempt fenced nobody and renamed nothing
            for call in ("call_1", "call_of_nobody"):
                with pytest.raises(NotFound):
                    await lines(journal, call, tenant="other")
            assert await lines(journal, "call_1") == ["line"]

    async def test_reading_goes_on_after_any_line_of_a_long_call(self, make_journal: MakeJournal) -> None:
        async with make_journal() as journal:
            epoch = await journal.open("demo", "call_1")
            await journal.append("call_1", epoch, 0, [f"line {n}" for n in range(1, 2_501)], urgent=True)
            assert await lines(journal, "call_1", after=1) == [f"line {n}" for n in range(2, 2_501)]
            assert await lines(journal, "call_1", after=2_500) == []

    async def test_a_slow_reader_keeps_nobody_from_writing(self, make_journal: MakeJournal) -> None:
        async with make_journal() as journal:
            epoch = await journal.open("demo", "call_1")
            await journal.append("call_1", epoch, 0, ["one", "two"])
            readers = [journal.read("demo", "call_1") for _ in range(20)]
            assert [(await anext(reader)).line for reader in readers] == ["one"] * 20
            await journal.append("call_1", epoch, 2, ["three"], urgent=True)
            assert [(await anext(reader)).line for reader in readers] == ["two"] * 20

    async def test_a_writer_that_was_cancelled_loses_nothing_of_the_others(self, make_journal: MakeJournal) -> None:
        async with make_journal() as journal, asyncio.TaskGroup() as tasks:
            epochs = {f"call_{n}": await journal.open("demo", f"call_{n}") for n in range(10)}
            writing = [tasks.create_task(journal.append(call, epochs[call], 0, [call]), name=call) for call in epochs]
            await asyncio.sleep(0)
            for task in writing[::2]:
                task.cancel()
            await asyncio.wait(writing)
            for call in [*epochs][1::2]:
                assert await lines(journal, call) == [call]


class FenceContract:
    """The promises about who may write where."""

    async def test_a_new_owner_fences_the_old_one_and_nobody_else(self, make_journal: MakeJournal) -> None:
        async with make_journal() as journal:
            old = await journal.open("demo", "call_1")
            await journal.append("call_1", old, 0, ["before"])
            new = await journal.open("demo", "call_1")
            other = await journal.open("demo", "call_2")
            results = await asyncio.gather(
                journal.append("call_1", old, 1, ["zombie"]),
                journal.append("call_2", other, 0, ["fine"]),
                journal.append("call_1", new, 1, ["owner"]),
                return_exceptions=True,
            )
            assert [type(result) for result in results] == [Fenced, type(None), type(None)]
            assert await lines(journal, "call_1") == ["before", "owner"]
            assert await lines(journal, "call_2") == ["fine"]

    async def test_an_owner_in_another_process_fences_too(self, make_journal: MakeJournal) -> None:
        async with make_journal() as one, make_journal() as other:
            old = await one.open("demo", "call_1")
            new = await other.open("demo", "call_1")
            await other.append("call_1", new, 0, ["taken over"])
            for seq in (0, 1):
                with pytest.raises(Fenced):
                    await one.append("call_1", old, seq, ["zombie"])
            assert await lines(one, "call_1") == ["taken over"]

    @pytest.mark.parametrize("expected", [0, 2, -1])
    async def test_a_line_at_the_wrong_place_is_refused(self, make_journal: MakeJournal, expected: int) -> None:
        async with make_journal() as journal:
            epoch = await journal.open("demo", "call_1")
            await journal.append("call_1", epoch, 0, ["one"])
            with pytest.raises(Fenced):
                await journal.append("call_1", epoch, expected, ["misplaced"])
            assert await lines(journal, "call_1") == ["one"]

    async def test_a_call_that_was_never_opened_takes_no_lines(self, make_journal: MakeJournal) -> None:
        async with make_journal() as journal:
            with pytest.raises(Fenced):
                await journal.append("call_1", 1, 0, ["line"])

    async def test_of_forty_racers_for_one_place_one_has_it(self, make_journal: MakeJournal) -> None:
        async with make_journal() as journal:
            epoch = await journal.open("demo", "call_1")
            racers = (journal.append("call_1", epoch, 0, [f"racer {n}"]) for n in range(40))
            results = await asyncio.gather(*racers, return_exceptions=True)
            assert sorted(type(result).__name__ for result in results) == ["Fenced"] * 39 + ["NoneType"]
            assert len(await lines(journal, "call_1")) == 1

    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(appends)
    async def test_any_interleaving_leaves_every_call_whole(
        self, make_journal: MakeJournal, plan: list[tuple[int, int, bool]]
    ) -> None:
        async with make_journal() as journal:
            owners: dict[str, int] = {}
            kept: dict[str, list[str]] = {}
            zombies: list[tuple[str, int]] = []
            run = secrets.token_hex(4)  # one book for all examples
            for place, (number, count, taken_over) in enumerate(plan):
                call = f"call_{run}_{number}"
                if taken_over or call not in owners:
                    zombies += [(call, owners[call])] if call in owners else []
                    owners[call] = await journal.open("demo", call)
                written = kept.setdefault(call, [])
                new = [f"{place}.{n}" for n in range(count)]
                await journal.append(call, owners[call], len(written), new, urgent=True)
                written += new
            for call, epoch in zombies:
                with pytest.raises(Fenced):
                    await journal.append(call, epoch, len(kept[call]), ["zombie"], urgent=True)
            for call, written in kept.items():
                assert await lines(journal, call) == written
