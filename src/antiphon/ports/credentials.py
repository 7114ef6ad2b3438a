"""Who may call: a key becomes a tenant."""

from typing import Protocol


class Credentials(Protocol):
    """Bearer keys, one-time keys and the sessions they buy. All comparisons are constant-time; only hashes are kept."""

    def tenant_of_key(self, key: str) -> str:
        """The tenant a bearer key belongs to. Raises Unauthorized."""

    def mint_link(self, tenant: str) -> str:
        """A one-time key for an address's fragment."""

    def redeem(self, one_time: str) -> str:
        """Spend a one-time key for a session cookie's value. Raises Unauthorized, also the second time."""

    def tenant_of_session(self, session: str) -> str:
        """The tenant a session cookie belongs to. Raises Unauthorized."""
