"""Recognition inside a grammar, for tests and tools: is this number, this sentence in the audio? Blocks; holds the GIL."""

import re
import tempfile
from pathlib import Path

from antiphon.adapters.pocketsphinx import decoders, pronounce

_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
_NOT_WORDS = re.compile(r"#JSGF[^;]*;|\bgrammar\s+\w+\s*;|<[^>]*>|\bpublic\b|/[\d.]+/|\{[^}]*\}")
_WORD = re.compile(r"[a-z][a-z'.]*")


def recognise_with_grammar(pcm: bytes, jsgf: str) -> str:
    """The path through the JSGF grammar that 16 kHz int16 `pcm` fits best, or "" if none does. Words are lower case.

    Words that the dictionary lacks are pronounced by their spelling. Raises RuntimeError for a grammar that does not parse.
    """
    words = set(_WORD.findall(_NOT_WORDS.sub(" ", _COMMENT.sub(" ", jsgf))))
    with tempfile.TemporaryDirectory() as folder:
        dictionary, rules = Path(folder, "words.dict"), Path(folder, "rules.jsgf")
        dictionary.write_text(pronounce.reduced(decoders.dictionary(), words))
        rules.write_text(jsgf)
        decoder = decoders.grammar(dictionary, rules)
    decoder.start_utt()
    decoder.process_raw(pcm, full_utt=True)
    decoder.end_utt()
    return decoders.heard(decoder)[0]
