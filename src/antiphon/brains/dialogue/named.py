"""Whether a bare answer is a name: "john smith" is, "excuse me" and "let me think" are not."""

from antiphon.spoken.words import tokens

AFTER_A_NAME = frozenset(
    {
        "and",
        "my",
        "number",
        "phone",
        "please",
        "thanks",
        "thank",
        "speaking",
        "here",
        "with",
        "for",
        "at",
        "on",
        "is",
    }
    | {"sorry", "no", "not", "or", "actually", "instead", "that's", "it's", "zero", "oh", "one", "two", "three", "four"}
    | {
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "double",
        "triple",
        "area",
        "from",
        "by",
        "um",
        "uh",
        "yes",
        "yeah",
        "i'm",
    }
)
"""Words that may follow a name; any other one shows that the sentence says something else."""
NEVER_NAMES = frozenset(
    {"excuse", "let", "give", "hang", "hold", "none", "nobody", "nothing", "something", "anything", "everything", "pardon"}
    | {"repeat", "say", "tell", "help", "stop", "cancel", "goodbye", "bye", "never", "forget", "because", "if", "but"}
    | {"then", "again", "already", "still", "we", "they", "he", "she", "his", "her", "our", "your", "their", "us", "them"}
    | {"these", "those", "some", "every", "each", "all", "both", "very", "too", "much", "many", "more", "less", "most"}
    | {"nope", "yep", "yup", "nah", "great", "perfect", "alright", "exactly", "correct", "whatever", "maybe", "really"}
    | {"question", "wrong", "hair", "nails", "appointment", "person", "human", "operator", "manager", "someone"}
    | {"somebody", "i've", "i'll", "you're", "don't", "can't", "didn't", "won't", "isn't", "doesn't", "it", "need"}
    | {"go", "come", "take", "put", "use", "know", "think", "see", "hear", "try", "ask", "talk", "speak", "wait"}
)  # fmt: skip
"""Everyday words that no caller is called."""


def bare_name_stands(text: str, name: str) -> bool:
    """Whether `name`, found in a sentence without an introduction, is what the sentence says."""
    words, said = tokens(text), [word.lower() for word in name.split()]
    if NEVER_NAMES & set(said):
        return False
    at = place(words, said)
    after = words[at + len(said) :] if at is not None else []
    return not after or after[0] in AFTER_A_NAME or after[0].isdigit()


def place(words: list[str], said: list[str]) -> int | None:
    """Where `said` stands in `words`."""
    return next((at for at in range(len(words)) if words[at : at + len(said)] == said), None)


def without(text: str, name: str) -> str:
    """The sentence without the name."""
    words, said = tokens(text), tokens(name)
    at = place(words, said)
    return text if at is None else " ".join([*words[:at], *words[at + len(said) :]])
