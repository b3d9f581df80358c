"""Which engine is meant: settings, DOCKER_HOST, the docker context, the default socket."""

from __future__ import annotations

import hashlib
import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from specter_tui.core.errors import SourceError, SourceOff
from specter_tui.core.settings import DockerSettings
from specter_tui.sources import docker_transport
from specter_tui.sources.docker_engine import DockerEngine
from specter_tui.sources.docker_host import EngineAddress, locate
from specter_tui.sources.docker_transport import ssh_command
from tests.fake_engine import fake_engine

NOTHING = DockerSettings()


@pytest.fixture
def docker_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty docker configuration instead of the person's own."""
    folder = tmp_path / "docker"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    monkeypatch.setenv("DOCKER_CONFIG", str(folder))
    return folder


def a_context(folder: Path, name: str, text: str) -> None:
    (folder / "config.json").write_text(json.dumps({"currentContext": name}))
    meta = folder / "contexts" / "meta" / hashlib.sha256(name.encode()).hexdigest()
    meta.mkdir(parents=True)
    (meta / "meta.json").write_text(text)


def meta(name: str, host: str) -> str:
    return json.dumps({"Name": name, "Metadata": {}, "Endpoints": {"docker": {"Host": host, "SkipTLSVerify": False}}})


def test_the_order(docker_config: Path, tmp_path: Path) -> None:
    default = tmp_path / "default.sock"
    default.touch()
    assert locate(NOTHING, {}, default).url == f"unix://{default}"
    a_context(docker_config, "vps", meta("vps", "ssh://ops@vps"))
    assert locate(NOTHING, {}, default) == EngineAddress("ssh://ops@vps")
    assert locate(NOTHING, {"DOCKER_CONTEXT": "default"}, default).url == f"unix://{default}"
    assert locate(NOTHING, {"DOCKER_HOST": "tcp://a:1"}, default).url == "tcp://a:1"
    assert locate(DockerSettings(host="tcp://b:1"), {"DOCKER_HOST": "tcp://a:1"}, default).url == "tcp://b:1"


def test_nothing_at_all_is_off(docker_config: Path, tmp_path: Path) -> None:
    with pytest.raises(SourceOff, match="does not exist"):
        locate(NOTHING, {}, tmp_path / "none.sock")


@pytest.mark.parametrize("text", ["{broken", "{}", "[]", json.dumps({"Name": "x", "Metadata": {}, "Endpoints": []})])
def test_a_broken_context_is_an_error_and_not_off(docker_config: Path, tmp_path: Path, text: str) -> None:
    a_context(docker_config, "x", text)
    with pytest.raises(SourceError) as caught:
        locate(NOTHING, {}, tmp_path / "none.sock")
    assert not isinstance(caught.value, SourceOff)
    assert caught.value.remedy


def test_a_context_that_is_gone_is_an_error(docker_config: Path, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="does not exist"):
        locate(NOTHING, {"DOCKER_CONTEXT": "gone"}, tmp_path / "none.sock")


@pytest.mark.parametrize(
    ("url", "remote"),
    [
        ("unix:///var/run/docker.sock", False),
        ("tcp://127.0.0.1:2375", False),
        ("tcp://[::1]:2375", False),
        ("localhost:2375", False),
        ("tcp://10.0.0.5:2376", True),
        ("ssh://ops@vps2", True),
    ],
)
def test_remote(url: str, *, remote: bool) -> None:
    assert EngineAddress(url).remote is remote


def test_the_ssh_command_asks_nothing_and_leaves_the_port_to_the_persons_configuration() -> None:
    command = ssh_command("ssh://ops@vps2", 5)
    assert "-oBatchMode=yes" in command
    assert "-p" not in command
    assert command[-5:] == ["--", "vps2", "docker", "system", "dial-stdio"]
    assert ssh_command("ssh://ops@vps2:2222/run/x.sock", 5)[-6:] == [
        "vps2",
        "docker",
        "--host",
        "unix:///run/x.sock",
        "system",
        "dial-stdio",
    ]


@pytest.mark.parametrize("url", ["ssh://", "ssh://-oProxyCommand=x", "ssh://-x@host"])
def test_an_ssh_address_can_not_be_an_option(url: str) -> None:
    with pytest.raises(SourceError, match="names no host"):
        ssh_command(url, 5)


RELAY = """
import socket, sys, threading, os
sock = socket.socket(socket.AF_UNIX)
sock.connect(sys.argv[1])
def up():
    while data := os.read(0, 65536):
        sock.sendall(data)
threading.Thread(target=up, daemon=True).start()
while data := sock.recv(65536):
    os.write(1, data)
"""


async def test_an_engine_is_read_through_a_programs_standard_streams(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with fake_engine(tmp_path) as fake:
        fake.answers["/events"] = lambda h: (h.stream(b'{"Action": "start"}\n'), h.hang())[1]  # type: ignore[func-returns-value]  # two calls in one expression
        relay = [sys.executable, "-c", RELAY, str(fake.path)]
        monkeypatch.setattr(docker_transport, "ssh_command", lambda _url, _timeout: relay)
        engine = DockerEngine(DockerSettings(host="ssh://ops@vps2"), environment={})
        read = await engine.read()
        assert (read.host, read.remote) == ("vps", True)
        events = engine.events()
        assert await anext(events) == "start"
        await engine.close()
        assert [action async for action in events] == []


async def test_without_ssh_the_remedy_is_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docker_transport, "ssh_command", lambda _url, _timeout: ["/nonexistent/ssh"])
    engine = DockerEngine(DockerSettings(host="ssh://ops@vps2"), environment={})
    with pytest.raises(SourceError, match="not installed"):
        await engine.read()
    await engine.close()


def test_importing_the_source_imports_no_sdk() -> None:
    program = "import sys, specter_tui.sources.docker_engine as x; sys.exit('docker' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_refused_unix_connection_leaves_no_socket_open(tmp_path: Path) -> None:
    path = tmp_path / "dead.sock"
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(path))
    with pytest.raises(ConnectionRefusedError):
        docker_transport.unix_opener(str(path), 1)()
