"""ANTIPHON_TLS=auto: a server of its own certificate, so that other machines' browsers give it a microphone."""

import ssl
from pathlib import Path

import httpx2
import pytest

from antiphon.testing.server import server_process


@pytest.mark.realtime  # a server starts, which takes seconds of CPU
async def test_a_server_with_tls_speaks_https_alone_and_keeps_its_certificate(warm_path: Path) -> None:
    prints = []
    for _ in range(2):
        async with server_process(warm_path, {"ANTIPHON_TLS": "auto"}) as server:
            [certificate] = (warm_path / "data" / "tls").glob("*cert*.pem")
            trusting = ssl.create_default_context(cafile=str(certificate))
            async with httpx2.AsyncClient(base_url=server.base, verify=trusting) as client:
                assert 200 == (await client.get("/readyz")).status_code
                key = server.page.partition("#key=")[2]
                cookie = (await client.post("/api/session", json={"key": key})).headers["set-cookie"]
            with pytest.raises(httpx2.HTTPError):
                httpx2.get(server.base.replace("https", "http") + "/readyz")
        assert server.base.startswith("https://")
        assert "secure" in cookie.lower()
        prints.append(certificate.read_bytes())
    assert prints[0] == prints[1], "a browser that was told to trust it need not be told again"
