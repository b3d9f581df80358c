"""Which Docker Engine is meant, how to reach it, and what its failures mean.

Everything here blocks and imports the SDK (about 150 ms): call it in a thread only.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from specter_tui.core.engine import OFF, is_remote_engine
from specter_tui.core.errors import SourceError, SourceOff
from specter_tui.core.secrets import mask_urls
from specter_tui.core.settings import DockerSettings
from specter_tui.core.text import visible
from specter_tui.sources.docker_transport import mount, ssh_opener, unix_opener

if TYPE_CHECKING:
    from docker import APIClient
    from docker.tls import TLSConfig

DEFAULT_SOCKET: Final = Path("/var/run/docker.sock")
_TEXT_LIMIT: Final = 200
_OLDEST_API: Final = "1.24"  # what the SDK starts with before it knows the engine's


@dataclass(frozen=True, slots=True)
class EngineAddress:
    """Where the engine is; `remote` when its containers do not run on this machine."""

    url: str
    tls: TLSConfig | None = None

    @property
    def remote(self) -> bool:
        """Whether the engine is on another machine; a loopback TCP address counts as this one."""
        return is_remote_engine(self.url)

    @property
    def shown(self) -> str:
        """The address for a message."""
        return visible(mask_urls(self.url), _TEXT_LIMIT)


def locate(
    settings: DockerSettings, environment: Mapping[str, str], default_socket: Path = DEFAULT_SOCKET
) -> EngineAddress:
    """The configured host, else DOCKER_HOST, else the current docker context's, else the default socket.

    Raises SourceOff when nothing is configured and there is no default socket, SourceError when what is
    configured cannot be used.
    """
    if settings.host == OFF:
        raise SourceOff("switched off by docker.host", "set another host in [docker]")
    if host := settings.host or environment.get("DOCKER_HOST", ""):
        return EngineAddress(host, _tls_of(environment))
    if address := _of_context(environment.get("DOCKER_CONTEXT", "")):
        return address
    if not default_socket.exists():
        raise SourceOff(
            f"no Docker Engine found: {default_socket} does not exist", "set host in [docker] or DOCKER_HOST"
        )
    return EngineAddress(f"unix://{default_socket}")


def _tls_of(environment: Mapping[str, str]) -> TLSConfig | None:
    from docker.errors import TLSParameterError
    from docker.utils import kwargs_from_env

    # The SDK takes an empty environment for "use the process's own".
    try:
        found = kwargs_from_env(environment={"DOCKER_HOST": "", **environment})
    except TLSParameterError as error:
        raise SourceError(
            f"the certificates of DOCKER_CERT_PATH cannot be used ({_short(error)})",
            "put ca.pem, cert.pem and key.pem there or unset DOCKER_TLS_VERIFY",
        ) from error
    return found.get("tls")


def _of_context(name: str) -> EngineAddress | None:
    """The endpoint of the named or current docker context; None for the built-in one."""
    from docker.context import ContextAPI

    remedy = "look at `docker context ls`, or set host in [docker]"
    try:
        context = ContextAPI.get_context(name or None)
    except Exception as error:  # the SDK raises a bare Exception for a corrupted meta.json
        raise SourceError(f"the current docker context cannot be read ({_short(error)})", remedy) from error
    if context is None:
        raise SourceError(f"the docker context {visible(name, _TEXT_LIMIT) or 'in use'} does not exist", remedy)
    if context.name == "default":
        return None
    if not isinstance(context.Host, str) or not context.Host:
        raise SourceError(f"the docker context {visible(context.name, _TEXT_LIMIT)} names no Docker host", remedy)
    return EngineAddress(context.Host, context.TLSConfig)


def connect(address: EngineAddress, timeout: float) -> tuple[APIClient, Mapping[str, object]]:
    """A client that speaks the engine's own API version, and the engine's answer about its version.

    `timeout` is seconds a socket may be silent. The SDK takes `ApiVersion` as it is, with no upper clamp.
    """
    first = _client(address, _OLDEST_API, timeout)
    try:
        version = first.version(api_version=False)
    finally:
        first.close()
    if not isinstance(version, dict) or not isinstance(version.get("ApiVersion"), str):
        raise SourceError(f"{address.shown} answers, but not as a Docker Engine", "check the address of the engine")
    return _client(address, version["ApiVersion"], timeout), version


def _client(address: EngineAddress, version: str, timeout: float) -> APIClient:
    from docker import APIClient

    # The SDK's type says int, but hands the number to sockets, which take fractions.
    seconds = cast("int", timeout)
    opener = _opener(address.url, timeout)
    if opener is None:
        return APIClient(base_url=address.url, version=version, timeout=seconds, tls=address.tls or False)
    client = APIClient(base_url="unix:///mounted", version=version, timeout=seconds)
    mount(client, opener, timeout)
    return client


def _opener(url: str, timeout: float) -> Callable[[], tuple[socket.socket, Callable[[], None]]] | None:
    """How to open a connection where the SDK's own transport does not do."""
    scheme, _, rest = url.removeprefix("http+").partition("://")
    if scheme == "unix":
        return unix_opener(rest if rest.startswith("/") else f"/{rest}", timeout)
    return ssh_opener(url, timeout) if scheme == "ssh" else None


def explain(error: BaseException, address: EngineAddress) -> SourceError:
    """What a failure of the SDK means, with the way out; it never repeats more than a line of the answer."""
    from docker.errors import APIError, InvalidVersion
    from requests import exceptions as web

    causes = tuple(_causes(error))
    kinds: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], str, str], ...] = (
        (PermissionError, "may not open", "be in the group docker, or run with sudo"),
        (FileNotFoundError, "finds no socket at", "start the Docker Engine, or set host in [docker]"),
        (ConnectionRefusedError, "is refused by", "start the Docker Engine: systemctl start docker"),
        ((TimeoutError, web.Timeout), "got no answer in time from", "see whether the engine hangs: docker ps"),
        (
            (ConnectionError, web.ConnectionError, web.ChunkedEncodingError),
            "lost the connection to",
            "see the engine's log: journalctl -u docker",
        ),
    )
    for one in causes:
        if isinstance(one, SourceError):
            return one
        if isinstance(one, InvalidVersion):
            return SourceError(f"the engine at {address.shown} is too old for this program", "upgrade Docker to 1.12")
        if isinstance(one, APIError):
            return _of_api_error(one, address)
    for kind, verb, remedy in kinds:
        if any(isinstance(one, kind) for one in causes):
            return SourceError(f"Docker: this program {verb} {address.shown}", remedy)
    return SourceError(
        f"the answer of {address.shown} is not what a Docker Engine answers ({_short(error)})",
        "check the address of the engine",
    )


def _of_api_error(error: object, address: EngineAddress) -> SourceError:
    response = getattr(error, "response", None)
    status = getattr(response, "status_code", 0)
    said = visible(mask_urls(str(getattr(error, "explanation", "") or "")), _TEXT_LIMIT)
    if status in {401, 403}:
        return SourceError(f"{address.shown} refuses the request ({status}: {said})", "allow GET in its proxy")
    return SourceError(f"the engine at {address.shown} answers {status}: {said}", "see its log: journalctl -u docker")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and all that it wraps: requests and urllib3 hide the cause in `args` and `reason`."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        one = waiting.pop(0)
        if not isinstance(one, BaseException) or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [*one.args, getattr(one, "reason", None), one.__cause__, one.__context__]


def _short(error: BaseException) -> str:
    return visible(mask_urls(str(error).partition("\n")[0]), _TEXT_LIMIT)
