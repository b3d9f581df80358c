"""The real service and the emulator on sockets of this machine, and a browser that keeps cookies as browsers do."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qs, quote, urlsplit

import aiohttp
from aiohttp import web
from multidict import CIMultiDict
from yarl import URL

from specter_tui.demo.descope import PEOPLE, PROJECT, DescopeEmulator
from specter_tui.demo.descope.people import Person
from specter_tui.demo.descope.sessions import Tokens
from verify_service import telemetry
from verify_service.app import OPERATIONS, build, build_metrics, runner_of
from verify_service.config import Settings, read

DOMAIN: Final = "example.test"
AUTH: Final = f"auth.{DOMAIN}"
APP: Final = f"app.{DOMAIN}"
SECRET: Final = "0123456789abcdef0123456789abcdef"
ALICE, BOB, CAROL, DAVE, ZOE, ERIN = PEOPLE
IDENTITY: Final = tuple(f"X-Auth-{one}" for one in ("User", "Email", "Name", "Roles", "Permissions", "Tenant"))
NAVIGATION: Final = {"Sec-Fetch-Mode": "navigate", "Accept": "text/html,*/*;q=0.8"}
REQUIRED: Final = {
    "DESCOPE_PROJECT_ID": PROJECT,
    "SESSION_SECRET": SECRET,
    "COOKIE_DOMAIN": DOMAIN,
    "DEFAULT_POLICY": "any",
    "LOGIN_RATE": "1000/s",
}


class Clock:
    """Seconds since the epoch, which pass only when told."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@dataclass
class Answer:
    """What came back, with its headers as they were sent."""

    status: int
    headers: CIMultiDict[str]
    text: str

    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def location(self) -> str:
        return self.headers.get("Location", "")

    @property
    def set_cookies(self) -> list[str]:
        return self.headers.getall("Set-Cookie", [])


@dataclass
class Service:
    """A running service; what it logs at DEBUG is in `log`."""

    settings: Settings
    app: web.Application
    port: int
    log: io.StringIO
    client: aiohttp.ClientSession

    @property
    def logged(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.getvalue().splitlines()]

    async def ask(
        self,
        path: str,
        method: str = "GET",
        headers: Mapping[str, str] | Sequence[tuple[str, str]] = (),
        data: str | bytes | None = None,
    ) -> Answer:
        """One request, as it stands."""
        url = URL(f"http://127.0.0.1:{self.port}{path}", encoded=True)
        sent = CIMultiDict(headers)
        async with self.client.request(method, url, headers=sent, data=data, allow_redirects=False) as answer:
            text = await answer.text()
            return Answer(answer.status, CIMultiDict(answer.headers), text)

    async def verify(
        self,
        uri: str = "/",
        *,
        host: str = APP,
        method: str = "GET",
        proto: str = "https",
        cookie: str = "",
        query: str = "",
        headers: Mapping[str, str] = {},
    ) -> Answer:
        """What Traefik would ask."""
        asked = {
            "X-Forwarded-Method": method,
            "X-Forwarded-Proto": proto,
            "X-Forwarded-Host": host,
            "X-Forwarded-Uri": uri,
            "X-Forwarded-For": "203.0.113.7",
        }
        sent = asked | ({"Cookie": cookie} if cookie else {}) | dict(headers)
        return await self.ask(f"/verify{'?' + query if query else ''}", headers=sent)

    async def metrics(self) -> str:
        """What a scrape would read."""
        metrics = web.AppRunner(build_metrics(self.app[OPERATIONS]))
        await metrics.setup()
        site = web.TCPSite(metrics, "127.0.0.1", 0)
        await site.start()
        async with self.client.get(f"http://127.0.0.1:{site.port}/metrics") as answer:
            text = await answer.text()
        await metrics.cleanup()
        return text


def settings_for(emulator: DescopeEmulator | None = None, **changed: str) -> Settings:
    """Settings of a site under example.test."""
    base = {"DESCOPE_BASE_URI": emulator.base_url} if emulator else {}
    return read(REQUIRED | base | changed)


