"""A real Docker Engine of the tests' own, and a small image to run in it.

Two engines on one machine fight over the bridge docker0, so a machine-wide lock is held while one runs, and
`SPECTER_TEST_DOCKER_HOST` names one that is shared instead. Within one process all users share one engine.
"""

from __future__ import annotations

import fcntl
import io
import os
import shutil
import signal
import socket
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

import docker
from docker.errors import DockerException
from requests.exceptions import RequestException

from tests.real import require

SHARED_HOST: Final = "SPECTER_TEST_DOCKER_HOST"
BUSYBOX: Final = Path("/usr/bin/busybox")
_LOCK: Final = Path(tempfile.gettempdir()) / "specter-test-engine.lock"
_APPLETS: Final = ("sh", "httpd", "wget", "nc", "sleep", "cat", "echo", "ls", "rm", "touch", "test", "true", "false")
_START_SECONDS: Final = 60.0
_STOP_SECONDS: Final = 30.0


@dataclass
class Engine:
    """A running engine; `pid` is 0 when it is a shared one that is not ours to stop."""

    host: str  # for DOCKER_HOST: "unix:///tmp/x/docker.sock"
    root: Path | None = None
    pid: int = 0
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    _lock: IO[str] | None = field(default=None, repr=False)

    @property
    def sock(self) -> Path:
        """The engine's socket."""
        return Path(self.host.removeprefix("unix://"))

    def client(self, timeout: float = 60) -> docker.DockerClient:
        """A client of the engine; close it."""
        return docker.DockerClient(base_url=self.host, timeout=int(timeout))

    def up(self) -> None:
        """Starts the engine on its own folders, again after `down` too, and waits until it answers."""
        if self.root is None or self._process is not None:
            return
        self.sock.unlink(missing_ok=True)  # one that was killed leaves it, and nobody answers there
        with (self.root / "dockerd.log").open("ab") as log:
            self._process = subprocess.Popen(_command(self.root), stdout=log, stderr=log, start_new_session=True)
        self.pid = self._process.pid
        deadline = time.monotonic() + _START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                tail = (self.root / "dockerd.log").read_text(errors="replace")[-2000:]
                self.down()
                raise RuntimeError(f"dockerd did not start:\n{tail}")
            time.sleep(0.1)

    def down(self, sig: signal.Signals = signal.SIGTERM) -> None:
        """Ends the engine's process and its containers; its folders stay for `up`."""
        if self._process is None:
            return
        process, self._process = self._process, None
        if process.poll() is None:
            process.send_signal(sig)
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self.pid = 0

    def stop(self) -> None:
        """Ends the engine, removes its folders and frees the machine for the next one."""
        if self.root is None:
            return
        if self._process is not None:
            self._clear()
        self.down()
        _unmount_below(self.root)
        shutil.rmtree(self.root, ignore_errors=True)
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _clear(self) -> None:
        """Removes containers and networks: a bridge outlives its engine, and the address pools are few."""
        with suppress(DockerException, RequestException):
            client = self.client()
            for container in client.containers.list(all=True, sparse=True):
                container.remove(force=True)
            client.networks.prune()
            client.close()

    def _answers(self) -> bool:
        """Asked without the SDK, whose constructor leaves its socket open where an engine takes long."""
        with socket.socket(socket.AF_UNIX) as connected:
            connected.settimeout(5)
            try:
                connected.connect(str(self.sock))
                connected.sendall(b"GET /_ping HTTP/1.0\r\nHost: docker\r\n\r\n")
                return b" 200 " in connected.recv(64)
            except OSError:
                return False


def start_engine(root: Path | None = None) -> Engine:
    """An engine with its data below `root` (short: the socket's path may have 107 characters), or the shared one.

    Skips the running test when there is no engine here. Blocks while another process on this machine runs one.
    """
    if shared := os.environ.get(SHARED_HOST):
        return Engine(host=shared)
    require("Docker Engine (dockerd, iptables, root)", found=_can_start())
    lock = _LOCK.open("a")
    fcntl.flock(lock, fcntl.LOCK_EX)
    root = root or Path(tempfile.mkdtemp(prefix="spe-"))
    engine = Engine(host=f"unix://{root}/docker.sock", root=root, _lock=lock)
    try:
        engine.up()
    except RuntimeError:
        engine.stop()
        raise
    return engine


@dataclass
class _Shared:
    engine: Engine | None = None
    users: int = 0


_SHARED: Final = _Shared()


@contextmanager
def running_engine() -> Iterator[Engine]:
    """This process's one engine: started for its first user, stopped after its last; for session fixtures."""
    if _SHARED.engine is None:
        _SHARED.engine = start_engine()
    _SHARED.users += 1
    try:
        yield _SHARED.engine
    finally:
        _SHARED.users -= 1
        if _SHARED.users == 0:
            _SHARED.engine.stop()
            _SHARED.engine = None


def build_busybox_image(engine: Engine, tag: str, changes: Sequence[str] = ()) -> str:
    """Makes `tag` from Debian's static busybox and returns it.

    It serves /www on port 80 by default; `changes` are Dockerfile lines (CMD, HEALTHCHECK, LABEL, ...).
    """
    require("busybox-static", found=BUSYBOX.exists())
    repository, _, version = tag.partition(":")
    client = engine.client()
    try:
        client.api.import_image_from_data(
            _busybox_tar(),
            repository=repository,
            tag=version or "latest",
            changes=['CMD ["/bin/busybox","httpd","-f","-p","80","-h","/www"]', "ENV PATH=/bin", *changes],
        )
    finally:
        client.close()
    return tag


def _busybox_tar() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for folder in ("bin", "www", "tmp"):
            info = tarfile.TarInfo(folder)
            info.type, info.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(info)
        tar.add(BUSYBOX, "bin/busybox")
        for applet in _APPLETS:
            link = tarfile.TarInfo(f"bin/{applet}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(link)
        page = tarfile.TarInfo("www/index.html")
        page.size = len(b"hello\n")
        tar.addfile(page, io.BytesIO(b"hello\n"))
    return buffer.getvalue()


def _command(root: Path) -> list[str]:
    return [
        "dockerd",
        f"--data-root={root}/data",
        f"--exec-root={root}/exec",
        f"--pidfile={root}/docker.pid",
        f"--host=unix://{root}/docker.sock",
    ]


def _can_start() -> bool:
    return os.geteuid() == 0 and all(shutil.which(name) is not None for name in ("dockerd", "iptables"))


def _unmount_below(root: Path) -> None:
    """Lets go of overlay and network mounts that a killed engine left, or its folder could not be removed."""
    mounts = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
    for mount in sorted((one for one in mounts if one.startswith(f"{root}/")), reverse=True):
        subprocess.run(["umount", "--lazy", mount], check=False)
