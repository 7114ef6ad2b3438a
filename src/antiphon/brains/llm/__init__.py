"""The brain over a language model: the agent's declaration becomes instructions and functions, its words stream as they come.

What needs pydantic-ai or openai is imported when a model is opened, not before: together they take a second and 65 MB.
"""

from antiphon.brains.llm.brain import LlmBrain
from antiphon.brains.llm.model import LanguageModel, open_model
from antiphon.brains.llm.probe import first_word_s

__all__ = ["LanguageModel", "LlmBrain", "first_word_s", "open_model"]
