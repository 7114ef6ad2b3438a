"""A network that blocks UDP, made of descriptions without UDP candidates: neither side knows a UDP address of the other."""

import json
import re

from playwright.async_api import Page, Route


def without_candidates(sdp: str, protocol: str = r"\S+") -> str:
    """The description without its candidates of a protocol, or of any."""
    return re.sub(rf"a=candidate:\S+ \d+ {protocol} [^\r\n]*\r?\n", "", sdp)


async def block_udp(page: Page) -> list[str]:
    """From here on the page's offers name no address, the answers it gets no UDP address. Returns these answers, as they come."""
    answers: list[str] = []

    async def hide(route: Route) -> None:
        offer = json.loads(route.request.post_data or "{}")
        response = await route.fetch(post_data=json.dumps(offer | {"sdp": without_candidates(offer["sdp"])}))
        answer = await response.json()
        sdp = without_candidates(answer["sdp"], "udp")
        assert sdp != answer["sdp"], "there was UDP to block"
        answers.append(sdp)
        await route.fulfill(response=response, body=json.dumps(answer | {"sdp": sdp}))

    await page.route("**/api/voice/offer", hide)
    return answers
