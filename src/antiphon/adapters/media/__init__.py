"""Legs over the media core: WebRTC callers, streams that the gateway carries, and a line to dial from."""

from antiphon.adapters.media.door import WebRtcDoor
from antiphon.adapters.media.exchange import Exchange, open_core
from antiphon.adapters.media.line import DialledLeg, LineSink, dial_leg
from antiphon.adapters.media.stream import CoreStreams

__all__ = ["CoreStreams", "DialledLeg", "Exchange", "LineSink", "WebRtcDoor", "dial_leg", "open_core"]
