"""The Docker Engine, read with its SDK in threads of its own.

The threads are daemons: those of an executor are joined when the interpreter ends, and an engine that hangs
would hold the exit up. They end by themselves when a socket stays silent for longer than its time limit, and no
more than a few can be under way at once, so a hanging engine costs neither threads nor an exit.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from specter_tui.core.errors import SourceError
from specter_tui.core.model import ContainerDetail, DockerRead
from specter_tui.core.settings import DockerSettings
from specter_tui.sources.docker_decode import ListingDecoder, decode_detail
from specter_tui.sources.docker_host import DEFAULT_SOCKET, EngineAddress, connect, explain, locate

if TYPE_CHECKING:
    from docker import APIClient
    from docker.types import CancellableStream

T = TypeVar("T")

_MOST_THREADS: Final = 4  # a read, the event stream and two inspections
_QUEUE_SIZE: Final = 64
_EVENT_TYPES: Final = ("container", "network")
# What happens inside a container changes nothing that a listing shows; a health check is an exec every few seconds.
_INNER_EVENTS: Final = (
    "exec_",
    "attach",
    "detach",
    "resize",
    "top",
    "copy",
    "export",
    "archive-path",
    "extract-to-dir",
)
_END: Final = ""


class DockerEngine:
    """`core.ports.DockerSource` over the docker SDK; `deadline` is seconds for one read or inspection."""

    def __init__(
        self,
        settings: DockerSettings,
        deadline: float = 8.0,
        *,
        environment: Mapping[str, str] | None = None,
        default_socket: Path = DEFAULT_SOCKET,
    ) -> None:
        self._settings = settings
        self._deadline = deadline
        self._environment = os.environ if environment is None else environment
        self._default_socket = default_socket
        self._threads = _Threads()
        self._lock = threading.Lock()  # guards what threads share: the client and its facts
        self._client: APIClient | None = None
        self._facts = DockerRead(version="", api_version="", host="", containers=())
        self._decoder = ListingDecoder()
        self._last: DockerRead | None = None
        self._streams: set[CancellableStream[object]] = set()
        self._closed = False

    async def read(self) -> DockerRead:
        """All containers by one listing call; the same object as before while nothing has changed.

        Raises SourceOff when no engine is configured or found, and SourceError.
        """
        return await self._within_deadline(self._list)

    async def inspect(self, container_id: str) -> ContainerDetail:
        """One container's details, secrets masked. Raises SourceError, also for a container that is gone."""
        return await self._within_deadline(lambda: self._inspect(container_id))

    async def events(self) -> AsyncIterator[str]:
        """The action's name of each event that can change a listing; ends when the engine goes away.

        Items are dropped while nobody takes them: each only says that it is time to read again. Raises
        SourceError when the engine cannot be reached to begin with.
        """
        queue: asyncio.Queue[str] = asyncio.Queue(_QUEUE_SIZE)
        loop = asyncio.get_running_loop()

        def feed(action: str) -> None:
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(action)

        def from_thread(action: str) -> None:
            with suppress(RuntimeError):  # the loop ended first
                loop.call_soon_threadsafe(feed, action)

        cancel = threading.Event()
        listening = asyncio.ensure_future(self._threads.run(lambda: self._listen(from_thread, cancel)))

        def ended(task: asyncio.Future[None]) -> None:
            if not task.cancelled():
                task.exception()  # marks it as seen: whoever listened may have gone
            feed(_END)

        listening.add_done_callback(ended)
        try:
            while (action := await queue.get()) != _END:
                yield action
            await listening
        finally:
            cancel.set()
            await self._end_streams()
            listening.cancel()

    async def close(self) -> None:
        """Ends the event stream and frees the connections; a read under way fails by itself."""
        self._closed = True
        await self._end_streams()
        self._discard()

    async def _within_deadline(self, call: Callable[[], T]) -> T:
        try:
            async with asyncio.timeout(self._deadline):
                return await self._threads.run(call)
        except TimeoutError as error:
            raise SourceError(
                f"the Docker Engine did not answer within {self._deadline:g} s", "see whether it hangs: docker ps"
            ) from error

    # What follows runs in the threads.

    def _list(self) -> DockerRead:
        containers, problems = self._asked(lambda client: self._decoder.decode(client.containers(all=True)))
        with self._lock:
            read = replace(self._facts, containers=containers, problems=problems)
            if self._last is None or read != self._last:
                self._last = read
            return self._last

    def _inspect(self, container_id: str) -> ContainerDetail:
        return self._asked(lambda client: decode_detail(client.inspect_container(container_id)))

    def _asked(self, ask: Callable[[APIClient], T]) -> T:
        """What `ask` gets out of the engine. After any failure the next call connects anew."""
        address = EngineAddress("the Docker Engine")
        try:
            address = locate(self._settings, self._environment, self._default_socket)
            return ask(self._connected(address))
        except SourceError:
            self._discard()
            raise
        except Exception as error:  # the SDK lets through whatever requests, urllib3 and odd JSON make it stumble over
            self._discard()
            raise explain(error, address) from error

    def _connected(self, address: EngineAddress) -> APIClient:
        with self._lock:
            if self._client is not None:
                return self._client
        # Shorter than the deadline, so that a thread ends when the wait for it does.
        client, version = connect(address, self._deadline * 0.8)
        facts = DockerRead(
            version=str(version.get("Version", "")),
            api_version=client.api_version,
            host=_own_name(client),
            containers=(),
            remote=address.remote,
        )
        with self._lock:
            if self._closed:
                client.close()
                raise SourceError("the Docker source is closed")
            self._client, self._facts = client, facts
        return client

    def _discard(self) -> None:
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def _listen(self, tell: Callable[[str], None], cancel: threading.Event) -> None:
        stream = self._asked(lambda client: client.events(filters={"type": list(_EVENT_TYPES)}, decode=True))
        with self._lock:
            self._streams.add(stream)
        try:
            if not (cancel.is_set() or self._closed):
                _drain(stream, tell)
        finally:
            with self._lock:
                self._streams.discard(stream)
            _shut(stream)

    async def _end_streams(self) -> None:
        """Shuts the streams' sockets, which wakes the threads that read them."""
        with self._lock:
            streams = tuple(self._streams)
        for stream in streams:
            _shut(stream)


