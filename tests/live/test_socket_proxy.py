"""The filter before the Docker socket, byte by byte: what Traefik reads passes, everything else is refused."""

from __future__ import annotations

import socket

import pytest

from tests.live.harness import Stack

pytestmark = [pytest.mark.live, pytest.mark.timeout(300, func_only=True)]

ID = "0123456789abcdef" * 4
READ = ["/_ping", "/version", "/containers/json", "/containers/json?all=1&filters=%7B%7D"]
READ += [f"/v1.{minor}{path}" for minor in (24, 41) for path in ("/_ping", "/version", "/containers/json")]
WRITING = ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get", "Get", "GETT", "G"]
REFUSED = [
    *("/", "/info", "/v1.41/info", "/images/json", "/networks", "/volumes", "/secrets", "/configs", "/swarm", "/nodes"),
    *("/system/df", "/plugins", "/services", "/tasks", "/distribution/x/json", "/session", "/grpc", "/build", "/auth"),
    *(f"/containers/{ID}/{verb}" for verb in ("logs", "top", "stats", "changes", "export", "archive", "attach/ws")),
    *(f"/containers/{ID}{rest}" for rest in ("", "/", "/json/", "/json/x", "json", "//json", "/./json", "/x/../json")),
    *("/containers/traefik/json", "/containers/.../json", "/containers/../json", "/containers//json", "/containers/"),
    *(f"/containers/{ID[:-1]}/json", f"/containers/{ID}0/json", f"/containers/{ID.upper()}/json"),
    *("//containers/json", "/containers/json/", "/./containers/json", "/v1.41//containers/json", "///version"),
    *("/containers/../info", "/containers/json/../../info", "/version/../info", "/_ping/../images/json", "/..", "/."),
    *("/%2e%2e/info", "/containers/%2e%2e/info", "/containers/json%2f..%2f..%2finfo", "/containers%2fjson"),
    *("/%76ersion", "/containers/js%6fn", "/version%00", "/version%0a", "/version%20", "/version%3f", "/version%23"),
    *("/containers/%252e%252e/info", "/containers/json;x=1", "/;/version", "/version;/../info", "/containers;/json"),
    *("/VERSION", "/Version", "/Containers/json", "/CONTAINERS/JSON", "/_PING", "/V1.41/version", "/EVENTS"),
    *("/v1/version", "/v1./version", "/v1.410/version", "/v2.0/version", "/v1.41", "/v1.41/", "/v01.41/version"),
    *("/v1.41/v1.41/version", "/v1.-1/version", "/v1.4x/version", "/v1x41/version", "version", "*", ""),
    *("/eventsx", "/events/", "/xevents", "/containers/jsonx", "/containers/json.", "/_ping.", "/_pingx", "/version~"),
    *("\\version", "/\\version", "/containers\\json", "/version\\..\\info"),
    *("http://docker/containers/json", "http://docker/info", "http:///version", "unix:///version", "//docker/version"),
]


def ask(stack: Stack, request: bytes) -> int:
    """The status that the filter gives for these bytes; 0 when the connection closes without one."""
    client = stack.engine.client()
    try:
        attrs = client.containers.get("specter-socket-proxy-1").attrs
    finally:
        client.close()
    address = attrs["NetworkSettings"]["Networks"]["specter-socket"]["IPAddress"]
    with socket.create_connection((address, 2375), timeout=10) as connection:
        return status(connection, request)


def ask_engine(stack: Stack, request: bytes) -> int:
    """The status that the engine itself gives."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(10)
        connection.connect(str(stack.engine.sock))
        return status(connection, request)


def status(connection: socket.socket, request: bytes) -> int:
    connection.sendall(request)
    with connection.makefile("rb") as answer:
        words = answer.readline().split()
    return int(words[1]) if len(words) > 1 else 0


def line(method: str, target: str, *headers: str, body: str = "") -> bytes:
    head = "\r\n".join([f"{method} {target} HTTP/1.1", "Host: docker", "Connection: close", *headers])
    return f"{head}\r\n\r\n{body}".encode()


def running_id(stack: Stack) -> str:
    client = stack.engine.client()
    try:
        return str(client.containers.get("traefik").id)
    finally:
        client.close()


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("target", READ)
def test_what_traefik_reads_passes(stack: Stack, method: str, target: str) -> None:
    answer = ask_engine(stack, line(method, target))
    assert ask(stack, line(method, target)) == answer
    assert answer == 200 or method == "HEAD"  # old engines know HEAD of _ping alone


def test_one_container_by_its_full_id_passes(stack: Stack) -> None:
    found = running_id(stack)
    assert ask(stack, line("GET", f"/containers/{found}/json")) == 200
    assert ask(stack, line("GET", f"/v1.41/containers/{found}/json")) == 200
    assert ask(stack, line("GET", f"/containers/{ID}/json")) == 404  # passed on: the engine knows no such container


@pytest.mark.parametrize("path", ["/events", "/v1.24/events?filters=%7B%22type%22%3A%7B%22container%22%3Atrue%7D%7D"])
def test_the_stream_of_events_passes(stack: Stack, path: str) -> None:
    assert ask(stack, line("GET", path)) == 200


@pytest.mark.parametrize("target", REFUSED)
def test_every_other_spelling_is_refused(stack: Stack, target: str) -> None:
    # 400: HAProxy already refuses to read it as a request
    wellformed = target.startswith(("/", "http://", "*")) and "\\" not in target
    assert ask(stack, line("GET", target)) in ({403} if wellformed else {400, 403})


@pytest.mark.parametrize("method", WRITING)
@pytest.mark.parametrize("target", ["/_ping", "/containers/json", "/v1.41/containers/create", "/exec/x/start"])
def test_every_other_method_is_refused(stack: Stack, method: str, target: str) -> None:
    assert ask(stack, line(method, target)) in {400, 403}


@pytest.mark.parametrize(
    "headers",
    [
        ("Content-Length: 2",),
        ("Transfer-Encoding: chunked",),
        ("Transfer-Encoding: chunked", "Content-Length: 2"),
        ("Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__"),
        ("Upgrade: tcp",),
        ("Expect: 100-continue", "Content-Length: 2"),
    ],
)
def test_bodies_and_upgrades_are_refused(stack: Stack, headers: tuple[str, ...]) -> None:
    assert ask(stack, line("GET", "/containers/json", *headers, body="0\r\n\r\n")) in {400, 403}


def test_a_second_request_behind_an_allowed_one_is_judged_too(stack: Stack) -> None:
    first = b"GET /_ping HTTP/1.1\r\nHost: docker\r\n\r\n"
    client = stack.engine.client()
    try:
        before = {one.id for one in client.containers.list(all=True)}
        attrs = client.containers.get("specter-socket-proxy-1").attrs
        address = attrs["NetworkSettings"]["Networks"]["specter-socket"]["IPAddress"]
        with socket.create_connection((address, 2375), timeout=10) as connection:
            connection.sendall(first + line("POST", "/containers/create", "Content-Length: 2", body="{}"))
            received = connection.makefile("rb").read()
        after = {one.id for one in client.containers.list(all=True)}
    finally:
        client.close()
    assert received.startswith(b"HTTP/1.1 200")
    assert b"HTTP/1.1 403" in received
    assert after == before
