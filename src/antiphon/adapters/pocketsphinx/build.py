"""`python -m antiphon.adapters.pocketsphinx.build`: build a domain model, away from the serving process.

One JSON object on standard input: {"folder", "key", "phrases", "templates", "pronunciations"}; without "folder" the words that
need a pronunciation are printed as a JSON list and nothing is built.
"""

import json
import os
import sys
from pathlib import Path

from antiphon.adapters.pocketsphinx.model import DomainModel, build, missing_words
from antiphon.ports.stt import SttVocabulary


def main() -> None:
    """Carry out the order on standard input."""
    os.nice(5)  # callers who are speaking now come first
    order = json.load(sys.stdin)
    phrases = {slot: tuple(values) for slot, values in order["phrases"].items()}
    vocabulary = SttVocabulary(order["key"], phrases, tuple(order["templates"]))
    if "folder" in order:
        build(DomainModel(Path(order["folder"])), vocabulary, order["pronunciations"])
    else:
        json.dump(missing_words(vocabulary), sys.stdout)


if __name__ == "__main__":
    main()
