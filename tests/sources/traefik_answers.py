"""Answers of Traefik's API as 3.7 gives them, cut to what matters, and a transport that serves them."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import pytest

from specter_tui.core.errors import SourceError
from specter_tui.core.settings import TraefikSettings
from specter_tui.sources.traefik import TraefikApi

Answer = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]
VERSION = {"Version": "3.7.15", "Codename": "langres", "startDate": "2026-11-22T22:00:52.710574882Z"}
ENTRY_POINTS = [
    {"name": "websecure", "address": ":443", "http": {"tls": {"certResolver": "le"}}, "forwardedHeaders": {}},
    {"name": "web", "address": ":80", "http": {"redirections": {"entryPoint": {"to": "websecure", "scheme": "https"}}}},
]
RAW_DATA: dict[str, Any] = {
    "routers": {
        "app@docker": {
            "entryPoints": ["websecure"],
            "middlewares": ["auth@docker"],
            "service": "app",
            "rule": "Host(`app.example.org`)",
            "priority": 23,
            "tls": {"certResolver": "le"},
            "status": "enabled",
            "using": ["websecure"],
        }
    },
    "middlewares": {
        "auth@docker": {"forwardAuth": {"address": "http://verify:3000/verify"}, "status": "enabled"},
    },
    "services": {
        "app@docker": {
            "loadBalancer": {"servers": [{"url": "http://172.18.0.7:8000"}], "passHostHeader": True},
            "status": "enabled",
            "serverStatus": {"http://172.18.0.7:8000": "UP"},
        }
    },
}
NOT_FOUND = httpx.Response(404, text="404 page not found\n")
STATIC = {
    "providers": {"providersThrottleDuration": "2s", "docker": {}, "file": {}, "http": {}, "plugin": {"x": {}}},
    "certificatesResolvers": {"le": {"acme": {"certificatesDuration": 1080}}, "ts": {"tailscale": {}}},
    "core": {"defaultRuleSyntax": "v2"},
}
OVERVIEW = {"providers": ["Docker", "File"]}


def support_dump(static: Any = None, **files: bytes) -> bytes:
    """A support dump as Traefik packs it; more files by keyword."""
    content = {
        "version.json": b"{}",
        "static-config.json": static if isinstance(static, bytes) else json.dumps(static or STATIC).encode(),
        "runtime-config.json": b"{}",
    } | files
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, data in content.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return packed.getvalue()


def answers(**changes: Answer | object) -> dict[str, Answer]:
    """An answer a path; change one by its last word (`rawdata=...`), with a document, a response or an exception."""
    whole: dict[str, Any] = {
        "version": VERSION,
        "entrypoints": ENTRY_POINTS,
        "rawdata": RAW_DATA,
        "support-dump": httpx.Response(200, content=support_dump()),
        "overview": OVERVIEW,
    } | {name.replace("_", "-"): value for name, value in changes.items()}
    return {f"/api/{name}": _answer(value) for name, value in whole.items()}


def _answer(value: Any) -> Answer:
    kept = isinstance(value, httpx.Response | Exception) or callable(value)
    return value if kept else httpx.Response(200, json=value)


class Served(httpx.MockTransport):
    """Serves the answers and remembers what was asked; `self.answers` may be changed between two reads."""

    def __init__(self, found: Mapping[str, Answer]) -> None:
        super().__init__(self._handle)
        self.answers = dict(found)
        self.requests: list[httpx.Request] = []

    @property
    def paths(self) -> list[str]:
        """The paths asked since the last call, sorted."""
        paths = sorted(one.url.path for one in self.requests)
        self.requests.clear()
        return paths

    def _handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.get(request.url.path, NOT_FOUND)
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, httpx.Response):
            # A response made of content counts as read: hand out a fresh one that comes as a stream.
            return httpx.Response(answer.status_code, headers=answer.headers, stream=httpx.ByteStream(answer.content))
        return answer(request)


def api(served: httpx.AsyncBaseTransport | None = None, deadline: float = 10, **settings: Any) -> TraefikApi:
    """A source with these settings over this transport."""
    settings.setdefault("api_url", "http://traefik.test:8080")
    return TraefikApi(TraefikSettings(**settings), deadline, served)


async def failure(source: TraefikApi) -> SourceError:
    """The error of a read, which has to carry a remedy."""
    with pytest.raises(SourceError) as caught:
        await source.read()
    await source.close()
    assert caught.value.remedy
    return caught.value
