"""How a caller's words end, for endpointing: do they complete what was asked, or is a number still being dictated?"""

from datetime import datetime

from antiphon.brains.dialogue.offers import MOST
from antiphon.brains.dialogue.understand import FREE, Listening, Understanding
from antiphon.core.agent import Agent, Options
from antiphon.core.endpointing import Ending, EndingJudge
from antiphon.core.proposal import Expect
from antiphon.spoken.answers import Answer, which, yes_or_no
from antiphon.spoken.phones import dictating, find_digits

SOME_DAY = datetime(2026, 1, 7, 12)  # noqa: DTZ001  # whether words name a day does not depend on the day


def ending_judge(agent: Agent, options: Options) -> EndingJudge:
    """A judge that knows this agent's slots."""
    ears = Understanding(agent, options)

    def judge(expecting: Expect | None, text: str) -> Ending:
        if expecting is None:
            return Ending.ORDINARY
        if expecting.kind == "phone":
            digits = find_digits(text)
            if dictating(digits):
                return Ending.DICTATING
            return Ending.COMPLETE if digits else Ending.ORDINARY
        if expecting.kind == "yes_no":
            complete = yes_or_no(text) is not Answer.UNCLEAR and len(text.split()) <= 3
            return Ending.COMPLETE if complete else Ending.ORDINARY
        if expecting.kind == "choice" and expecting.slot is None:
            return Ending.ORDINARY if which(text, MOST) is None else Ending.COMPLETE
        found = ears.read(text, Listening(expecting, None, {}, SOME_DAY)).fills.get(expecting.slot or "")
        if found is None or expecting.kind in FREE or (expecting.kind == "name" and " " not in found[0]):
            return Ending.ORDINARY  # of a name more may come, of free text always
        return Ending.COMPLETE

    return judge
