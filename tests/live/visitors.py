"""Anonymous visitors who ask again and again while something is done, and what they got."""

from __future__ import annotations

import http.client
import math
import socket
import ssl
import threading
import time
from collections import Counter

from tests.live.harness import Stack

THREADS = 4


class Visitors:
    """Anonymous requests from several threads, until there were enough of them and nobody needs more."""

    def __init__(self, stack: Stack, host: str, requests: int = 10_000) -> None:
        self.answers: Counter[int] = Counter()
        self.reached = 0  # with a body of the application, whatever the status
        self.first_reached = math.inf  # the monotonic clock when the first of these answers was there
        self._stack = stack
        self._host = host
        self._requests = requests
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
        """How many were answered."""
        return sum(self.answers.values())

    def _ask(self) -> None:
        connection = self._connect()
        while not (self._enough.is_set() and self.count >= self._requests):
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
                if b"HTTP_" in body:
                    self.reached += 1
                    self.first_reached = min(self.first_reached, time.monotonic())
        connection.close()

    def _connect(self) -> http.client.HTTPSConnection:
        context = ssl.create_default_context(cadata=self._stack.authority.certificate_pem)
        connection = http.client.HTTPSConnection(self._host, context=context, timeout=30)
        connection._create_connection = self._dial  # type: ignore[attr-defined]  # the name has no address
        return connection

    def _dial(self, address: tuple[str, int], *rest: object) -> object:
        return socket.create_connection(("127.0.0.1", self._stack.ports.https), timeout=30)
