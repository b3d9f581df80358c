"""The same containers in the local engine and in a real one, and how a test changes what they do."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import docker

from specter_tui.demo.engine import moments
from tests.contract.wire import Wire
from tests.live_engine import Engine, build_busybox_image

APP: Final = "contract-app"  # has a route and a health check that looks for a file
DECOY: Final = "contract-decoy"  # has a route and a published port
WORKER: Final = "contract-worker"  # writes to both streams; USR1 makes it write more, TERM ends it with 3
CRASHER: Final = "contract-crasher"  # ends with 7 at once, unless-stopped; not started
IMAGE: Final = "specter-contract:1"
HEALTHY_FILE: Final = "healthy"
_READY: Final = "out 2"  # what a program writes once it handles signals
_STARTED: Final = 204
_PATIENCE: Final = 30.0
_ROOT: Final = Path(__file__).parents[2]
_PORT: Final = 8000
_SECOND: Final = 1_000_000_000
T = TypeVar("T")


@dataclass(frozen=True)
class Subject:
    """An engine under test. `set_healthy` decides what the next health check of APP finds."""

    name: str
    host: str
    set_healthy: Callable[[bool], None]

    @property
    def wire(self) -> Wire:
        """The engine on the wire."""
        return Wire(Path(self.host.removeprefix("unix://")))

    def inspect(self, container: str) -> Any:
        """A container's inspection."""
        return self.wire.get(f"/containers/{container}/json").json()

    def reset(self) -> None:
        """All containers run but the crasher, and the app is healthy."""
        self.wire.post(f"/containers/{CRASHER}/stop", t=0)
        for one in (APP, DECOY, WORKER):
            self._start(one)
        self.set_healthy(True)
        self.until_health("healthy")

    def _start(self, container: str) -> None:
        """Starts it if it does not run, and waits until it is ready to be stopped."""
        before = self.text_of(container).count(_READY)
        started = self.wire.post(f"/containers/{container}/start").status == _STARTED
        needed = before + 1 if started else 1
        eventually(lambda: self.text_of(container).count(_READY) >= needed, f"{container} is ready")

    def until_health(self, status: str) -> None:
        """Waits for the app's health."""
        eventually(lambda: self.inspect(APP)["State"]["Health"]["Status"] == status, f"the app is {status}")

    def text_of(self, container: str) -> str:
        """A container's log as text, headers and all."""
        answer = self.wire.get(f"/containers/{container}/logs", stdout=1, stderr=1)
        return answer.body.decode(errors="replace")

    @contextmanager
    def recorded(self, container: str) -> Iterator[list[dict[str, Any]]]:
        """The container's events within the context, there when it is left; what a health check does is left out."""
        found: list[dict[str, Any]] = []
        since = moments.now()
        yield found
        filters = json.dumps({"type": ["container"], "container": [container]})
        bounds = {"since": bound(since), "until": bound(moments.now())}
        lines = self.wire.get("/events", filters=filters, **bounds).body.splitlines()
        found += [event for event in map(json.loads, lines) if not event["Action"].startswith(("exec_", "health"))]


def eventually(condition: Callable[[], T], what: str) -> T:
    """The condition's value as soon as it is true; connections that fail meanwhile count as not yet."""
    ends = time.monotonic() + _PATIENCE
    last: object = None
    while time.monotonic() < ends:
        try:
            if last := condition():
                return last
        except OSError as error:
            last = error
        time.sleep(0.05)
    raise AssertionError(f"not within {_PATIENCE:.0f} s: {what}; last: {last!r}")


