"""Reading an agent's folder: its files become a `core.agent.Agent`, or an error that says where and what to do."""

import hashlib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ValidationError

from antiphon.agents import schema
from antiphon.agents.check import problems
from antiphon.agents.explain import explain
from antiphon.core.agent import Agent, Commit, Knowledge, Lookup, OptionSource, Slot, Specialist, Suggestion, Task
from antiphon.core.errors import ConfigError
from antiphon.core.proposal import Json

DEFAULTS = Path(__file__).with_name("texts.toml")
FILE = "agent.toml"
File = TypeVar("File", bound=BaseModel)


def parts_of(folder: Path) -> list[Path]:
    """The files an agent is read from; agent.toml first, whether it is there or not."""
    return [folder / FILE, *sorted(folder.glob("knowledge/*.toml")), *sorted(folder.glob("prompts/*.md"))]


def read_agent(folder: Path) -> Agent:
    """The agent in `folder`, named after it. Raises ConfigError with file, place and cure."""
    texts = {path: _text(path) for path in parts_of(folder)}
    path = folder / FILE
    file = _parse(path, texts[path], schema.AgentFile)
    knowledge = dict(file.knowledge)
    for page in (page for page in texts if page.parent.name == "knowledge"):
        knowledge |= _parse(page, texts[page], schema.KnowledgeFolderFile).knowledge
    prompts = {page.stem: text.strip() for page, text in texts.items() if page.parent.name == "prompts"}
    version = hashlib.sha256(repr([(page.name, text) for page, text in texts.items()]).encode()).hexdigest()[:12]
    agent = _agent(folder.name, file, knowledge, prompts, version)
    if found := problems(agent):
        raise ConfigError(f"{path}: " + "; ".join(found) + ".")
    return agent


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigError(f"{path.parent} has no {FILE}; `antiphon new NAME` makes a folder that has one.") from None
    except (UnicodeDecodeError, OSError) as error:
        raise ConfigError(f"{path} cannot be read: {error}. Save it as UTF-8 text.") from error


def _parse(path: Path, text: str, model: type[File]) -> File:
    try:
        return model.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: {error}. See docs/reference/agent-file.md.") from error
    except ValidationError as error:
        raise ConfigError(explain(path, text, error)) from error


def _words(words: str | list[str]) -> tuple[str, ...]:
    return (words,) if isinstance(words, str) else tuple(words)


def _minutes(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


def _zone(name: str, zone: str) -> str:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ConfigError(f"{name}: agent.zone {zone!r} is no time zone; write it like America/New_York.") from None
    return zone


def _agent(
    name: str,
    file: schema.AgentFile,
    knowledge: Mapping[str, schema.KnowledgeFile],
    prompts: Mapping[str, str],
    version: str,
) -> Agent:
    defaults = tomllib.loads(DEFAULTS.read_text(encoding="utf-8"))
    about = file.agent
    return Agent(
        name=name,
        title=about.title,
        description=about.description,
        language=about.language,
        zone=_zone(name, about.zone),
        voice=about.voice,
        prefix=about.prefix,
        specialists=tuple(
            Specialist(each.name, each.purpose, tuple(each.tools), prompts.get(each.name, ""))
            for each in file.specialists
        ),
        tasks={key: _task(key, task) for key, task in file.tasks.items()},
        slots={key: _slot(key, slot, defaults["called"]) for key, slot in file.slots.items()},
        knowledge=tuple(_knowledge(key, entry) for key, entry in knowledge.items()),
        texts={key: _words(words) for key, words in {**defaults["texts"], **file.texts}.items()},
        phrases={key: tuple(words) for key, words in {**defaults["phrases"], **file.phrases}.items()},
        opens_min=_minutes(about.opens),
        closes_min=_minutes(about.closes),
        version=version,
        vertical=about.vertical,
        human_task=about.human_task,
        most_misses=about.most_misses,
        examples=tuple(about.examples),
        prompt=prompts.get("agent", ""),
    )


def _slot(name: str, file: schema.SlotFile, called: Mapping[str, list[str]]) -> Slot:
    return Slot(
        name,
        file.type,
        ask=_words(file.ask),
        again=_words(file.again),
        help=_words(file.help),
        options={entry: tuple(names) for entry, names in file.options.items()},
        source=OptionSource(**file.source.model_dump()) if file.source else None,
        any=file.any,
        many=file.many,
        called=tuple(file.called) or tuple(called.get(file.type, ())) or (name.replace("_", " "),),
    )


def _task(name: str, file: schema.TaskFile) -> Task:
    suggestion = file.suggestion
    return Task(
        name,
        file.specialist,
        tuple(file.phrases),
        tuple(file.slots),
        confirm=file.confirm,
        done=file.done,
        commit=Commit(file.commit.tool, _arguments(file.commit.arguments), file.commit.reference),
        lookups=tuple(_lookup(step) for step in file.lookups),
        optional=tuple(file.optional),
        outcome=file.outcome,
        opens=file.opens,
        suggestion=None
        if suggestion is None
        else Suggestion(
            suggestion.tool,
            tuple(suggestion.needs),
            _arguments(suggestion.arguments),
            *(suggestion.item, suggestion.slot, suggestion.id, suggestion.say),
        ),
    )


def _lookup(step: schema.LookupFile) -> Lookup:
    return Lookup(
        step.name,
        step.tool,
        tuple(step.needs),
        _arguments(step.arguments),
        step.items,
        keep=step.keep,
        exact=step.exact,
        offer=step.offer,
        offer_far=step.offer_far,
        saying=step.saying,
        empty=step.empty,
        retry=tuple(step.retry),
        refused={code: tuple(slots) for code, slots in step.refused.items()},
    )


def _arguments(arguments: Mapping[str, Any]) -> dict[str, Json]:
    return dict(arguments)


def _knowledge(name: str, file: schema.KnowledgeFile) -> Knowledge:
    return Knowledge(
        name,
        tuple(file.phrases),
        _words(file.answer),
        tool=file.tool,
        items=file.items,
        key=file.key,
        about=file.about,
        all=file.all,
        listed=file.listed,
        ask=file.ask,
        arguments=_arguments(file.arguments),
    )
