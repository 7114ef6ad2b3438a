"""The domain model's parts: sentences, counts, pronunciations, grammar."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.adapters.pocketsphinx import decoders, ngram, pronounce
from antiphon.adapters.pocketsphinx.framing import FrameReader, Kind, frame
from antiphon.adapters.pocketsphinx.sentences import plain, sentences
from antiphon.ports.stt import SttVocabulary
from antiphon.testing.ears import grammar_of, longest_prefix, recognise_with_grammar, spoken_digits
from antiphon.testing.voices import Voices

WORDS = st.sampled_from(["a", "b", "c", "d"])
SENTENCES = st.lists(st.lists(WORDS, min_size=1, max_size=6).map(" ".join), min_size=1, max_size=30)


def test_the_same_vocabulary_gives_the_same_sentences(vocabulary: SttVocabulary) -> None:
    assert list(sentences(vocabulary, 200)) == list(sentences(vocabulary, 200))


def test_every_phrase_is_said_often_enough_to_be_learnt(vocabulary: SttVocabulary) -> None:
    said = list(sentences(vocabulary, 0))
    for phrases in vocabulary.phrases.values():
        for phrase in phrases:
            assert sum(phrase in sentence for sentence in said) >= 20


def test_every_digit_follows_every_digit(vocabulary: SttVocabulary) -> None:
    pairs = {pair for sentence in sentences(vocabulary) for pair in pairwise(sentence.split())}
    digits = ("oh", "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    lacking = {(one, two) for one in digits for two in digits} - pairs
    assert lacking <= {("oh", "zero"), ("zero", "oh")}  # nobody says both in one number


def test_sentences_are_in_the_dictionarys_spelling() -> None:
    vocabulary = SttVocabulary(
        "odd", {"service": ("Cut & Colour (30 min)", "Chloé’s special")}, ("I'd like {service}!",)
    )
    letters = {letter for sentence in sentences(vocabulary, 500) for letter in sentence}
    assert letters <= set("abcdefghijklmnopqrstuvwxyz' ")


@pytest.mark.parametrize(
    "written, expected", [("A 30-min 'trim'", "a three zero min trim"), ("o’clock", "o'clock"), ("  ", ""), ("...", "")]
)
def test_plain_spells_as_spoken(written: str, expected: str) -> None:
    assert expected == plain(written)


@given(SENTENCES)
def test_probabilities_after_a_history_sum_to_one(said: list[str]) -> None:
    model = ngram.Trigrams(ngram.count(said))
    words = list(model.one)
    for history in {(pair[0],) for pair in model.two}:
        total = sum(model.two.get((*history, word), model.backoff_one[history] * model.one[word]) for word in words)
        seen = {pair[1] for pair in model.two if pair[:1] == history}
        if seen != set(words):  # else the capped remainder has nowhere to go
            assert total == pytest.approx(1, abs=1e-6)
        assert total <= 1 + 1e-6


@given(SENTENCES)
def test_seen_trigrams_never_spend_everything(said: list[str]) -> None:
    model = ngram.Trigrams(ngram.count(said))
    for history in model.backoff_two:
        assert sum(p for triple, p in model.three.items() if triple[:2] == history) <= ngram.TRIGRAM_CAP + 1e-9


@given(st.from_regex(r"[a-z][a-z']{0,15}", fullmatch=True))
def test_every_spelling_has_a_pronunciation_of_known_phones(word: str) -> None:
    phones = pronounce.by_spelling(word).split()
    assert phones
    assert set(phones) <= pronounce.PHONES


def test_flites_phones_become_the_dictionarys() -> None:
    assert pronounce.from_flite(("b", "ae", "l", "ax", "y", "aa", "zh")) == "B AE L AH Y AA ZH"
    assert pronounce.from_flite(("b", "??")) == ""


def test_a_reduced_dictionary_has_every_word_and_its_variants() -> None:
    lines = pronounce.reduced(decoders.dictionary(), ["a", "zzyzx", "haircut"], {}).splitlines()
    assert [line.split()[0] for line in lines] == ["a", "a(2)", "haircut", "zzyzx"]


@given(st.lists(st.tuples(st.sampled_from(Kind), st.binary(max_size=50))), st.integers(1, 17))
def test_frames_survive_any_cutting(messages: list[tuple[Kind, bytes]], size: int) -> None:
    stream = b"".join(frame(kind, body) for kind, body in messages)
    reader = FrameReader()
    read = [message for at in range(0, len(stream), size) for message in reader.feed(stream[at : at + size])]
    assert messages == read


def test_a_grammar_tells_sentences_apart_and_takes_unknown_words(voices: Voices) -> None:
    said = ["i'd like a balayage", "i'd like a haircut", "goodbye"]
    for sentence in said:
        assert recognise_with_grammar(voices.say(sentence, "awb"), grammar_of(said)) == sentence


def test_the_longest_prefix_is_found(voices: Voices) -> None:
    words = ["Your", "haircut", "with", "Maria,", "is", "booked", "for", "Tuesday"]
    assert longest_prefix(voices.say("your haircut with maria", "rms"), words) == words[:4]


def test_spoken_digits_are_read_back() -> None:
    assert spoken_digits("it's oh seven double two triple nine o") == "07229990"


def test_a_grammar_that_does_not_parse_is_an_error() -> None:
    with pytest.raises(RuntimeError):
        recognise_with_grammar(bytes(32_000), "#JSGF V1.0; grammar g; public <g> = ( a;")


def test_language_tables_hold_no_hole_that_cannot_be_filled() -> None:
    folder = Path(ngram.__file__).with_name("language")
    vocabulary = SttVocabulary("one", {"service": ("trim",), "person": ("maria",)})
    assert len(list(folder.glob("*.txt"))) == 6
    assert all("{" not in sentence for sentence in sentences(vocabulary))


def test_a_frequent_name_is_said_more_often_than_a_rare_one(vocabulary: SttVocabulary) -> None:
    words = [word for sentence in sentences(vocabulary, 2_000) for word in sentence.split()]
    assert 12 <= words.count("joan") < words.count("john") / 5
