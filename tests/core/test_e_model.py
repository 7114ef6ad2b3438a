"""The E-model: bounds and order for all inputs, and the values its sources print."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.core.e_model import (
    CLEAN,
    G711,
    G711_CONCEALED,
    OPUS,
    Coding,
    delay_impairment,
    effective_impairment,
    grade,
    opinion,
    rating,
)

CODINGS = st.sampled_from((OPUS, G711, G711_CONCEALED)) | st.builds(
    Coding, st.floats(0, 60, allow_nan=False), st.floats(1, 40, allow_nan=False)
)
DELAYS = st.floats(0, 5_000, allow_nan=False)
LOSSES = st.floats(0, 100, allow_nan=False)
BURSTS = st.floats(1, 8, allow_nan=False)


@given(CODINGS, DELAYS, LOSSES, BURSTS)
def test_a_score_lies_between_one_and_four_and_a_half(coding: Coding, delay: float, loss: float, burst: float) -> None:
    rated = rating(coding, delay, loss, burst)
    assert 0 <= rated <= CLEAN
    assert 1.0 <= opinion(rated) <= 4.5
    assert grade(opinion(rated)) in (1, 2, 3, 4)


@given(CODINGS, DELAYS, LOSSES, LOSSES, BURSTS)
def test_more_loss_never_sounds_better(coding: Coding, delay: float, one: float, other: float, burst: float) -> None:
    less, more = sorted((one, other))
    assert opinion(rating(coding, delay, more, burst)) <= opinion(rating(coding, delay, less, burst)) + 1e-9


@given(CODINGS, DELAYS, DELAYS, LOSSES)
def test_more_delay_never_sounds_better(coding: Coding, one: float, other: float, loss: float) -> None:
    less, more = sorted((one, other))
    assert opinion(rating(coding, more, loss)) <= opinion(rating(coding, less, loss)) + 1e-9


@given(CODINGS, LOSSES, BURSTS, BURSTS)
def test_losses_that_come_together_are_never_better(coding: Coding, loss: float, one: float, other: float) -> None:
    less, more = sorted((one, other))
    assert effective_impairment(coding, loss, less) <= effective_impairment(coding, loss, more) + 1e-9


@given(st.floats(0, 120, allow_nan=False), st.floats(0, 120, allow_nan=False))
def test_a_better_rating_is_never_a_worse_score(one: float, other: float) -> None:
    worse, better = sorted((one, other))
    assert opinion(worse) <= opinion(better) + 1e-9


@pytest.mark.parametrize(
    ("rated", "score"),
    # G.107 Annex B, table B.1, and the defaults' 93.2.
    [(93.2, 4.41), (90, 4.34), (80, 4.03), (70, 3.60), (60, 3.10), (50, 2.58), (0, 1.0), (100, 4.5)],
)
def test_ratings_have_the_scores_that_g_107_prints(rated: float, score: float) -> None:
    assert score == pytest.approx(opinion(rated), abs=0.007)


@pytest.mark.parametrize("coding", [OPUS, G711, G711_CONCEALED])
def test_a_clean_call_without_delay_has_the_rating_of_g_107s_defaults(coding: Coding) -> None:
    assert pytest.approx(93.2) == rating(coding, 0, 0)


@pytest.mark.parametrize(
    ("delay", "impairment"),
    # A gentle slope, and a steep one from 177.3 ms.
    [(0, 0.0), (100, 2.4), (177.3, 4.2552), (277.3, 6.6552 + 11.0)],
)
def test_delay_costs_what_cole_and_rosenbluth_fitted(delay: float, impairment: float) -> None:
    assert impairment == pytest.approx(delay_impairment(delay))


@pytest.mark.parametrize("coding", [OPUS, G711, G711_CONCEALED])
def test_losing_bpl_percent_at_random_costs_half_of_what_is_left(coding: Coding) -> None:
    assert pytest.approx(47.5) == effective_impairment(coding, coding.robustness)


def test_concealment_is_worth_a_grade_at_two_percent_of_loss() -> None:
    # G.711, 20 ms each way: 95 · 2 / (2 + 25.1) against 95 · 2 / (2 + 4.3).
    assert (4, 2) == (grade(opinion(rating(G711_CONCEALED, 20, 2))), grade(opinion(rating(G711, 20, 2))))