@asynccontextmanager
async def running(settings: Settings, clock: Clock | None = None, *, warm: bool = True) -> AsyncIterator[Service]:
    """The service on a free port, with its keys fetched."""
    log = io.StringIO()
    logger = telemetry.configure("DEBUG", as_json=True, stream=log)
    app = build(settings, logger, clock) if clock else build(settings, logger)
    runner = runner_of(app, 0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    client = aiohttp.ClientSession(
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        max_line_size=65536,
        max_field_size=65536,
        skip_auto_headers=("User-Agent", "Accept"),
    )
    try:
        if warm:
            await app[OPERATIONS].keys.refresh()
        yield Service(settings, app, site.port, log, client)
    finally:
        await client.close()
        await runner.cleanup()


@dataclass
class Browser:
    """Keeps cookies by host as RFC 6265 says, for the service's host and the applications under it."""

    service: Service
    held: dict[str, tuple[str, str]] = field(default_factory=dict)  # name: (value, domain or host)

    def cookie(self, host: str) -> str:
        """The Cookie header for a host."""
        sent = [
            f"{name}={value}"
            for name, (value, scope) in self.held.items()
            if host == scope or host.endswith("." + scope)
        ]
        return "; ".join(sent)

    async def visit(self, path: str, method: str = "GET", data: str | None = None, **headers: str) -> Answer:
        """A request of the sign-in host."""
        sent = NAVIGATION | {"Host": AUTH, "X-Forwarded-For": "203.0.113.7"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        if cookie := self.cookie(AUTH):
            sent["Cookie"] = cookie
        answer = await self.service.ask(path, method, sent, data)
        self.take(answer)
        return answer

    async def open(self, uri: str = "/", host: str = APP, **more: Any) -> Answer:
        """A page of an application, as Traefik asks for it."""
        headers = NAVIGATION | more.pop("headers", {})
        return await self.service.verify(uri, host=host, cookie=self.cookie(host), headers=headers, **more)

    def take(self, answer: Answer) -> None:
        """Keeps and drops cookies as the answer says."""
        for line in answer.set_cookies:
            pair, *attributes = line.split("; ")
            name, _, value = pair.partition("=")
            named = dict(one.partition("=")[::2] for one in attributes)
            if named.get("Max-Age") == "0":
                self.held.pop(name, None)
            else:
                self.held[name] = (value, named.get("Domain", AUTH))

    async def begin(self, target: str = f"https://{APP}/") -> str:
        """Opens the sign-in page; the id of its transaction."""
        page = await self.visit(f"/?redirect={quote(target, safe='')}")
        assert page.status == 200, page.text
        return page.text.partition('data-transaction="')[2].partition('"')[0]

    async def hand_over(self, tokens: Tokens, transaction: str, **headers: str) -> Answer:
        """What the page's script does with the component's tokens."""
        sent = {"Origin": f"https://{AUTH}", "Content_Type": "application/json", "X_Transaction": transaction} | headers
        body = json.dumps({"sessionJwt": tokens.session, "refreshJwt": tokens.refresh})
        return await self.visit("/auth/session", "POST", body, **sent)

    async def sign_in(self, emulator: DescopeEmulator, person: Person = ALICE) -> Answer:
        """All of it, as the component would."""
        transaction = await self.begin()
        answer = await self.hand_over(emulator.project.sign_in(person, ("email",)), transaction)
        assert answer.status == 200, answer.text
        return answer

    async def start(self, method: str = "oauth", target: str = f"https://{APP}/", **chosen: str) -> str:
        """The way without JavaScript, up to Descope; the state that went there."""
        transaction = await self.begin(target)
        query = "&".join(f"{name}={value}" for name, value in (chosen or {"provider": "google"}).items())
        answer = await self.visit(f"/auth/login/{method}?tx={transaction}&{query}")
        assert answer.status == 303, answer.text
        back = parse_qs(urlsplit(answer.location).query)["redirect"][0]
        return parse_qs(urlsplit(back).query)["state"][0]


def names_of(answer: Answer) -> dict[str, str]:
    """The identity headers of an answer."""
    return {name: answer.headers[name] for name in IDENTITY if name in answer.headers}
