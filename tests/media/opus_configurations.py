"""How Opus packets are encoded, by the configuration in their first byte (RFC 6716, table 2)."""

WIDEBAND = {8, 9, 10, 11, 20, 21, 22, 23}
"""SILK's and CELT's whose audio ends at 8 kHz."""
ABOVE_WIDEBAND = set(range(12, 16)) | set(range(24, 32))
