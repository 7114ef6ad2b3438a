"""The brain over a language model, behind the brain's port."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, cast

from antiphon.brains.llm.functions import BadArguments, carry_out, functions
from antiphon.brains.llm.guard import agreed, carried_out, read_back, settled, task_of
from antiphon.brains.llm.instructions import instructions
from antiphon.brains.llm.messages import messages
from antiphon.brains.llm.model import Answer, Called, LanguageModel
from antiphon.brains.spoken_texts import Expression
from antiphon.core.agent import Agent, Options
from antiphon.core.commands import Cause
from antiphon.core.errors import ProviderError, ProviderFault
from antiphon.core.history import CallerSaid, CallerSilent, HandedOff, History, ToolAnswered
from antiphon.core.proposal import CallTool, Expect, Finish, HandOff, Note, Proposal, Say, Wait
from antiphon.core.task import TaskState
from antiphon.ports.brain import Moment
from antiphon.ports.tool import Effect, ToolDeclaration

if TYPE_CHECKING:
    from pydantic_ai.messages import ModelMessage

MOST_ROUNDS = 4
"""Answers within a run; a model that only remembers and never speaks is given up."""
MOST_STEPS = 8
"""Tools and hand-offs since the caller last had the word; a booking takes three, a model in circles takes them all."""


class LlmBrain:
    """Implements `ports.brain.Brain` for one agent."""

    def __init__(self, agent: Agent, options: Options, tools: Sequence[ToolDeclaration], model: LanguageModel) -> None:
        self._agent, self._options, self._model = agent, options, model
        self._tools = {tool.name: tool for tool in tools}
        self._words = Expression(agent, options)

    async def run(self, task: TaskState, history: History, moment: Moment) -> AsyncIterator[Proposal]:
        """See `ports.brain`. The greeting is the file's own, word for word: it says who, or what, is speaking."""
        if moment.cause is Cause.GREETING:
            yield Say(self._words.fill(self._agent.texts["greeting"][0], {}, moment.now.date()))
            yield Expect("open")
            return
        for fact in _facts(self._agent, task, history):
            task = task.after(fact)
            yield fact
        if order := settled(self._agent, task, history):
            yield order
            return
        if _steps(history) >= MOST_STEPS:
            raise ProviderError("the model goes in circles", ProviderFault.PROTOCOL, retryable=False)
        system = instructions(self._agent, self._options, task, moment)
        thread = messages(system, history, moment.cause)
        run = _Run(self._agent, self._options, self._tools, self._words, task, history, moment)
        allowed = functions(self._agent, self._agent.specialist(task.specialist), self._tools)
        for _ in range(MOST_ROUNDS):
            answers = cast("AsyncGenerator[str | Answer, None]", self._model.answer(thread, allowed))
            async with aclosing(answers) as answer:
                async for part in answer:
                    for proposal in run.words(part) if isinstance(part, str) else run.calls(part):
                        yield proposal
            if run.over:
                return
            thread += run.told()
        raise ProviderError("the model called functions and said nothing", ProviderFault.PROTOCOL, retryable=True)


def _facts(agent: Agent, task: TaskState, history: History) -> Iterator[Note]:
    """What was carried out last, as its tool's result says it, not as the model retells it."""
    commits = {each.commit.tool: each for each in agent.tasks.values()}
    for entry in reversed(history):
        done = commits.get(entry.tool) if isinstance(entry, ToolAnswered) and entry.ok else None
        if done is None or not isinstance(entry, ToolAnswered) or not isinstance(entry.result, dict):
            continue
        reference = str(entry.result.get(done.commit.reference or "", ""))
        for note in (Note("reference", reference), Note("outcome", done.outcome.value)):
            if note.value and task.notes.get(note.key) != note.value:
                yield note
        return


def _steps(history: History) -> int:
    """Tools and hand-offs since the caller last had the word."""
    at = max((at for at, each in enumerate(history) if isinstance(each, CallerSaid | CallerSilent)), default=0)
    return sum(isinstance(each, ToolAnswered | HandedOff) for each in history[at:])