@contextmanager
def local_subject(folder: Path) -> Iterator[Subject]:
    """The local engine as a program of its own, since the docker SDK blocks."""
    (folder / "www").mkdir()
    flag = folder / HEALTHY_FILE
    flag.touch()
    (folder / "specs.json").write_text(json.dumps(_specs(folder, flag)))
    command = [sys.executable, "-m", "specter_tui.demo.engine", str(folder / "specs.json"), str(folder / "s/d.sock")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=_ROOT)
    try:
        assert process.stdout is not None
        host = process.stdout.readline().strip()
        assert host, "the engine did not start"
        yield Subject("local", host, lambda on: flag.touch() if on else flag.unlink(missing_ok=True))
    finally:
        process.terminate()
        process.wait(_PATIENCE)
        assert process.stdout is not None
        process.stdout.close()


@contextmanager
def real_subject(engine: Engine) -> Iterator[Subject]:
    """A real engine with the same containers."""
    build_busybox_image(engine, IMAGE, [f"EXPOSE {_PORT}"])
    client = engine.client()
    made: list[Any] = []
    flag = f"/tmp/{HEALTHY_FILE}"

    def set_healthy(on: bool) -> None:
        client.containers.get(APP).exec_run(["touch" if on else "rm", *([] if on else ["-f"]), flag])

    try:
        made += [client.containers.create(**one) for one in _creations(flag)]
        for one in made[:-1]:
            one.start()
        yield Subject("real", engine.host, set_healthy)
    finally:
        for one in made:
            one.remove(force=True)
        client.close()


def _labels(name: str) -> dict[str, str]:
    return {"traefik.enable": "true", f"traefik.http.routers.{name}.rule": f"Host(`{name}.test`)", "tier": name}


def _serving(program: str) -> list[str]:
    return ["sh", "-c", f"trap 'exit 3' TERM; echo {_READY}; {program} & wait"]


_SPEAK: Final = f"echo out 1; echo err 1 >&2; echo {_READY}"
_WORK: Final = ["sh", "-c", f"trap 'exit 3' TERM; trap 'echo said' USR1; {_SPEAK}; while :; do sleep 9 & wait; done"]
_CRASH: Final = ["sh", "-c", "printf ended; exit 7"]


def _specs(folder: Path, flag: Path) -> list[dict[str, Any]]:
    serve = f"{sys.executable} -m http.server --bind $CONTAINER_ADDRESS --directory {folder / 'www'} {_PORT}"
    common = {"image": IMAGE, "ports": [_PORT]}
    published = [{"public": 49999, "private": _PORT}]  # only told: nobody listens there
    health = {"command": ["test", "-e", str(flag)], "interval": 0.3, "timeout": 5, "retries": 1}
    return [
        {"name": APP, "command": _serving(serve), "labels": _labels(APP), "health": health, **common},
        {"name": DECOY, "command": _serving(serve), "labels": _labels(DECOY), "published": published, **common},
        {"name": WORKER, "command": _WORK, **common},
        {"name": CRASHER, "command": _CRASH, "restart": "unless-stopped", "started": False, **common},
    ]


def _creations(flag: str) -> list[dict[str, Any]]:
    serve = _serving(f"touch {flag}; httpd -f -p {_PORT} -h /www")
    health = {"test": ["CMD", "test", "-e", flag], "interval": 3 * _SECOND // 10, "timeout": 5 * _SECOND, "retries": 1}
    again = {"Name": "unless-stopped"}
    ports = {f"{_PORT}/tcp": ("127.0.0.1", None)}
    return [
        {"image": IMAGE, "name": APP, "command": serve, "labels": _labels(APP), "healthcheck": health},
        {"image": IMAGE, "name": DECOY, "command": serve, "labels": _labels(DECOY), "ports": ports},
        {"image": IMAGE, "name": WORKER, "command": _WORK},
        {"image": IMAGE, "name": CRASHER, "command": _CRASH, "restart_policy": again},
    ]


def bound(moment: int) -> str:
    """Nanoseconds as a query's timestamp."""
    return f"{moment // _SECOND}.{moment % _SECOND:09d}"


def sdk(subject: Subject) -> docker.DockerClient:
    """The docker SDK on the subject; close it."""
    return docker.DockerClient(base_url=subject.host, timeout=int(_PATIENCE))
