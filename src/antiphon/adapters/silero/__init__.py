"""Embedded voice activity detection: the Silero network in ONNX Runtime, batched over all calls in one thread."""

from antiphon.adapters.silero.adapter import SileroVad

__all__ = ["SileroVad"]
