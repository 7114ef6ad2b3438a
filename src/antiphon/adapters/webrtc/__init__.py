"""WebRTC legs over the media core."""

from antiphon.adapters.webrtc.door import WebRtcDoor
from antiphon.adapters.webrtc.exchange import Exchange, open_core
from antiphon.adapters.webrtc.line import DialledLeg, LineSink, dial_leg

__all__ = ["DialledLeg", "Exchange", "LineSink", "WebRtcDoor", "dial_leg", "open_core"]
