"""What the Docker Engine lists and tells, read with its SDK in threads."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from specter_tui.core.model import Container, ContainerDetail, DockerRead
from specter_tui.core.settings import DockerSettings
from specter_tui.sources.docker_client import EngineClient
from specter_tui.sources.docker_decode import ListingDecoder, decode_detail
from specter_tui.sources.docker_host import DEFAULT_SOCKET
from specter_tui.sources.docker_networks import LanNetworks
from specter_tui.sources.docker_restarts import RestartCounts
from specter_tui.sources.docker_verify import VerifyPolicies

if TYPE_CHECKING:
    from docker import APIClient
    from docker.types import CancellableStream

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
    """`core.ports.DockerSource` over the docker SDK; `deadline` is seconds for one read or inspection.

    `verify_url` names the verify service's containers, whose policy is looked at.
    """

    def __init__(
        self,
        settings: DockerSettings,
        deadline: float = 8.0,
        *,
        verify_url: str = "",
        environment: Mapping[str, str] | None = None,
        default_socket: Path = DEFAULT_SOCKET,
    ) -> None:
        self._engine = EngineClient(settings, deadline, environment=environment, default_socket=default_socket)
        self._lock = threading.Lock()  # guards what threads share
        self._decoder = ListingDecoder()
        self._lan = LanNetworks()
        self._restarts = RestartCounts()
        self._policies = VerifyPolicies(verify_url)
        self._last: DockerRead | None = None
        self._streams: set[CancellableStream[object]] = set()

    async def read(self) -> DockerRead:
        """All containers by one listing call; the same object as before while nothing has changed.

        Raises SourceOff when no engine is configured or found, and SourceError.
        """
        return await self._engine.within_deadline(self._list)

    async def inspect(self, container_id: str) -> ContainerDetail:
        """One container's details, secrets masked. Raises SourceError, also for a container that is gone."""
        return await self._engine.within_deadline(lambda: self._inspect(container_id))

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
        listening = asyncio.ensure_future(self._engine.threads.run(lambda: self._listen(from_thread, cancel)))

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
        self._engine.close()
        await self._end_streams()

    # What follows runs in the threads.

    def _list(self) -> DockerRead:
        (containers, problems), lan = self._engine.asked(self._listed)
        with self._lock:
            facts = self._engine.facts
            read = DockerRead(facts.version, facts.api_version, facts.host, containers, facts.remote, problems, lan)
            if self._last is None or read != self._last:
                self._last = read
            return self._last

    def _listed(self, client: APIClient) -> tuple[tuple[tuple[Container, ...], tuple[str, ...]], tuple[str, ...]]:
        listing = client.containers(all=True)
        containers, problems = self._decoder.decode(listing)
        counted = self._restarts.of(client, containers)
        return (self._policies.of(client, counted), problems), self._lan.of(client, listing)

    def _inspect(self, container_id: str) -> ContainerDetail:
        return self._engine.asked(lambda client: decode_detail(client.inspect_container(container_id)))

    def _listen(self, tell: Callable[[str], None], cancel: threading.Event) -> None:
        stream = self._engine.asked(lambda client: client.events(filters={"type": list(_EVENT_TYPES)}, decode=True))
        with self._lock:
            self._streams.add(stream)
        try:
            if not (cancel.is_set() or self._engine.closed):
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
