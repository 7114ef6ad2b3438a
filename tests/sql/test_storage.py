"""One folder holds everything that is kept: opened, brought up to date, shared with commands, found again."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import event, text

from antiphon.adapters.sql import migrate, open_sqlite
from antiphon.adapters.sql.migrate import RECORDS
from antiphon.agents import read_agent
from antiphon.core.agent import Specialist
from antiphon.core.errors import ConfigError
from antiphon.ports.tool import ToolCaller
from antiphon.testing.contracts.journal import lines
from antiphon.testing.contracts.records import ended
from antiphon.wiring.storage import open_storage
from antiphon_verticals.salon import FOLDER, VERTICAL
from tests.call.fakes import HandClock

CALLER = ToolCaller("demo", "call_1")
KEY = "a-key-of-forty-characters-0123456789abcd"


async def test_what_was_kept_is_found_when_the_folder_is_opened_again(tmp_path: Path) -> None:
    folder = tmp_path / "not" / "there yet"
    async with open_storage(folder, HandClock(), tenant="demo", keys=[KEY]) as storage:
        await storage.journal.append("call_1", await storage.journal.open("demo", "call_1"), 0, ["line"])
        await storage.records.save("demo", ended("call_1").to_json())
        link = storage.credentials.mint_link("demo")
    async with open_storage(folder, HandClock(), tenant="demo", keys=[KEY]) as storage:
        assert ["line"] == await lines(storage.journal, "call_1")
        assert "done" == (await storage.records.get("demo", "call_1"))["outcome"]
        assert "demo" == storage.credentials.tenant_of_session(storage.credentials.redeem(link))
        assert "demo" == storage.credentials.tenant_of_key(KEY)


async def test_a_command_may_open_the_folder_of_a_server_that_runs(tmp_path: Path) -> None:
    async with open_storage(tmp_path, HandClock(), tenant="demo", keys=[]) as server:
        await server.journal.append("call_1", await server.journal.open("demo", "call_1"), 0, ["line"], urgent=True)
        async with open_storage(tmp_path, HandClock(), tenant="demo", keys=[]) as command:
            assert ["line"] == await lines(command.journal, "call_1")
            link = command.credentials.mint_link("demo")
        assert server.credentials.redeem(link)


async def test_an_agent_has_the_tools_it_lists_and_takes_messages(tmp_path: Path) -> None:
    async with open_storage(tmp_path, HandClock(), tenant="demo", keys=[]) as storage:
        await storage.seed("demo")
        inquiry = Specialist("inquiry", "Answers questions.", ("list_services",))
        box = storage.toolbox(replace(read_agent(FOLDER), specialists=(inquiry,)))
        assert ["list_services", "take_message"] == [declared.name for declared in box.declarations()]
        assert (await box.call("list_services", {}, CALLER, "a")).ok
        assert not (await box.call("cancel_booking", {"ref": "GB-20261120-001"}, CALLER, "b")).ok


async def test_an_agent_of_an_unknown_trade_is_a_setting_to_change(tmp_path: Path) -> None:
    async with open_storage(tmp_path, HandClock(), tenant="demo", keys=[]) as storage:
        with pytest.raises(ConfigError, match=r"no vertical 'bakery'; installed are salon"):
            storage.toolbox(replace(read_agent(FOLDER), vertical="bakery"))


async def test_a_tool_that_acts_on_the_call_itself_is_known_and_no_part_of_the_stored_ones(tmp_path: Path) -> None:
    async with open_storage(tmp_path, HandClock(), tenant="demo", keys=[]) as storage:
        desk = Specialist("desk", "Presses keys.", ("press_keys", "take_message"))
        box = storage.toolbox(replace(read_agent(FOLDER), specialists=(desk,)))
        assert ["take_message"] == [declared.name for declared in box.declarations()]


async def test_an_agent_that_names_a_tool_nobody_has_is_a_setting_to_change(tmp_path: Path) -> None:
    async with open_storage(tmp_path, HandClock(), tenant="demo", keys=[]) as storage:
        desk = Specialist("desk", "Presses keys.", ("press_kyes",))
        told = r"'desk' may use tool 'press_kyes', which neither its vertical \(salon\) nor .* \(did you mean 'press_keys'\?\)"
        with pytest.raises(ConfigError, match=told):
            storage.toolbox(replace(read_agent(FOLDER), specialists=(desk,)))


async def test_seeding_twice_changes_nothing(tmp_path: Path) -> None:
    async with open_storage(tmp_path, HandClock(), tenant="demo", keys=[]) as storage:
        counts = []
        for _ in range(2):
            await storage.seed("demo")
            async with storage.engines.readers.connect() as connection:
                tables = ("salon_services", "salon_stylist_hours", "salon_closures")
                queries = [f"SELECT count(*) FROM {table}" for table in tables]
                counts.append([(await connection.execute(text(query))).scalar_one() for query in queries])
        assert counts[0] == counts[1]
        assert min(counts[0]) > 0


async def test_tables_of_an_earlier_version_are_brought_up_to_date_with_their_rows(tmp_path: Path) -> None:
    first = []
    for branch in (RECORDS, VERTICAL.migrations):
        (first_of_branch := tmp_path / branch.parent.name / branch.name).mkdir(parents=True)
        shutil.copy(branch / "0001_first_tables.py", first_of_branch)
        first.append(first_of_branch)
    engines = open_sqlite(tmp_path / "records.db", durable=False)
    await migrate(engines.writer, first)
    async with engines.writer.begin() as tx:
        await tx.execute(text("INSERT INTO call_turns VALUES ('demo', 'call_1', 0, 'caller', 'hello', 0, 0, 900)"))
    await migrate(engines.writer, [RECORDS, VERTICAL.migrations])
    async with engines.readers.connect() as connection:
        kept = (await connection.execute(text("SELECT text, ended_ms, number FROM call_turns"))).one()
        assert ("hello", 900, None) == tuple(kept)
        await connection.execute(text("SELECT date FROM salon_closures"))
    await engines.aclose()


async def test_tables_that_are_up_to_date_are_left_alone(tmp_path: Path) -> None:
    engines = open_sqlite(tmp_path / "records.db", durable=False)
    await migrate(engines.writer, [RECORDS, VERTICAL.migrations])
    statements: list[str] = []
    event.listen(engines.writer.sync_engine, "before_cursor_execute", lambda *seen: statements.append(seen[2]))
    await migrate(engines.writer, [RECORDS, VERTICAL.migrations])
    assert statements
    assert [] == [each for each in statements if each.startswith(("CREATE", "ALTER", "INSERT", "UPDATE"))]
    await engines.aclose()
