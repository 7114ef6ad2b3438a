"""Who speaks when: the conversation in virtual time."""

import pytest

from antiphon.core import commands as cm
from antiphon.core import events as ev
from antiphon.core.commands import Cause, Floor
from antiphon.core.errors import InvariantBroken
from antiphon.core.history import AgentSaid, CallerSaid, CallerSilent, HandedOff, ToolAnswered, ToolCalled
from antiphon.core.proposal import CallTool, Expect, Fill, Finish, HandOff, Outcome, Say
from antiphon.testing.script import Script

REPLY = "I have half past two with Maria on Tuesday"


def kinds(orders: list[cm.Command]) -> list[str]:
    return [type(order).__name__ for order in orders]


def talking(text: str = REPLY, audio_ms: int = 4_000) -> tuple[Script, int]:
    """A script in which the agent is in the middle of an answer."""
    script = Script()
    script.greet()
    script.say("tuesday please")
    script.after(700)
    reply = script.answer(text, audio_ms=audio_ms)
    script.orders()
    return script, reply


def test_the_agent_greets_when_the_leg_connects_and_only_once() -> None:
    script = Script()
    script.after(10, ev.LegConnected(0))
    script.after(1, ev.LegConnected(0))
    assert [cm.Think(1, Cause.GREETING)] == [order for order in script.orders() if isinstance(order, cm.Think)]


def test_an_ordinary_turn_is_taken_after_700_ms_of_silence() -> None:
    script = Script()
    script.greet()
    script.say("i would like a haircut")
    end = script.now - 300
    assert end + 700 == script.conversation.deadline
    taken = script.at(end + 700, ev.TimePassed(0))
    assert cm.TurnTaken(1, "i would like a haircut", end - 800, end) in taken


def test_words_that_complete_the_question_are_taken_after_350_ms() -> None:
    script = Script()
    script.after(10, ev.LegConnected(0))
    script.finish(script.answer("Shall I book it?", Expect("yes_no")))
    script.say("yes")
    assert script.now - 300 + 350 == script.conversation.deadline


def test_a_dictated_number_gets_1200_ms() -> None:
    script = Script()
    script.after(10, ev.LegConnected(0))
    script.finish(script.answer("Your number?", Expect("phone", "phone")))
    script.say("two one two")
    assert script.now - 300 + 1_200 == script.conversation.deadline


def test_decoding_starts_at_the_end_of_speech_beside_the_wait() -> None:
    script = Script()
    script.greet()
    script.at(script.now + 100, ev.SpeechStarted(0, 1, script.now + 40))
    assert [cm.Transcribe(1)] == [
        o for o in script.after(900, ev.SpeechStopped(0, 1, script.now + 700)) if isinstance(o, cm.Transcribe)
    ]


def test_speech_that_resumes_within_the_wait_is_one_turn() -> None:
    script = Script()
    script.greet()
    script.say("i would like", 1)
    script.say("a haircut", 2)
    script.after(700)
    assert "i would like a haircut" == script.conversation.history[-1].text  # type: ignore[union-attr]


def test_late_words_are_joined_in_the_order_they_were_spoken() -> None:
    script = Script()
    script.greet()
    start = script.now
    script.at(start + 100, ev.SpeechStarted(0, 1, start + 50))
    script.at(start + 700, ev.SpeechStopped(0, 1, start + 500))
    script.at(start + 800, ev.SpeechStarted(0, 2, start + 750))
    script.at(start + 1500, ev.SpeechStopped(0, 2, start + 1300))
    script.at(start + 1600, ev.WordsHeard(0, 2, "a haircut", 0.9))
    script.at(start + 1650, ev.WordsHeard(0, 1, "i would like", 0.9))
    script.after(800)
    assert "i would like a haircut" == script.conversation.history[-1].text  # type: ignore[union-attr]


def test_a_sound_without_words_is_asked_about_and_leaves_no_turn() -> None:
    script = Script()
    script.greet()
    script.say("")
    assert cm.Think(2, Cause.NONSENSE) in script.after(700)
    assert not [entry for entry in script.conversation.history if isinstance(entry, CallerSaid)]


