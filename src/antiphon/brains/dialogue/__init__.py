"""The dialogue brain: deterministic, offline, driven by the agent's declaration alone.

A turn goes through three rooms: `understand` (words → findings), `decide` (findings and state → moves), `express` (moves → words).
"""

from antiphon.brains.dialogue.brain import DialogueBrain
from antiphon.brains.dialogue.ending import ending_judge

__all__ = ["DialogueBrain", "ending_judge"]
