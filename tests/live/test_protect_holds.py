"""From the moment protection is reported no anonymous request reaches the application, whatever is redeployed."""

from __future__ import annotations

import asyncio
import http.client
import ssl
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from docker.models.containers import Container

from tests.live.harness import Stack, eventually
from tests.live.protecting import Protecting, protecting_over

pytestmark = [pytest.mark.live, pytest.mark.timeout(300, func_only=True)]
REQUESTS = 10_000
THREADS = 4


@pytest.fixture
def protecting(
    stack: Stack, verified: Container, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Protecting]:
    with protecting_over(stack, tmp_path, monkeypatch) as running:
        yield running


class Visitors:
    """Anonymous requests from several threads, until there were enough of them and nobody needs more."""

    def __init__(self, stack: Stack, host: str) -> None:
        self.answers: Counter[int] = Counter()
        self.reached = 0  # with a body of the application, whatever the status
        self._stack = stack
        self._host = host
        self._enough = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._ask, daemon=True) for _ in range(THREADS)]
        for one in self._threads:
            one.start()

    def finish(self) -> None:
        """Waits until all requests are answered."""
        self._enough.set()
        for one in self._threads:
            one.join(200)

    @property
    def count(self) -> int:
        return sum(self.answers.values())

    def _ask(self) -> None:
        connection = self._connect()
        while not (self._enough.is_set() and self.count >= REQUESTS):
            try:
                connection.request("GET", "/", headers={"Accept": "text/html"})
                answer = connection.getresponse()
                body = answer.read()
            except (OSError, http.client.HTTPException):
                connection.close()
                connection = self._connect()
                continue
            with self._lock:
                self.answers[answer.status] += 1
                self.reached += b"HTTP_" in body
        connection.close()

    def _connect(self) -> http.client.HTTPSConnection:
        context = ssl.create_default_context(cadata=self._stack.authority.certificate_pem)
        connection = http.client.HTTPSConnection(self._host, context=context, timeout=30)
        connection._create_connection = self._dial  # type: ignore[attr-defined]  # the name has no address
        return connection

    def _dial(self, address: tuple[str, int], *rest: object) -> object:
        import socket

        return socket.create_connection(("127.0.0.1", self._stack.ports.https), timeout=30)


def test_nobody_gets_in_while_the_application_and_verify_are_redeployed(
    stack: Stack, protecting: Protecting, verified: Container
) -> None:
    with stack.application("held") as host:
        folder = stack.root / "projects/held"
        assert "HTTP_" in stack.get(host).body, "the application tells what it was asked"
        plan = asyncio.run(protecting.plan(host))
        asyncio.run(protecting.run(plan))
        visitors = Visitors(stack, host)
        try:
            eventually(lambda: visitors.count > 100, "visitors come")
            stack.compose("up", "-d", "--force-recreate", "--wait", folder=folder)
            verified.restart(timeout=1)
            stack.compose("restart", folder=folder)
            verified.stop(timeout=1)
            verified.start()
            eventually(lambda: stack.get(host, headers={"Accept": "text/html"}).status == 307, "verify is back")
        finally:
            visitors.finish()
        assert visitors.count >= REQUESTS
        assert visitors.reached == 0
        assert set(visitors.answers) <= {307, 404, 500, 502, 503, 504}, visitors.answers
