"""Embedded recognition: pocketsphinx with a general and a domain decoder side by side, in a pool of processes."""

from antiphon.adapters.pocketsphinx.adapter import PocketsphinxStt
from antiphon.adapters.pocketsphinx.grammar import recognise_with_grammar

__all__ = ["PocketsphinxStt", "recognise_with_grammar"]
