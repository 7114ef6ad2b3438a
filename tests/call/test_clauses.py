"""Replies are cut into clauses that lose nothing and come early."""

from hypothesis import given
from hypothesis import strategies as st

from antiphon.call.clauses import ClauseCutter


def _cut(pieces: list[str]) -> list[str]:
    cutter = ClauseCutter()
    clauses = [clause for piece in pieces for clause in cutter.feed(piece)]
    return [clause.text for clause in [*clauses, *cutter.finish()]]


def test_a_sentence_is_handed_out_before_the_next_one_is_known() -> None:
    cutter = ClauseCutter()
    assert ["Hello and welcome."] == [clause.text for clause in cutter.feed("Hello and welcome. What")]


def test_a_short_opening_word_waits_for_company() -> None:
    assert ["Sure, let me look that up for you.", " One moment."] == _cut(
        ["Sure, let me look that up for you. One moment."]
    )


def test_a_number_with_a_comma_or_point_stays_whole() -> None:
    assert ["That comes to 1,250.50 dollars in all."] == _cut(["That comes to 1,250.50 dollars in all."])


def test_a_sentence_is_followed_by_a_longer_silence_than_a_comma() -> None:
    cutter = ClauseCutter()
    comma, full_stop = cutter.feed("I have two thirty with Maria, and three fifteen with Daniel. ")
    assert comma.pause_ms < full_stop.pause_ms


def test_a_reply_without_marks_is_split_at_a_space() -> None:
    clauses = _cut(["word " * 120])
    assert all(len(clause) <= 220 for clause in clauses)


@given(st.lists(st.text(alphabet="ab ,.!?;0\n", max_size=40)))
def test_clauses_put_together_are_the_reply(pieces: list[str]) -> None:
    said = "".join(pieces)
    assert said.rstrip() == "".join(_cut(pieces)).rstrip()


@given(st.text(alphabet="ab ,.!?;", max_size=120))
def test_how_the_text_streams_changes_little_of_what_is_said(said: str) -> None:
    assert "".join(_cut([said])).rstrip() == "".join(_cut(list(said))).rstrip()