def test_a_recogniser_that_never_answers_ends_in_a_question_not_in_silence() -> None:
    script = Script()
    script.greet()
    script.at(script.now + 100, ev.SpeechStarted(0, 1, script.now))
    script.at(script.now + 900, ev.SpeechStopped(0, 1, script.now + 700))
    assert cm.Think(2, Cause.NONSENSE) in script.after(5_000)


def test_going_on_before_the_answer_is_audible_reopens_the_turn() -> None:
    script = Script()
    script.greet()
    script.say("i would like a haircut", 1)
    script.after(700)
    script.say("with maria", 2)
    script.after(700)
    said = [entry for entry in script.conversation.history if isinstance(entry, CallerSaid)]
    assert [CallerSaid(1, "i would like a haircut with maria")] == said


def test_a_cough_pauses_the_agent_and_does_not_cost_it_the_floor() -> None:
    script, reply = talking()
    script.after(500, ev.PlayoutPaused(0, reply, 500, 40))
    floors = [script.conversation.floor]
    assert cm.ResumePlayout(reply) in script.after(150)
    floors.append(script.conversation.floor)
    assert [Floor.CONTESTED, Floor.AGENT] == floors


def test_the_second_false_pause_within_ten_seconds_disarms_the_reflex() -> None:
    script, reply = talking()
    script.after(500, ev.PlayoutPaused(0, reply, 500, 40))
    script.after(150)
    script.after(500, ev.PlayoutPaused(0, reply, 900, 40))
    assert cm.ArmReflex(reply, armed=False) in script.after(150)


def test_a_confirmed_voice_arms_the_reflex_again() -> None:
    script, reply = talking()
    for _ in range(2):
        script.after(500, ev.PlayoutPaused(0, reply, 500, 40))
        script.after(150)
    assert cm.ArmReflex(reply, armed=True) in script.after(500, ev.SpeechStarted(0, 2, script.now + 450))


def test_half_a_second_of_voice_cuts_the_agent() -> None:
    script, reply = talking()
    script.after(1_000, ev.PlayoutPaused(0, reply, 1_000, 40))
    onset = script.now - 60
    script.after(60, ev.SpeechStarted(0, 2, onset))
    assert cm.CutReply(reply) in script.at(onset + 500, ev.TimePassed(0))
    assert Floor.CALLER is script.conversation.floor


def test_a_word_cuts_the_agent_before_half_a_second() -> None:
    script, reply = talking()
    script.after(1_000, ev.PlayoutPaused(0, reply, 1_000, 40))
    script.after(60, ev.SpeechStarted(0, 2, script.now))
    assert cm.CutReply(reply) in script.after(200, ev.InterimHeard(0, 2, "wait"))


def test_an_mm_hm_lets_the_agent_go_on_and_leaves_nothing_in_the_history() -> None:
    script, reply = talking()
    before = script.conversation.history
    script.after(1_000, ev.PlayoutPaused(0, reply, 1_000, 40))
    script.after(60, ev.SpeechStarted(0, 2, script.now))
    script.after(300, ev.SpeechStopped(0, 2, script.now + 100))
    assert cm.ResumePlayout(reply) in script.after(150, ev.WordsHeard(0, 2, "mm hm", 0.5))
    assert before == script.conversation.history


def test_an_okay_near_the_end_of_the_reply_is_an_answer() -> None:
    script, reply = talking(audio_ms=1_500)
    script.after(1_000, ev.PlayoutPaused(0, reply, 1_000, 40))
    script.after(60, ev.SpeechStarted(0, 2, script.now))
    script.after(300, ev.SpeechStopped(0, 2, script.now + 100))
    assert cm.CutReply(reply) in script.after(150, ev.WordsHeard(0, 2, "okay", 0.5))


def test_only_what_was_heard_enters_the_history() -> None:
    script, reply = talking()
    script.after(1_000, ev.PlayoutPaused(0, reply, 1_000, 40))
    onset = script.now - 60
    script.after(60, ev.SpeechStarted(0, 2, onset))
    script.at(onset + 500, ev.TimePassed(0))
    script.after(5, ev.PlayoutFlushed(0, reply, 1_000, 40))
    # nine words over 4,000 ms: 444 ms each; 960 ms heard is two words and a bit
    assert AgentSaid(reply, "I have", cut=True) == script.conversation.history[-1]