class _Run:
    """What the answers of one run have led to."""

    def __init__(
        self, agent: Agent, options: Options, tools: dict[str, ToolDeclaration], words: Expression, task: TaskState,
        history: History, moment: Moment,
    ) -> None:  # fmt: skip
        self._agent, self._options, self._tools, self._words = agent, options, tools, words
        self._task, self._history, self._moment = task, history, moment
        self._turn = max((each.turn for each in history if isinstance(each, CallerSaid)), default=0)
        self._text = ""
        self._results: list[tuple[Called, str]] = []
        self._answer: Answer | None = None
        self.over = False

    def words(self, text: str) -> Iterator[Proposal]:
        """Words as they come."""
        self._text += text
        yield Say(text)

    def calls(self, answer: Answer) -> Iterator[Proposal]:
        """The end of an answer: its calls, our own functions first, so that what they say is known before the run ends."""
        self._answer, self._results = answer, []
        tools = [call for call in answer.calls if call.name in self._tools]
        for call in (call for call in answer.calls if call not in tools):
            yield from self._own(call)
        if not self.over:
            yield from self._order(tools)
        if self._text.strip() and not self.over and not tools:
            yield from self._follow(self._expected())
            self.over = True
        elif not answer.calls and not self.over and self._has_signalled():
            yield Wait()
            yield Expect("open")
            self.over = True
        elif not answer.calls and not self.over:
            raise ProviderError("the model's answer is empty", ProviderFault.PROTOCOL, retryable=True)

    def _has_signalled(self) -> bool:
        """Whether the run follows a signal to the far end: then silence is an answer, for a menu goes on by itself."""
        last = self._history[-1] if self._history else None
        known = self._tools.get(last.tool) if isinstance(last, ToolAnswered) and last.ok else None
        return self._moment.cause is Cause.TOOLS and known is not None and known.effect is Effect.SIGNALS

    def _follow(self, proposal: Proposal) -> Iterator[Proposal]:
        self._task = self._task.after(proposal)
        yield proposal

    def _own(self, call: Called) -> Iterator[Proposal]:
        if self.over:
            return
        try:
            if call.arguments is None:
                raise BadArguments("the arguments are no JSON object")
            proposal = carry_out(call.name, call.arguments, self._agent, self._options, self._task, self._turn)
            if proposal is None:
                raise BadArguments(f"there is no function {call.name}")
            if isinstance(proposal, Finish) and not self._text.strip():
                proposal_text = self._agent.texts["goodbye"][0]
                yield from self.words(self._words.fill(proposal_text, {}, self._moment.now.date()))
        except BadArguments as error:
            self._results.append((call, f"refused: {error}"))
            return
        yield from self._follow(proposal)
        self._results.append((call, "ok"))
        self.over = isinstance(proposal, HandOff | Finish)

    def _order(self, calls: list[Called]) -> Iterator[Proposal]:
        """Tools end the run, except those that write: they wait for the caller's yes."""
        ready: list[Called] = []
        for call in calls:
            try:
                guarded = self._guarded(call)
            except BadArguments as error:
                self._results.append((call, f"refused: {error}"))
                continue
            if guarded is None:
                if (call.name, call.arguments) not in [(each.name, each.arguments) for each in ready]:
                    ready.append(call)
                continue
            if self._text and not self._text.endswith(" "):
                yield Say(" ")
            for proposal in guarded:
                yield from self._follow(proposal)
            self.over = True
            return
        for call in ready:
            yield CallTool(call.name, call.arguments or {})
        self.over = bool(ready)

    def _guarded(self, call: Called) -> list[Proposal] | None:
        """The read-back that must come first, if any."""
        if call.arguments is None:
            raise BadArguments("the arguments are no JSON object")
        if call.name not in {*self._agent.specialist(self._task.specialist).tools, "take_message"}:
            raise BadArguments(f"{call.name} is another role's tool: hand_off first")
        effect, task = self._tools[call.name].effect, task_of(self._agent, call.name, self._task)
        if effect is Effect.READS or (effect is Effect.SIGNALS and task is None):
            return None
        if task is None:
            raise BadArguments(f"{call.name} belongs to no task that could be read back to the caller: do without it")
        if carried_out(call.name, call.arguments, self._history):
            raise BadArguments("that has been carried out already: tell the caller so")
        if agreed(task, call.arguments, self._task, self._history):
            return None
        known = (self._task, self._history, self._moment)
        return list(read_back(self._agent, self._options, self._words, task, call.arguments, *known))

    def _expected(self) -> Expect:
        """What the words ask for, so that hearing knows: the next missing slot of the open task, if it is a question."""
        task = self._agent.tasks.get(self._task.task or "")
        if task is None or not self._text.rstrip().endswith("?"):
            return Expect("open")
        missing = next((name for name in task.slots if name not in self._task.slots), None)
        return Expect(self._agent.slots[missing].type, missing) if missing else Expect("yes_no")

    def told(self) -> "list[ModelMessage]":
        """The answer and its functions' results, for the next round."""
        from pydantic_ai.messages import ModelRequest, ToolReturnPart

        assert self._answer is not None, "a round had an answer"
        parts = [ToolReturnPart(call.name, result, tool_call_id=call.call) for call, result in self._results]
        return [self._answer.message, ModelRequest(parts=parts)]
