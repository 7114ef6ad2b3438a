"""A network that lets HTTP through and nothing else."""

import re

from playwright.async_api import Route


async def nowhere(route: Route) -> None:
    """The server's answer, with candidates that nobody answers at: port 9 discards, as a firewall does."""
    response = await route.fetch()
    body = re.sub(r"(a=candidate:\S+ \d+ udp \d+ \S+) \d+ ", r"\1 9 ", (await response.text()))
    assert " 9 typ host" in body
    await route.fulfill(response=response, body=body)
