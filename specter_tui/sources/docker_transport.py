"""The ways to a Docker Engine that the SDK's own transports go badly: unix sockets and ssh.

Of the SDK 7.2: a unix socket that refuses is never closed; waiting for the event stream to begin has no time
limit; ssh needs paramiko even when it is told to use the ssh program (`sshconn` imports it first), cannot be
interrupted, and forces port 22 over ~/.ssh/config. Here ssh gets one end of a socket pair, so time limits and
shutting down work as on any socket.
"""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from specter_tui.core.errors import SourceError

if TYPE_CHECKING:
    from docker import APIClient
    from urllib3.response import HTTPResponse

End = Callable[[], None]


def unix_opener(path: str, timeout: float) -> Callable[[], tuple[socket.socket, End]]:
    """Opens connections to the socket at `path`; the function beside each does nothing."""

    def open_unix() -> tuple[socket.socket, End]:
        sock = socket.socket(socket.AF_UNIX)
        try:
            sock.settimeout(timeout)
            sock.connect(path)
        except OSError:
            sock.close()
            raise
        return sock, lambda: None

    return open_unix


def ssh_opener(url: str, timeout: float) -> Callable[[], tuple[socket.socket, End]]:
    """Opens connections through the ssh program; the function beside each ends the program."""
    command = ssh_command(url, timeout)

    def open_ssh() -> tuple[socket.socket, End]:
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                process = subprocess.Popen(  # noqa: S603  a list, without a shell, the host behind --
                    command,
                    stdin=theirs.fileno(),
                    stdout=theirs.fileno(),
                    stderr=subprocess.DEVNULL,
                    start_new_session=True,  # a Ctrl+C in the dashboard is not for ssh
                )
        except FileNotFoundError as error:
            ours.close()
            raise SourceError("the ssh program is not installed", "install openssh-client") from error
        ours.settimeout(timeout)

        def end() -> None:
            process.terminate()
            process.wait()

        return ours, end

    return open_ssh


def ssh_command(url: str, connect_timeout: float) -> list[str]:
    """The command that gives the engine's API on its standard streams; never asks a question on the terminal.

    Raises SourceError for an address without a host.
    """
    parts = urlsplit(url)
    if not parts.hostname or parts.hostname.startswith("-") or (parts.username or "").startswith("-"):
        raise SourceError("the ssh address of the Docker Engine names no host", "write it as ssh://user@host")
    return [
        "ssh",
        "-T",
        "-oBatchMode=yes",
        f"-oConnectTimeout={max(1, int(connect_timeout))}",
        *(["-p", str(parts.port)] if parts.port else []),
        *(["-l", parts.username] if parts.username else []),
        "--",
        parts.hostname,
        *_dial(parts),
    ]


def _dial(parts: SplitResult) -> list[str]:
    return ["docker", *(["--host", f"unix://{parts.path}"] if parts.path.strip("/") else []), "system", "dial-stdio"]


def mount(client: APIClient, opener: Callable[[], tuple[socket.socket, End]], timeout: float) -> None:
    """Lets `client` speak over the sockets that `opener` gives; `timeout` is seconds until an answer begins."""
    from requests.adapters import HTTPAdapter
    from urllib3 import HTTPConnectionPool
    from urllib3.connection import HTTPConnection

    class Connection(HTTPConnection):
        end: End | None = None

        def connect(self) -> None:
            self.sock, self.end = opener()

        def getresponse(self) -> HTTPResponse:  # type: ignore[override]  # as in urllib3 itself
            wanted, self.timeout = self.timeout, timeout
            sock = self.sock
            try:
                response = super().getresponse()
            finally:
                self.timeout = wanted
            if wanted is None and sock is not None:
                sock.settimeout(None)  # the event stream may be silent for days
            return response

        def close(self) -> None:
            super().close()
            end, self.end = self.end, None
            if end is not None:
                end()

    class Pool(HTTPConnectionPool):
        ConnectionCls = Connection

    class Adapter(HTTPAdapter):
        def __init__(self) -> None:
            self.pool = Pool("localhost", timeout=timeout, maxsize=2)
            super().__init__()

        def get_connection_with_tls_context(self, *_: object, **__: object) -> HTTPConnectionPool:
            return self.pool

        def request_url(self, request: object, _proxies: object) -> str:
            return str(getattr(request, "path_url", "/"))

        def close(self) -> None:
            super().close()
            self.pool.close()

    client.mount("http+docker://localhost", Adapter())