def test_a_leg_that_does_not_say_where_it_cut_is_taken_at_its_last_position() -> None:
    script, reply = talking()
    script.after(1_000, ev.PlayoutPaused(0, reply, 1_000, 40))
    script.after(60, ev.SpeechStarted(0, 2, script.now))
    script.after(200, ev.InterimHeard(0, 2, "stop"))
    heard = [order for order in script.after(300) if isinstance(order, cm.ReplyHeard)]
    assert ["I have"] == [order.text for order in heard]


def test_a_position_reported_for_an_older_reply_is_ignored() -> None:
    script, reply = talking()
    before = script.conversation.history
    for stale in (ev.PlayoutPaused(0, 1, 900, 0), ev.PlayoutFlushed(0, 1, 900, 0), ev.PlayoutEnded(0, 1, 900)):
        assert [] == script.after(1, stale)
    assert (before, Floor.AGENT) == (script.conversation.history, script.conversation.floor)
    assert reply == 2


def test_the_next_reply_starts_with_nothing_heard() -> None:
    script, reply = talking()
    script.finish(reply, 4_000)
    script.say("hm", 2)
    script.after(700)
    second = script.answer(REPLY, audio_ms=4_000)
    script.orders()
    script.after(1, ev.PlayoutPaused(0, second, 0, 0))
    script.after(60, ev.SpeechStarted(0, 3, script.now))
    script.after(100, ev.InterimHeard(0, 3, "stop"))
    heard = [order for order in script.after(5, ev.PlayoutFlushed(0, second, 0, 0)) if isinstance(order, cm.ReplyHeard)]
    assert [("", 0)] == [(order.text, order.heard_ms) for order in heard]


def test_a_tool_is_ordered_with_its_key_and_the_brain_runs_again_with_the_result() -> None:
    script = Script()
    script.greet()
    script.say("tuesday")
    script.after(700)
    script.answer("One moment.", CallTool("check", {"day": "tuesday"}))
    order = next(order for order in script.orders() if isinstance(order, cm.RunTool))
    assert ("check", "call_1:1") == (order.tool, order.key)
    again = script.after(100, ev.ToolReturned(0, 1, True, {"free": True}, 90))
    assert cm.Think(3, Cause.TOOLS) in again
    assert (ToolCalled(1, "check", {"day": "tuesday"}), ToolAnswered(1, "check", True, {"free": True})) == (
        script.conversation.history[-2:]
    )


def test_a_tool_result_enters_the_history_although_the_caller_interrupted() -> None:
    script = Script()
    script.greet()
    script.say("tuesday")
    script.after(700)
    reply = script.answer("One moment please while I look.", CallTool("book"), audio_ms=3_000)
    script.after(300, ev.PlayoutPaused(0, reply, 300, 40))
    script.after(60, ev.SpeechStarted(0, 2, script.now))
    script.after(100, ev.InterimHeard(0, 2, "stop"))
    script.after(10, ev.ToolReturned(0, 1, True, "booked", 400))
    assert any(isinstance(entry, ToolAnswered) for entry in script.conversation.history)


def test_a_turn_waits_for_the_tool_that_is_under_way_so_that_nothing_is_done_twice() -> None:
    script = Script(channel="text")
    script.after(10, ev.LegConnected(0))
    script.after(1, ev.BrainProposed(0, 1, CallTool("book")))
    script.after(1, ev.BrainEnded(0, 1))
    script.after(1, ev.TextTyped(0, "hurry up"))
    assert not [order for order in script.all if order == cm.Think(2, Cause.TURN)]
    assert cm.Think(2, Cause.TURN) in script.after(50, ev.ToolReturned(0, 1, True, None, 60))


def test_a_hand_off_keeps_the_slots_and_runs_the_brain_as_the_other_specialist() -> None:
    script = Script()
    script.greet()
    script.say("a haircut")
    script.after(700)
    script.answer(Fill("service", "haircut", "a haircut", 1), HandOff("booking"))
    task = script.conversation.task
    assert ("booking", "haircut") == (task.specialist, task.slots["service"].value)
    assert cm.Think(3, Cause.HAND_OFF) in script.orders()
    assert HandedOff("booking") == script.conversation.history[-1]


