"""The agent file: its schema, reading it, checking it."""

from antiphon.agents.catalogue import FolderCatalogue
from antiphon.agents.options import load_options
from antiphon.agents.reader import read_agent
from antiphon.agents.vocabulary import vocabulary

__all__ = ["FolderCatalogue", "load_options", "read_agent", "vocabulary"]