class _Threads:
    """Runs blocking calls in daemon threads, a few at once."""

    def __init__(self) -> None:
        self._alive: list[threading.Thread] = []

    async def run(self, call: Callable[[], T]) -> T:
        """The call's result. Cancelling leaves the call to its own time limit."""
        self._alive = [one for one in self._alive if one.is_alive()]
        if len(self._alive) >= _MOST_THREADS:
            raise SourceError("the Docker Engine still owes earlier answers", "see whether it hangs: docker ps")
        future: Future[T] = Future()
        future.set_running_or_notify_cancel()

        def work() -> None:
            try:
                result = call()
            except BaseException as error:  # noqa: BLE001  handed to whoever waits for the call
                future.set_exception(error)
            else:
                future.set_result(result)

        thread = threading.Thread(target=work, name="docker", daemon=True)
        self._alive.append(thread)
        thread.start()
        return await asyncio.wrap_future(future)


def _drain(stream: CancellableStream[object], tell: Callable[[str], None]) -> None:
    from docker.errors import DockerException

    # A cut stream and one that is no JSON both end it: the caller connects anew.
    with suppress(DockerException, ValueError, OSError, RuntimeError):
        for event in stream:
            action = event.get("Action") if isinstance(event, dict) else None
            if isinstance(action, str) and action and not action.startswith(_INNER_EVENTS):
                tell(action)


def _shut(stream: CancellableStream[object]) -> None:
    with suppress(OSError, AttributeError):  # it has ended, and the SDK looks for a socket that is gone
        stream.close()


def _own_name(client: APIClient) -> str:
    """The engine's own name; empty where a filtering proxy does not let /info through."""
    from docker.errors import APIError

    try:
        info: object = client.info()
    except APIError:
        return ""
    name = info.get("Name") if isinstance(info, dict) else None
    return name if isinstance(name, str) else ""
