"""Reading an agent's folder: agent.toml becomes a `core.agent.Agent`, or an error that says where and what to do."""

import difflib
import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ValidationError

from antiphon.agents import schema
from antiphon.agents.check import problems
from antiphon.core.agent import Agent, Commit, Knowledge, Lookup, OptionSource, Slot, Specialist, Task
from antiphon.core.errors import ConfigError

DEFAULTS = Path(__file__).with_name("texts.toml")
FILE = "agent.toml"


def read_agent(folder: Path) -> Agent:
    """The agent in `folder`, named after it. Raises ConfigError with file, place and cure."""
    path = folder / FILE
    try:
        text = path.read_text(encoding="utf-8")
        raw = tomllib.loads(text)
    except FileNotFoundError:
        raise ConfigError(f"{folder} has no {FILE}; `antiphon new NAME` makes a folder that has one.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}. See docs/reference/agent-file.md.") from error
    try:
        file = schema.AgentFile.model_validate(raw)
    except ValidationError as error:
        raise ConfigError(_explain(path, error)) from error
    agent = _agent(folder.name, file, hashlib.sha256(text.encode()).hexdigest()[:12])
    if found := problems(agent):
        raise ConfigError(f"{path}: " + "; ".join(found))
    return agent


def _explain(path: Path, error: ValidationError) -> str:
    lines = []
    for each in error.errors(include_url=False)[:5]:
        where = ".".join(str(part) for part in each["loc"])
        hint = _did_you_mean(each["loc"]) if each["type"] == "extra_forbidden" else ""
        said = "unknown key" if each["type"] == "extra_forbidden" else each["msg"]
        lines.append(f"{where}: {said}{hint}")
    return f"{path}: " + "; ".join(lines)


def _did_you_mean(place: tuple[int | str, ...]) -> str:
    models = [kind for kind in vars(schema).values() if isinstance(kind, type) and issubclass(kind, BaseModel)]
    known = {name for model in models for name in model.model_fields}
    close = difflib.get_close_matches(str(place[-1]), known, 1)
    return f" (did you mean {close[0]}?)" if close else ""


def _words(words: schema.Words) -> tuple[str, ...]:
    return (words,) if isinstance(words, str) else tuple(words)


def _minutes(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


def _agent(name: str, file: schema.AgentFile, version: str) -> Agent:
    defaults = tomllib.loads(DEFAULTS.read_text(encoding="utf-8"))
    about = file.agent
    try:
        ZoneInfo(about.zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise ConfigError(
            f"{name}: agent.zone {about.zone!r} is no time zone; write it like America/New_York."
        ) from None
    texts = {key: _words(words) for key, words in {**defaults["texts"], **file.texts}.items()}
    phrases = {key: tuple(words) for key, words in {**defaults["phrases"], **file.phrases}.items()}
    return Agent(
        name=name,
        title=about.title,
        description=about.description,
        language=about.language,
        zone=about.zone,
        voice=about.voice,
        prefix=about.prefix,
        specialists=tuple(Specialist(each.name, each.purpose, tuple(each.tools)) for each in file.specialists),
        tasks={key: _task(key, task) for key, task in file.tasks.items()},
        slots={key: _slot(key, slot) for key, slot in file.slots.items()},
        knowledge=tuple(_knowledge(file.knowledge)),
        texts=texts,
        phrases=phrases,
        opens_min=_minutes(about.opens),
        closes_min=_minutes(about.closes),
        version=version,
        vertical=about.vertical,
        human_task=about.human_task,
        most_misses=about.most_misses,
        examples=tuple(about.examples),
    )


def _slot(name: str, file: schema.SlotFile) -> Slot:
    source = OptionSource(**file.source.model_dump()) if file.source else None
    options = {entry: tuple(names) for entry, names in file.options.items()}
    return Slot(name, file.type, _words(file.ask), _words(file.again), _words(file.help), options, source, file.any)


def _task(name: str, file: schema.TaskFile) -> Task:
    lookups = tuple(
        Lookup(
            step.name,
            step.tool,
            tuple(step.needs),
            _arguments(step.arguments),
            step.items,
            step.keep,
            step.exact,
            step.offer,
            step.empty,
            tuple(step.retry),
        )
        for step in file.lookups
    )
    commit = Commit(file.commit.tool, _arguments(file.commit.arguments), file.commit.reference)
    slots, optional = tuple(file.slots), tuple(file.optional)
    said = (file.confirm, file.done)
    return Task(
        name, file.specialist, tuple(file.phrases), slots, *said, commit, lookups, optional, file.outcome, file.opens
    )


def _arguments(arguments: Mapping[str, str | list[str]]) -> dict[str, Any]:
    return dict(arguments)


def _knowledge(entries: Mapping[str, schema.KnowledgeFile]) -> Iterable[Knowledge]:
    for name, file in entries.items():
        yield Knowledge(
            name,
            tuple(file.phrases),
            _words(file.answer),
            file.tool,
            file.items,
            file.key,
            file.about,
            file.all,
        )
