"""The words an agent's callers are likely to say, from its own declaration: what the domain model is built from."""

import hashlib
import json

from antiphon.core.agent import Agent, Options
from antiphon.ports.stt import SttVocabulary


def vocabulary(agent: Agent, options: Options) -> SttVocabulary:
    """Phrases by slot and sentences of tasks and questions, all in words; the key is their hash."""
    phrases = {
        name: tuple(sorted({alias.lower() for names in options[name].values() for alias in names}))
        for name, slot in agent.slots.items()
        if slot.type in ("service", "person", "choice") and options.get(name)
    }
    said = [phrase for task in agent.tasks.values() for phrase in task.phrases]
    said += [phrase for entry in agent.knowledge for phrase in entry.phrases]
    said += [phrase for kind in agent.phrases.values() for phrase in kind]
    said += [example.lower() for example in agent.examples]
    templates = tuple(dict.fromkeys(said))
    content = json.dumps([phrases, templates], sort_keys=True)
    return SttVocabulary(hashlib.sha256(content.encode()).hexdigest()[:16], phrases, templates)
