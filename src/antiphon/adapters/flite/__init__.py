"""Embedded speech synthesis: Flite compiled to WebAssembly, with word times. No compiler, no network, permissive licence."""

from antiphon.adapters.flite.adapter import VOICES, FliteTts, synthesise

__all__ = ["VOICES", "FliteTts", "synthesise"]
