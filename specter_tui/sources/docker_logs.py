"""Containers' logs, followed over the docker SDK: a thread a container, which ends as soon as nobody reads on.

The SDK's own `logs` drops which stream a line came from and takes 7 us a line; here its client gives the connection,
and the lines are decoded from what the engine sends in one piece.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from specter_tui.core.errors import SourceError
from specter_tui.core.logs import FollowRequest, LogBatch, LogLine, LogNotice, LogTarget, Standing
from specter_tui.core.logs.decode import LogDecoder, StreamError
from specter_tui.core.text import visible
from specter_tui.sources.docker_client import EngineClient
from specter_tui.sources.log_channel import LogChannel

if TYPE_CHECKING:
    from docker import APIClient
    from docker.types import CancellableStream
    from requests import Response

MOST_CONTAINERS: Final = 20
_PIECE: Final = 65_536
_KNOWN: Final = 256  # lines by which a log that is read again is recognised
_LOOK_AGAIN: Final = 1.0  # seconds, while a container does not run
_LONGEST_PAUSE: Final = 10.0
_TEXT_LIMIT: Final = 200
_NO_READING: Final = "does not support reading"


class _GoneError(SourceError):
    """There is no such container."""


class _UnreadableError(SourceError):
    """The log of the container can never be read."""


async def follow_logs(engine: EngineClient, request: FollowRequest) -> AsyncGenerator[LogBatch, None]:
    """`core.ports.ContainerTools.follow`."""
    if len(request.targets) > MOST_CONTAINERS:
        raise SourceError(f"{len(request.targets)} logs are too many at once", f"choose at most {MOST_CONTAINERS}")
    channel = LogChannel(len(request.targets))
    readers = [_Reader(engine, target, request, channel) for target in request.targets]
    try:
        for reader in readers:
            reader.start()
        while (batch := await channel.take()) is not None:
            yield batch
    finally:
        channel.close()
        for reader in readers:
            reader.stop()


class _Reader:
    """Reads one container's log in a thread, again and again while it is followed."""

    def __init__(self, engine: EngineClient, target: LogTarget, request: FollowRequest, channel: LogChannel) -> None:
        self._engine = engine
        self._target = target
        self._request = request
        self._channel = channel
        self._place = _Place(request)
        self._standing: Standing | None = None
        self._still = ""  # the state of a container that does not run and whose log was read to its end
        self._left = request.window.head  # lines still to come, where only the first are wanted
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._stream: CancellableStream[bytes] | None = None

    def start(self) -> None:
        """Begins to read."""
        threading.Thread(target=self._work, name="docker logs", daemon=True).start()

    def stop(self) -> None:
        """Ends the thread: shutting the socket wakes it from waiting for a line."""
        self._stopped.set()
        with self._lock:
            if self._stream is not None:
                _shut(self._stream)

    def _work(self) -> None:
        try:
            self._read_on()
        finally:
            self._channel.leave()

    def _read_on(self) -> None:
        pause = 0.0
        while not self._stopped.wait(pause):
            try:
                self._engine.asked(self._read)
                pause = _LOOK_AGAIN
            except (_GoneError, _UnreadableError) as error:
                if isinstance(error, _UnreadableError) or not self._place.begun or not self._request.follows:
                    self._note(Standing.FAILED, error.sentence())
                    return
                self._note(Standing.STOPPED, error.message)
                pause = _LOOK_AGAIN
            except SourceError as error:
                if self._stopped.is_set():
                    return
                self._note(Standing.LOST if self._request.follows else Standing.FAILED, error.sentence())
                pause = min(_LONGEST_PAUSE, max(_LOOK_AGAIN, 2 * pause))
            if not self._request.follows:
                if self._standing is not Standing.FAILED:
                    self._note(Standing.DONE)
                return

    def _note(self, standing: Standing, text: str = "") -> None:
        if standing is not self._standing:
            self._standing = standing
            self._channel.note(LogNotice(self._target.name, standing, text))

    def _read(self, client: APIClient) -> None:
        """Reads from where it was left to the end of the stream. Raises what the SDK and the stream raise."""
        found = self._look(client)
        state = _mapping(found, "State")
        running = state.get("Running") is True
        still = "" if running else f"{found.get('Id')} {state.get('StartedAt')} {state.get('FinishedAt')}"
        if running or still != self._still:
            if running and self._request.follows:
                self._note(Standing.LIVE)
            self._read_stream(client, str(found.get("Id")), tty=_mapping(found, "Config").get("Tty") is True)
            self._still = still
        if still and self._request.follows:
            self._note(Standing.STOPPED, f"{self._target.name} does not run")

    def _look(self, client: APIClient) -> Mapping[str, object]:
        """The inspection of the container, or of the one that has its name by now."""
        from docker.errors import NotFound

        for wanted in (self._target.id, self._target.name):
            with suppress(NotFound):
                found: object = client.inspect_container(wanted)
                if isinstance(found, dict):
                    return found
        name = visible(self._target.name, _TEXT_LIMIT)
        raise _GoneError(f"there is no container {name} any more", "choose another one")

    def _read_stream(self, client: APIClient, identity: str, *, tty: bool) -> None:
        from docker.types import CancellableStream
        from urllib3.exceptions import HTTPError

        response = self._open(client, identity)
        pieces = response.raw.stream(_PIECE, decode_content=False)
        decoder = LogDecoder(self._target.name, tty=tty)
        with self._lock:
            self._stream = CancellableStream(pieces, response)
            if self._stopped.is_set():
                _shut(self._stream)
        try:
            wanted = not self._stopped.is_set()
            while wanted and (data := next(pieces, None)) is not None:
                wanted = self._deliver(decoder.feed(data))
            if wanted:
                self._deliver(decoder.end())
        except StreamError as error:
            raise self._ended_by_engine(str(error)) from error
        except HTTPError as error:  # nobody but requests, which is not in between here, makes it a connection's error
            if not self._stopped.is_set():
                raise ConnectionError(str(error)) from error
        finally:
            with self._lock:
                self._stream = None
            response.close()
        self._place.begun = True

    def _open(self, client: APIClient, identity: str) -> Response:
        from docker.errors import APIError, create_api_error_from_http_exception
        from requests import HTTPError

        follow = int(self._request.follows)
        asked: dict[str, str | int] = {
            "stdout": 1,
            "stderr": 1,
            "timestamps": 1,
            "follow": follow,
            **self._place.asked(),
        }
        path = f"{client.base_url}/v{client.api_version}/containers/{quote(identity, safe='')}/logs"
        # Without a time limit: a container may be silent for days. What opens the socket limits the wait for headers.
        response = client.get(path, params=asked, stream=True, timeout=None)
        try:
            response.raise_for_status()
        except HTTPError as error:
            try:
                create_api_error_from_http_exception(error)
            except APIError as said:
                if _NO_READING in str(said.explanation):
                    raise self._ended_by_engine(str(said.explanation)) from said
                raise
            finally:
                response.close()
        return response

    def _ended_by_engine(self, text: str) -> SourceError:
        name = visible(self._target.name, _TEXT_LIMIT)
        if _NO_READING in text:
            return _UnreadableError(
                f"the engine keeps no log of {name} that can be read: its logging driver does not allow it",
                "give it the driver json-file or local, or look where its driver sends the lines",
            )
        return SourceError(f"the log of {name} broke off: {visible(text, _TEXT_LIMIT)}", "see: journalctl -u docker")

    def _deliver(self, lines: list[LogLine]) -> bool:
        """Hands on what is new and wanted; False when no more is."""
        lines = self._place.new(lines)
        if self._request.window.head:
            lines = lines[: self._left]
            self._left -= len(lines)
        keep = self._request.keep
        kept = lines if keep is None else [line for line in lines if keep(line)]
        wanted = not lines or self._channel.put(kept, len(lines) - len(kept))
        return wanted and (self._left > 0 or not self._request.window.head)


