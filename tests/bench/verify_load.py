"""Load on a target: wrk with a request like a browser's, many sessions in turn."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.bench.process import PYTHON, clean_environment

SECONDS: Final = 2
_SCRIPT: Final = """
local cookies = {{ {cookies} }}
local fixed = {{ {headers} }}
local at = 0
request = function()
  at = at % #cookies + 1
  fixed["Cookie"] = "theme=dark; lang=en; _ga=GA1.1.1234567890.1234567890; " .. cookies[at]
  return wrk.format("GET", "{path}", fixed)
end
done = function(summary, latency, requests)
  local errors = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout
  io.write(string.format("RESULT %f %f %f %d\\n", summary.requests / summary.duration * 1e6,
    latency:percentile(50), latency:percentile(99), errors))
end
"""


@dataclass(frozen=True, slots=True)
class Load:
    """What a slice showed: requests a second, latencies in milliseconds, answers other than 2xx and 3xx.

    `cpu`: microseconds of processor time that the server took for one request, which other processes disturb less.
    """

    rate: float
    p50: float
    p99: float
    errors: int
    cpu: float


@dataclass(frozen=True, slots=True)
class Target:
    """Something to load: its address and its process, whose CPU the server may be kept to."""

    port: int
    pid: int


def available() -> bool:
    """Whether the load generator and the target in C are here."""
    return shutil.which("wrk") is not None and shutil.which("nginx") is not None


@contextmanager
def target(name: str, environment: Mapping[str, str], cpu: int | None = 0) -> Iterator[Target]:
    """One of `verify_targets`, kept to one core."""
    process = subprocess.Popen(
        [PYTHON, "-m", "tests.bench.verify_targets", name],
        env=clean_environment() | dict(environment),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        if cpu is not None:
            os.sched_setaffinity(process.pid, {cpu})
        yield Target(port, process.pid)
    finally:
        process.terminate()
        process.wait(10)


@contextmanager
def nginx(headers: Mapping[str, str]) -> Iterator[Target]:
    """nginx with one worker that answers 200 with the same headers."""
    with tempfile.TemporaryDirectory(prefix="specter-bench-nginx-") as name:
        folder, port = Path(name), _free_port()
        added = "".join(f'add_header {key} "{value}";\n' for key, value in headers.items())
        (folder / "nginx.conf").write_text(
            f"daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;\n"
            f"events {{ worker_connections 1024; }}\nhttp {{ access_log off; keepalive_requests 1000000;\n"
            + "".join(
                f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
            )
            + f"server {{ listen 127.0.0.1:{port} backlog=1024; location / {{ {added} return 200; }} }} }}\n"
        )
        process = subprocess.Popen(
            ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")], stderr=subprocess.DEVNULL
        )
        try:
            yield Target(port, process.pid)
        finally:
            process.terminate()
            process.wait(10)


def load(
    loaded: Target,
    connections: int,
    headers: Mapping[str, str],
    cookies: Sequence[str],
    *,
    path: str = "/verify",
    cpu: int | None = 1,
) -> Load:
    """One slice of `SECONDS` seconds."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(
            _SCRIPT.format(
                cookies=", ".join(f'"{one}"' for one in cookies),
                headers=", ".join(f'["{name}"]="{value}"' for name, value in headers.items()),
                path=path,
            )
        )
        script.flush()
        pinned = [] if cpu is None else ["taskset", "-c", str(cpu)]
        address = f"http://127.0.0.1:{loaded.port}"
        command = [*pinned, "wrk", "-t1", f"-c{connections}", f"-d{SECONDS}s", "-s", script.name, address]
        before = _on_cpu(loaded.pid)
        out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        used = _on_cpu(loaded.pid) - before
    match = re.search(r"^RESULT (\S+) (\S+) (\S+) (\d+)$", out, re.MULTILINE)
    if match is None:
        raise RuntimeError(out)
    served = float(match[1]) * SECONDS
    return Load(float(match[1]), float(match[2]) / 1000, float(match[3]) / 1000, int(match[4]), used / served)


def resident_mib(pid: int) -> float:
    """Resident memory of a process."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def _on_cpu(pid: int) -> float:
    """Microseconds that a process with its threads, and nginx's worker with it, was on a core."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    threads = (path for one in (str(pid), *children) for path in Path(f"/proc/{one}/task").glob("*/schedstat"))
    return sum(int(path.read_text().split()[0]) for path in threads) / 1000


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
