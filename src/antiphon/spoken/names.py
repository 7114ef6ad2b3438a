"""Personal names in an answer: with an introduction ("my name is maria lopez") or as the answer itself."""

from antiphon.spoken.words import tokens

INTRODUCTIONS = (
    *(("my", "name", "is"), ("the", "name", "is"), ("my", "name's"), ("name", "is"), ("this", "is"), ("it", "is"), ("it's",)),
    *(("i", "am"), ("i'm",), ("call", "me"), ("under", "the", "name"), ("for",), ("under",), ("name's",), ("names",), ("its",)),
    *(("put", "it", "under"), ("make", "it", "under"), ("that", "would", "be"), ("that's",)),
)  # fmt: skip
STRONG = frozenset(
    {("my", "name", "is"), ("the", "name", "is"), ("my", "name's"), ("name", "is"), ("under", "the", "name")}
)
"""Introductions after which a name is meant even when nobody asked for one."""
NOT_NAMES = frozenset((
    *("a", "an", "the", "and", "to", "at", "on", "in", "for", "with", "please", "my",),
    *("number", "is", "i", "i'd", "like", "want", "would", "book", "appointment", "yes", "no", "not",),
    *("just", "thanks",),
    *("thank", "you", "um", "uh", "well", "of", "it", "here", "calling", "speaking", "looking",),
    *("me", "that", "sure", "okay", "ok", "phone", "call", "callback", "good", "hi", "hello", "hey",),
    *("sorry",),
    *("fine", "will", "be", "are", "was", "can", "get", "first", "last", "name", "there", "one",),
    *("two", "three", "four", "five", "six", "seven", "eight", "nine", "zero", "oh", "ten", "eleven",),
    *("twelve", "noon", "half",),
    *("quarter", "past", "actually", "make", "change", "instead", "rather", "mean", "meant", "wait", "move", "let's",),
    *("maybe", "anyone", "how", "what", "when", "where", "who", "why", "which", "do", "does",),
    *("did", "could", "should", "have", "has", "any", "also", "monday", "tuesday", "wednesday", "thursday", "friday",),
    *("saturday", "sunday", "next", "this", "today", "tomorrow", "tonight",),
    *("correct", "right", "wrong", "am", "pm", "morning", "afternoon", "evening",),
))  # fmt: skip
"""Words that end a name, or show that there is none."""
FILLERS = frozenset(
    {"um", "uh", "well", "yes", "yeah", "sure", "okay", "ok", "so", "oh", "and", "the", "please", "hi", "hello"}
)
"""What may come before a name that is the whole answer; any other word means that the caller says something else."""
LONGEST = 3
"""Words a name may have."""


def find_name(text: str, *, asked: bool = False) -> str:
    """The name in `text` in title case, "" if there is none. With `asked` the bare answer counts ("john smith")."""
    words = tokens(text)
    for at in range(len(words)):
        for phrase in sorted(INTRODUCTIONS, key=len, reverse=True):
            if tuple(words[at : at + len(phrase)]) == phrase and (asked or phrase in STRONG):
                if name := _name_at(words, at + len(phrase)):
                    return name
                break
    if words[-1:] in (["speaking"], ["here"], ["calling"]) and (name := _name_at(words, 0)):
        return name
    if not asked:
        return ""
    start = next((at for at, word in enumerate(words) if word not in FILLERS), len(words))
    return _name_at(words, start)


def _name_at(words: list[str], at: int) -> str:
    if spelled := _spelled(words, at):
        return spelled
    name: list[str] = []
    for word in words[at : at + LONGEST]:
        if word in NOT_NAMES or not word.replace("'", "").isalpha():
            break
        name.append(word)
    return " ".join(_title(word) for word in name)


def _spelled(words: list[str], at: int) -> str:
    """ "s m i t h": three letters or more."""
    end = at
    while end < len(words) and len(words[end]) == 1 and words[end].isalpha():
        end += 1
    return _title("".join(words[at:end])) if end - at >= 3 else ""


def _title(word: str) -> str:
    return word[:1].upper() + word[1:]
