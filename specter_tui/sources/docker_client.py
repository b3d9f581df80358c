"""The SDK's client of one Docker Engine, connected when it is needed, and the threads that its calls run in.

The threads are daemons: those of an executor are joined when the interpreter ends, and an engine that hangs
would hold the exit up. They end by themselves when a socket stays silent for longer than its time limit, and no
more than a few can be under way at once, so a hanging engine costs neither threads nor an exit.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from specter_tui.core.errors import SourceError
from specter_tui.core.settings import DockerSettings
from specter_tui.sources.daemon_thread import started
from specter_tui.sources.docker_host import DEFAULT_SOCKET, EngineAddress, connect, explain, locate

if TYPE_CHECKING:
    from docker import APIClient

T = TypeVar("T")

_MOST_THREADS: Final = 4  # a read, the event stream and two inspections


class EngineFacts(NamedTuple):
    """What the engine said of itself when it was connected to; the name is empty where /info is not let through."""

    version: str = ""
    api_version: str = ""
    host: str = ""
    remote: bool = False


@dataclass(slots=True)
class _Connection:
    """A client and how many calls use it: one call's failure must not close the sockets under another's stream."""

    client: APIClient
    users: int = 0
    retired: bool = False


class EngineClient:
    """A connection to the engine that the settings mean; `deadline` is seconds for one call."""

    def __init__(
        self,
        settings: DockerSettings,
        deadline: float,
        *,
        environment: Mapping[str, str] | None = None,
        default_socket: Path = DEFAULT_SOCKET,
    ) -> None:
        self._settings = settings
        self._deadline = deadline
        self._environment = os.environ if environment is None else environment
        self._default_socket = default_socket
        self._lock = threading.Lock()  # guards what threads share: the client and its facts
        self._connection: _Connection | None = None
        self.threads = Threads()
        self.facts = EngineFacts()
        self.closed = False

    async def within_deadline(self, call: Callable[[], T]) -> T:
        """The result of a call, run in a thread. Raises SourceError, also when the time is over."""
        try:
            async with asyncio.timeout(self._deadline):
                return await self.threads.run(call)
        except TimeoutError as error:
            raise SourceError(
                f"the Docker Engine did not answer within {self._deadline:g} s", "see whether it hangs: docker ps"
            ) from error

    def close(self) -> None:
        """Frees the connections; a call under way fails by itself."""
        self.closed = True
        connection = self._connection
        if connection is not None:
            self._retire(connection)
            connection.client.close()

    # What follows runs in the threads.

    def asked(self, ask: Callable[[APIClient], T]) -> T:
        """What `ask` gets out of the engine. After any failure the next call connects anew. Raises SourceError."""
        try:
            connection = self._connected()
            try:
                return ask(connection.client)
            except BaseException:
                self._retire(connection)
                raise
            finally:
                with self._lock:
                    connection.users -= 1
                self._close_unused(connection)
        except SourceError:
            raise
        except Exception as error:  # the SDK lets through whatever requests, urllib3 and odd JSON make it stumble over
            raise self.explained(error) from error

    def explained(self, error: BaseException) -> SourceError:
        """What a failure of the SDK means."""
        try:
            address = locate(self._settings, self._environment, self._default_socket)
        except SourceError:
            address = EngineAddress("the Docker Engine")
        return explain(error, address)

    def _connected(self) -> _Connection:
        try:
            address = locate(self._settings, self._environment, self._default_socket)
        except SourceError:
            if self._connection is not None:
                self._retire(self._connection)
            raise
        with self._lock:
            connection = self._connection
            if connection is not None:
                connection.users += 1
        return connection or self._connect(address)

    def _connect(self, address: EngineAddress) -> _Connection:
        # Shorter than the deadline, so that a thread ends when the wait for it does.
        client, version = connect(address, self._deadline * 0.8)
        facts = EngineFacts(str(version.get("Version", "")), client.api_version, _own_name(client), address.remote)
        with self._lock:
            if self.closed:
                client.close()
                raise SourceError("the Docker source is closed")
            before, self._connection = self._connection, _Connection(client, users=1)
            self.facts = facts
            connection = self._connection
        if before is not None:  # of a thread that connected at the same time
            self._retire(before)
        return connection

    def _retire(self, connection: _Connection) -> None:
        with self._lock:
            connection.retired = True
            if self._connection is connection:
                self._connection = None
        self._close_unused(connection)

    def _close_unused(self, connection: _Connection) -> None:
        with self._lock:
            unused = connection.retired and not connection.users
        if unused:
            connection.client.close()  # twice does no harm


class Threads:
    """Runs blocking calls in daemon threads, a few at once."""

    def __init__(self) -> None:
        self._alive: list[threading.Thread] = []

    async def run(self, call: Callable[[], T]) -> T:
        """The call's result. Cancelling leaves the call to its own time limit."""
        self._alive = [one for one in self._alive if one.is_alive()]
        if len(self._alive) >= _MOST_THREADS:
            raise SourceError("the Docker Engine still owes earlier answers", "see whether it hangs: docker ps")
        future, thread = started(call, "docker")
        self._alive.append(thread)
        return await asyncio.wrap_future(future)


def _own_name(client: APIClient) -> str:
    """The engine's own name; empty where a filtering proxy does not let /info through."""
    from docker.errors import APIError

    try:
        info: object = client.info()
    except APIError:
        return ""
    name = info.get("Name") if isinstance(info, dict) else None
    return name if isinstance(name, str) else ""
