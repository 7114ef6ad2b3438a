"""WebRTC legs over the media core."""

from antiphon.adapters.webrtc.door import WebRtcDoor
from antiphon.adapters.webrtc.exchange import Exchange

__all__ = ["Exchange", "WebRtcDoor"]
