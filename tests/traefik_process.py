"""A real Traefik as a process on loopback, for tests that need no containers.

The binary is `SPECTER_TEST_TRAEFIK`, else `traefik` beside the interpreter or on the path.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.real import require

_PATIENCE: Final = 20.0


@dataclass(frozen=True)
class TraefikProcess:
    """A running Traefik whose API listens on `api_url`; `ports` are its entry points by name."""

    api_url: str
    ports: Mapping[str, int]
    dynamic_dir: Path
    storage: Path  # acme.json
    pid: int

    def api(self, path: str) -> Any:
        """The JSON answer of the API."""
        with urllib.request.urlopen(self.api_url + path, timeout=5) as answer:  # noqa: S310  loopback
            return json.load(answer)

    def eventually(self, path: str, condition: Any) -> Any:
        """The answer of the API once it meets the condition."""
        ends = time.monotonic() + _PATIENCE
        while True:
            with suppress(OSError, ValueError):
                if condition(answer := self.api(path)):
                    return answer
            if time.monotonic() > ends:
                raise TimeoutError(path)
            time.sleep(0.05)


def binary() -> str:
    """The path of a Traefik binary; skips the test where there is none."""
    beside = Path(sys.executable).with_name("traefik")
    found = os.environ.get("SPECTER_TEST_TRAEFIK") or (str(beside) if beside.exists() else shutil.which("traefik"))
    require("the Traefik binary", found=found is not None)
    return found or ""


@contextmanager
def traefik(
    folder: Path,
    dynamic: Mapping[str, Any],
    static: Mapping[str, Any] | None = None,
    *,
    path: str = "",
    environment: Mapping[str, str] | None = None,
) -> Iterator[TraefikProcess]:
    """Traefik with entry points traefik (API), web, websecure, tcpep and udpep on free ports of loopback.

    `static` is laid over the static configuration, one section at a time; JSON is YAML to Traefik.
    """
    dynamic_dir = folder / "dynamic"
    dynamic_dir.mkdir(parents=True)
    (dynamic_dir / "all.yml").write_text(json.dumps(dynamic))
    ports = dict(zip(("traefik", "web", "websecure", "tcpep", "udpep"), _free_ports(5), strict=True))
    addresses = {name: {"address": f"127.0.0.1:{port}"} for name, port in ports.items()}
    addresses["udpep"]["address"] += "/udp"
    document: dict[str, Any] = {
        "entryPoints": addresses,
        "api": {"insecure": True, "dashboard": False},
        "providers": {"file": {"directory": str(dynamic_dir)}},
        "global": {"checkNewVersion": False, "sendAnonymousUsage": False},
    }
    for section, content in (static or {}).items():
        document[section] = _merged(document.get(section, {}), content)
    configuration = folder / "traefik.yml"
    configuration.write_text(json.dumps(document))
    log = (folder / "traefik.log").open("wb")
    process = subprocess.Popen(
        [path or binary(), f"--configFile={configuration}"],
        cwd=folder,
        stdout=log,
        stderr=log,
        env={"PATH": os.defpath, **(environment or {})},
    )
    running = TraefikProcess(
        f"http://127.0.0.1:{ports['traefik']}", ports, dynamic_dir, folder / "acme.json", process.pid
    )
    try:
        running.eventually("/api/version", bool)
        yield running
    finally:
        process.terminate()
        process.wait(_PATIENCE)
        log.close()


def _merged(base: Any, over: Any) -> Any:
    if not isinstance(base, Mapping) or not isinstance(over, Mapping):
        return over
    return {**base, **{key: _merged(base.get(key, {}), value) for key, value in over.items()}}


def _free_ports(number: int) -> list[int]:
    taken = []
    try:
        for _ in range(number):
            one = socket.socket()
            taken.append(one)
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in taken]
    finally:
        for one in taken:
            one.close()
