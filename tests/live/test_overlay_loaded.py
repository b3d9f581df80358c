"""The overlay's text as a real Traefik loads it: every rule and name arrives just as it was, whatever stands in it."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from specter_tui.core.overlay import FILE_NAME, Entry, Tls, render
from tests.live.images import traefik_binary, traefik_versions
from tests.traefik_process import TraefikProcess, traefik

pytestmark = [pytest.mark.live, pytest.mark.timeout(120)]
AUTH: Final = json.dumps({"address": "http://descope-auth:3000/verify?roles={{x}}", "authResponseHeaders": ["Cookie"]})
HOSTS: Final = (
    "a.example.org",
    "$(id).example.org",
    "{{x}}.example.org",
    "[red]b.example.org",
    "a: b # 'c'.example.org",
)
LETTERS: Final = "{}{}''\"\":#-&*!|>%@\\ \t\n[](),?$~;<=\u2028\u202e\x85\x7f\x1b\x07é😀az09/"


@pytest.fixture(params=traefik_versions())
def process(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[TraefikProcess]:
    dynamic = {"http": {"services": {"app": {"loadBalancer": {"servers": [{"url": "http://127.0.0.1:9"}]}}}}}
    with traefik(tmp_path, dynamic, path=str(traefik_binary(request.param))) as running:
        yield running


def _entries() -> list[Entry]:
    chance = random.Random(5)
    found = []
    for number in range(200):
        path = "".join(chance.choice(LETTERS) for _ in range(chance.randrange(1, 40)))
        host = HOSTS[number % len(HOSTS)]
        rule = f"Host(`{host}`) && !Path(`/{path}`)"
        found.append(Entry(f"specter-{number}", rule, 100 + number, ("web",), "app@file", AUTH, tls=Tls()))
    return found


def test_every_text_arrives_as_it_was(process: TraefikProcess) -> None:
    entries = _entries()
    beside = process.dynamic_dir / ".new.tmp"
    beside.write_text(render(entries))
    beside.rename(process.dynamic_dir / FILE_NAME)
    told = process.eventually("/api/rawdata", lambda found: "specter-0@file" in found.get("routers", {}))
    for one in entries:
        router = told["routers"][f"{one.name}@file"]
        assert (router["rule"], router["priority"], router["tls"]) == (
            one.rule,
            one.priority,
            {},
        ), one
        assert router["middlewares"] == [one.chain[0]]
    middleware = told["middlewares"][entries[0].chain[0]]["forwardAuth"]
    assert middleware["address"] == "http://descope-auth:3000/verify?roles={{x}}"
