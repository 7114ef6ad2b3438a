"""The Twilio account whose calls we take, and how we know that a request is Twilio's."""

import base64
import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha1


@dataclass(frozen=True, slots=True)
class TwilioAccount:
    """`public_url` is how Twilio reaches this server, without a path; calls belong to `tenant`."""

    auth_token: str = field(repr=False)
    public_url: str
    tenant: str

    def signed(self, path: str, parameters: Iterable[tuple[str, str]], signature: str) -> bool:
        """Whether `signature` is that of a request to `path` (query included) with these form parameters."""
        expected = signature_of(self.auth_token, self.public_url + path, parameters)
        return hmac.compare_digest(expected.encode(), signature.encode())


def signature_of(auth_token: str, url: str, parameters: Iterable[tuple[str, str]]) -> str:
    """The address as it was called, then every form parameter, name and value, sorted by name (Twilio, "Webhooks security")."""
    text = url + "".join(name + value for name, value in sorted(set(parameters)))
    return base64.b64encode(hmac.digest(auth_token.encode(), text.encode(), sha1)).decode()
