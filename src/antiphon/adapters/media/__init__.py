"""Legs over the media core: WebRTC callers, and a line to dial from."""

from antiphon.adapters.media.door import WebRtcDoor
from antiphon.adapters.media.exchange import Exchange, open_core
from antiphon.adapters.media.line import DialledLeg, LineSink, dial_leg

__all__ = ["DialledLeg", "Exchange", "LineSink", "WebRtcDoor", "dial_leg", "open_core"]