def test_silence_after_the_agent_spoke_is_answered() -> None:
    script = Script()
    script.greet()
    assert cm.Think(2, Cause.SILENCE) in script.after(8_000)
    assert CallerSilent(1) == script.conversation.history[-1]


def test_a_caller_who_stays_silent_is_hung_up_on_after_three_questions() -> None:
    script = Script()
    script.greet()
    for _ in range(3):
        script.after(8_000)
        script.finish(script.answer("Are you still there?"))
    assert cm.HangUp(Outcome.ABANDONED, "the caller fell silent") in script.after(8_000)


def test_a_typist_is_not_hurried() -> None:
    script = Script(channel="text")
    script.after(10, ev.LegConnected(0))
    script.after(1, ev.BrainEnded(0, 1))
    assert cm.Think(2, Cause.SILENCE) not in script.after(60_000)


def test_the_call_ends_once_the_goodbye_has_been_heard() -> None:
    script = Script()
    script.greet()
    script.say("no that is all")
    script.after(700)
    reply = script.answer("Goodbye!", Finish(Outcome.DONE, "GB-20261120-001"))
    assert "HangUp" not in kinds(script.orders())
    script.finish(reply)
    assert cm.HangUp(Outcome.DONE, "the conversation is over") in script.after(400)


def test_a_run_that_says_nothing_is_trouble_and_trouble_thrice_ends_the_call() -> None:
    script = Script()
    script.after(10, ev.LegConnected(0))
    for reply in (1, 2):
        assert cm.Think(reply + 1, Cause.TROUBLE) in script.after(1, ev.BrainEnded(0, reply))
    assert Outcome.FAILED is next(o for o in script.after(1, ev.BrainEnded(0, 3)) if isinstance(o, cm.HangUp)).outcome


def test_words_for_a_reply_that_is_already_over_do_not_count_as_said() -> None:
    script = Script()
    script.after(10, ev.LegConnected(0))
    script.after(1, ev.PlayoutEnded(0, 1, 0))
    script.after(1, ev.BrainProposed(0, 1, Say("Hello.")))
    assert cm.Think(2, Cause.TROUBLE) in script.after(1, ev.BrainEnded(0, 1))


def test_a_stalled_brain_is_given_up() -> None:
    script = Script()
    script.after(10, ev.LegConnected(0))
    assert [cm.StopThinking(1), cm.Think(2, Cause.TROUBLE)] == script.after(8_000)


def test_a_stalled_tool_is_answered_for() -> None:
    script = Script()
    script.after(10, ev.LegConnected(0))
    script.answer(CallTool("slow"))
    assert cm.Think(2, Cause.TOOLS) in script.after(30_000)
    assert not script.conversation.history[-1].ok  # type: ignore[union-attr]


def test_what_a_stopped_run_yields_is_ignored() -> None:
    script = Script()
    script.greet()
    script.say("a haircut", 1)
    script.after(700)
    stopped = script.reply
    script.say("with maria", 2)
    assert [] == script.after(1, ev.BrainProposed(0, stopped, Fill("service", "x", "x", 1)))
    assert {} == script.conversation.task.slots


def test_a_typed_line_goes_before_what_is_being_said() -> None:
    script, reply = talking()
    assert cm.CutReply(reply) in script.after(500, ev.TextTyped(0, "wednesday"))
    assert cm.Think(3, Cause.TURN) in script.after(5, ev.PlayoutFlushed(0, reply, 500, 40))


def test_keys_pressed_together_are_one_answer() -> None:
    script = Script()
    script.greet()
    for digit in "212":
        script.after(300, ev.DigitPressed(0, digit))
    script.after(2_000)
    assert "2 1 2" == script.conversation.history[-1].text  # type: ignore[union-attr]


def test_a_caller_who_leaves_ends_the_call_with_what_was_heard() -> None:
    script, reply = talking()
    orders = script.after(2_000, ev.CallerLeft(0, "hung up"))
    assert "HangUp" == kinds(orders)[-1]
    assert cm.ReplyHeard(reply, "", REPLY, True, 0, "aligned") in orders
    assert [] == script.after(10, ev.TextTyped(0, "hello?"))


def test_time_that_goes_back_is_a_bug() -> None:
    script = Script()
    script.after(100)
    with pytest.raises(InvariantBroken, match="time went back"):
        script.at(50, ev.TimePassed(0))
