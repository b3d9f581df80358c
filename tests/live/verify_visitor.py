"""A visitor without a browser: an HTTP client with a cookie jar, which resolves every name to loopback."""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from collections.abc import Mapping
from html import unescape
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import parse_qs, urlencode, urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from tests.live.verify_site import VerifySite

HTML: Final = {"Accept": "text/html", "Sec-Fetch-Mode": "navigate"}
_TRANSACTION: Final = re.compile(r'name="tx" value="([^"]+)"')


class _Loopback(AbstractResolver):
    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [ResolveResult(hostname=host, host="127.0.0.1", port=port, family=family, proto=0, flags=0)]

    async def close(self) -> None:
        """Nothing is open."""


class Visitor:
    """One person's client; follows no redirect by itself."""

    def __init__(self, site: VerifySite) -> None:
        self.site = site
        context = ssl.create_default_context(cadata=site.authority.certificate_pem)
        connector = aiohttp.TCPConnector(resolver=_Loopback(), ssl=context)
        self.jar = aiohttp.CookieJar()
        self.session = aiohttp.ClientSession(connector=connector, cookie_jar=self.jar)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.session.close()
        await asyncio.sleep(0.05)  # close() does not wait for connections that the server wanted to be closed

    async def get(self, url: str, headers: Mapping[str, str] = HTML) -> aiohttp.ClientResponse:
        """One GET, its body read."""
        return await self.request("GET", url, headers=headers)

    async def request(self, method: str, url: str, **options: Any) -> aiohttp.ClientResponse:
        """One request, its body read; the address is sent as it stands."""
        async with self.session.request(method, URL(url, encoded=True), allow_redirects=False, **options) as answer:
            await answer.read()
            return answer

    async def begin(self, url: str) -> tuple[str, str]:
        """Opens a protected address without a session; gives the sign-in page's address and transaction."""
        turned = await self.get(url)
        assert turned.status == 307, turned
        page = await self.get(turned.headers["Location"])
        assert page.status == 200, await page.text()
        match = _TRANSACTION.search(await page.text())
        assert match is not None
        return str(page.url), unescape(match[1])

    async def provider(self, transaction: str, method: str = "oauth", **chosen: str) -> str:
        """What the OAuth or the SSO form leads to: Descope's page."""
        query = urlencode((chosen or {"provider": "google"}) | {"tx": transaction})
        started = await self.get(self.site.url("auth", f"/auth/login/{method}?{query}"))
        assert started.status == 303, await started.text()
        return started.headers["Location"]

    async def choose(self, page: str, person: str) -> str:
        """Picks a person on Descope's page; gives the callback's address."""
        chosen = await self.request("POST", page, data={"person": person})
        assert chosen.status == 303
        return chosen.headers["Location"]

    async def sign_in(self, person: str, url: str = "", method: str = "oauth", **chosen: str) -> str:
        """All of it, from a protected address back to it; gives where the callback leads."""
        _, transaction = await self.begin(url or self.site.url("app"))
        callback = await self.choose(await self.provider(transaction, method, **chosen), person)
        done = await self.get(callback)
        assert done.status == 303, await done.text()
        return done.headers["Location"]

    async def seen(self, url: str, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        """The request as the application saw it."""
        answer = await self.get(url, {"Accept": "application/json", **(headers or {})})
        assert answer.status == 200, (answer.status, await answer.text())
        found: dict[str, Any] = await answer.json()
        return found

    def cookies(self) -> dict[str, str]:
        """All cookies by name."""
        return {cookie.key: cookie.value for cookie in self.jar}


def identity(seen: Mapping[str, Any]) -> dict[str, str]:
    """The X-Auth-* headers of a request, by lower-case name; a repeated one fails."""
    found = [(name.lower(), value) for name, value in seen["headers"] if "auth" in name.lower()]
    assert len(found) == len(dict(found)), found
    return dict(found)


def cookie_header(seen: Mapping[str, Any]) -> str:
    """The cookies that the application saw."""
    return "; ".join(value for name, value in seen["headers"] if name.lower() == "cookie")


def redirect_of(login: str) -> str:
    """The address that a sign-in leads back to."""
    (found,) = parse_qs(urlsplit(login).query)["redirect"]
    return found
