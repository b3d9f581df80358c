"""The verify service behind a real Traefik, and others in its place, in turn: 32 connections, many sessions."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

from tests.bench.bench_verify import ALICE, ASKED, HEADERS, cookies, environment, share
from tests.bench.figure import Figure
from tests.bench.verify_load import Load, Target, available, load, nginx, target
from tests.traefik_process import traefik

ROUNDS: Final = 8
CONNECTIONS: Final = 32
_SET_BY_TRAEFIK: Final = ("X-Forwarded", "X-Real")


def figures() -> Iterator[Figure]:
    """What others make of it, so that less is better."""
    if not available():
        return
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="specter-bench-traefik-")))
        targets = {name: stack.enter_context(target(name, environment(), cpu=None)) for name in ("asyncio", "verify")}
        targets["nginx"] = stack.enter_context(nginx(HEADERS))
        origin = stack.enter_context(nginx({}))
        proxy = stack.enter_context(traefik(folder / "traefik", _dynamic(targets, origin)))
        proxy.eventually("/api/http/routers/verify@file", lambda router: router["status"] == "enabled")
        entry = Target(proxy.ports["web"], proxy.pid)
        _turns(entry, list(targets), 1)
        found = _turns(entry, list(targets), ROUNDS)
    for name, what, budget in (
        ("asyncio", "a bare handler on asyncio's loop", 1.0),
        ("nginx", "nginx with the same headers", 1 / 0.7),
    ):
        value, note = share(found, name, "verify")
        yield Figure(f"verify behind Traefik: {what} over it", value, "times", budget, note)


def _turns(entry: Target, names: list[str], rounds: int) -> dict[str, list[Load]]:
    held = cookies()
    found: dict[str, list[Load]] = {name: [] for name in names}
    asked = {name: value for name, value in ASKED.items() if not name.startswith(_SET_BY_TRAEFIK)}
    for count in range(rounds):
        for name in names[:: 1 if count % 2 == 0 else -1]:
            headers = asked | {"Host": f"{name}.example.test"}
            one = load(entry, CONNECTIONS, headers, held, path="/", cpu=None)
            assert not one.errors, f"{name} answered {one.errors} times with an error"
            found[name].append(one)
    return found


def _dynamic(targets: dict[str, Target], origin: Target) -> dict[str, Any]:
    assert ALICE.user == HEADERS["X-Auth-User"]
    told = [name for name in HEADERS if name.startswith("X-Auth")] + ["Cookie"]
    return {
        "http": {
            "routers": {
                name: {
                    "rule": f"Host(`{name}.example.test`)",
                    "entryPoints": ["web"],
                    "service": "origin",
                    "middlewares": [name],
                }
                for name in targets
            },
            "middlewares": {
                name: {"forwardAuth": {"address": f"http://127.0.0.1:{one.port}/verify", "authResponseHeaders": told}}
                for name, one in targets.items()
            },
            "services": {"origin": {"loadBalancer": {"servers": [{"url": f"http://127.0.0.1:{origin.port}"}]}}},
        }
    }
