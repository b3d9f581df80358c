"""Docker over the system's ssh.

The SDK's own ssh transport needs paramiko even when it is told to use the ssh program (7.2: `sshconn` imports it
first), cannot be interrupted, and forces port 22 over ~/.ssh/config. Here ssh gets one end of a socket pair, so
time limits and shutting down work as on any socket.
"""

from __future__ import annotations

import socket
import subprocess
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from specter_tui.core.errors import SourceError

if TYPE_CHECKING:
    from docker import APIClient


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


def mount_ssh(client: APIClient, url: str, timeout: float) -> None:
    """Lets `client` speak through ssh to the engine at `url`."""
    from requests.adapters import HTTPAdapter
    from urllib3 import HTTPConnectionPool
    from urllib3.connection import HTTPConnection

    command = ssh_command(url, timeout)

    class Connection(HTTPConnection):
        process: subprocess.Popen[bytes] | None = None

        def connect(self) -> None:
            ours, theirs = socket.socketpair()
            ours.settimeout(timeout)
            with theirs:
                self.process = subprocess.Popen(  # noqa: S603  a list, without a shell, ended by --
                    command,
                    stdin=theirs.fileno(),
                    stdout=theirs.fileno(),
                    stderr=subprocess.DEVNULL,
                    start_new_session=True,
                )
            self.sock = ours

        def close(self) -> None:
            super().close()
            if self.process is not None:
                self.process.terminate()
                self.process.wait()
                self.process = None

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

    client.mount("http+docker://", Adapter())