class _Place:
    """Up to where a log was read, so that reading on neither loses nor repeats a line.

    What was read is a prefix of the engine's log, but stdout and stderr write their times apart, so a line that comes
    next may be a little older than the last one: it is asked from a few lines back, and known ones are left out.
    """

    def __init__(self, request: FollowRequest) -> None:
        self._request = request
        self._known: deque[LogLine] = deque(maxlen=_KNOWN)
        self._again: Counter[LogLine] = Counter()
        self._from = ""
        self._until = ""
        self.begun = False

    def asked(self) -> dict[str, str | int]:
        """The parameters that say from where on the log is read."""
        if self._known:
            self._from, self._until = self._overlap(), max(line.timestamp for line in self._known)
            self._again = Counter(line for line in self._known if line.timestamp >= self._from)
            return {"tail": "all", "since": _seconds(self._from)}
        if self._request.after:
            return {"tail": "all", "since": _seconds(self._request.after)}
        window = self._request.window
        asked: dict[str, str | int] = {"tail": window.reach(filtered=self._request.keep is not None) or "all"}
        if window.seconds:
            asked["since"] = f"{time.time() - window.seconds:.3f}"
        return asked

    def new(self, lines: list[LogLine]) -> list[LogLine]:
        """The lines that were not there before."""
        if self._again and lines:
            lines = [line for line in lines if not self._is_known(line)]
        elif self._request.after:
            lines = [line for line in lines if line.timestamp > self._request.after]
        self._known.extend(line for line in lines[-_KNOWN:] if line.timestamp)
        return lines

    def _is_known(self, line: LogLine) -> bool:
        if line.timestamp > self._until:
            self._again.clear()
            return False
        if line.timestamp < self._from:
            return True
        count = self._again[line]
        if count:
            self._again[line] = count - 1
        return count > 0

    def _overlap(self) -> str:
        """The oldest moment of which all lines are known: older ones of the first moment may have been let go."""
        moments = [line.timestamp for line in self._known]
        if len(self._known) < _KNOWN:
            return min(moments)
        first = self._known[0].timestamp
        return min((one for one in moments if one > first), default=first)


def _seconds(timestamp: str) -> str:
    """A timestamp as the engine takes it: seconds since 1970 with nine digits."""
    whole = datetime.fromisoformat(f"{timestamp[:19]}+00:00")
    return f"{int(whole.timestamp())}.{timestamp[20:29]}"


def _mapping(document: Mapping[str, object], key: str) -> Mapping[str, object]:
    value = document.get(key)
    return value if isinstance(value, dict) else {}


def _shut(stream: CancellableStream[bytes]) -> None:
    with suppress(OSError, AttributeError):  # it has ended, and the SDK looks for a socket that is gone
        stream.close()
