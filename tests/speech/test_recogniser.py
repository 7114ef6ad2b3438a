"""Two decoders over one utterance, of which the dearer is waited for only where it may know better."""

import math

import pytest

from antiphon.adapters.pocketsphinx import model
from antiphon.adapters.pocketsphinx.adapter import MOST_SURPRISE
from antiphon.adapters.pocketsphinx.recogniser import STEP, Recogniser
from antiphon.ports.stt import SttVocabulary
from antiphon.testing.voices import Voices

pytestmark = [pytest.mark.realtime, pytest.mark.spoken]
IN_DOMAIN = "i'd like a haircut with maria on monday"
OUTSIDE = "the weather in the mountains was cold and dark"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, vocabulary: SttVocabulary) -> str:
    built = model.domain_model(tmp_path_factory.mktemp("domain"), vocabulary)
    model.build(built, vocabulary, {})
    return str(built.folder)


@pytest.fixture(scope="module")
def recogniser() -> Recogniser:
    return Recogniser()


def take(recogniser: Recogniser, folder: str | None, pcm: bytes, most_surprise: float = MOST_SURPRISE) -> None:
    """An utterance as it comes where there is no time for the general decoder at all."""
    recogniser.begin(folder, {}, most_surprise)
    for at in range(0, len(pcm), STEP):
        recogniser.take(pcm[at : at + STEP])


def steps_to_decide(recogniser: Recogniser) -> int:
    """How often the general decoder must hear more before the words are known."""
    recogniser.close()
    steps = 0
    while not recogniser.decided:
        assert recogniser.catch_up()
        steps += 1
    return steps


def test_words_of_the_domain_do_not_wait_for_a_general_decoder_that_is_behind(
    recogniser: Recogniser, folder: str, voices: Voices
) -> None:
    take(recogniser, folder, voices.say(IN_DOMAIN))
    assert 0 == steps_to_decide(recogniser)
    answer = recogniser.finish()
    assert (IN_DOMAIN, "") == (answer["text"], answer["alternative"])


def test_where_the_domain_is_not_sure_the_general_decoder_is_waited_for_to_its_last_word(
    recogniser: Recogniser, folder: str, voices: Voices
) -> None:
    pcm = voices.say(OUTSIDE)
    take(recogniser, folder, pcm)
    assert -(-len(pcm) // STEP) == steps_to_decide(recogniser)
    heard = str(recogniser.finish()["text"])
    assert len(set(OUTSIDE.split()) & set(heard.split())) >= 6


def test_a_general_decoder_that_is_almost_there_is_waited_for_though_the_domain_is_sure(
    recogniser: Recogniser, folder: str, voices: Voices
) -> None:
    pcm = voices.say(IN_DOMAIN)
    take(recogniser, folder, pcm)
    for _ in range(len(pcm) // STEP - 1):
        recogniser.catch_up()
    assert steps_to_decide(recogniser) in (1, 2)
    assert IN_DOMAIN == recogniser.finish()["text"]


def test_the_words_so_far_come_from_the_domain_while_the_general_decoder_is_behind(
    recogniser: Recogniser, folder: str, voices: Voices
) -> None:
    take(recogniser, folder, voices.say(IN_DOMAIN))
    assert recogniser.behind
    assert recogniser.so_far().startswith("i'd like a haircut with maria")
    recogniser.abandon()
    assert not recogniser.catch_up()


def test_without_a_domain_the_general_decoder_has_the_last_word(recogniser: Recogniser, voices: Voices) -> None:
    take(recogniser, None, voices.say("my name is alex johnson"), most_surprise=math.inf)
    assert steps_to_decide(recogniser) > 0
    assert "my name is alex johnson" == recogniser.finish()["text"]


def test_a_voice_that_the_general_decoder_did_not_hear_out_is_known_to_it_all_the_same(
    recogniser: Recogniser, folder: str, voices: Voices
) -> None:
    take(recogniser, folder, voices.say(IN_DOMAIN))
    steps_to_decide(recogniser)
    means = recogniser.finish()["means"]
    assert isinstance(means, dict)
    assert means["domain"] == means["general"]


def test_a_long_utterance_is_cut_in_the_same_places_for_both(
    recogniser: Recogniser, folder: str, voices: Voices
) -> None:
    pcm = voices.say("on monday", tail_ms=800) * 20
    take(recogniser, folder, pcm, most_surprise=0.0)
    assert -(-len(pcm) // STEP) == steps_to_decide(recogniser)
    assert str(recogniser.finish()["text"]).count("on monday") >= 18
