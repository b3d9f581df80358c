"""CPU and memory of a container's processes, read from /proc; network traffic of a process is not known there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from specter_tui.demo.engine import moments
from specter_tui.demo.engine.container import Container

_PROC: Final = Path("/proc")
_TICK: Final = moments.SECOND // os.sysconf("SC_CLK_TCK")
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")
_CPU_FIELDS: Final = 8  # user to steal; guest times are in user already


@dataclass(frozen=True, slots=True)
class Sample:
    """One reading; CPU times are nanoseconds, `system` that of all CPUs since boot. `time` 0 means none."""

    time: int = 0
    user: int = 0
    kernel: int = 0
    system: int = 0
    memory: int = 0
    processes: int = 0


def read(container: Container) -> Sample:
    """The container now; an empty sample when it does not run."""
    if not container.state.pid:
        return Sample()
    user = kernel = memory = processes = 0
    for pid in _tree(container.state.pid):
        try:
            fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has just ended
        user += int(fields[11]) + int(fields[13])  # utime, cutime
        kernel += int(fields[12]) + int(fields[14])
        memory += int(fields[21]) * _PAGE
        processes += 1
    return Sample(moments.now(), user * _TICK, kernel * _TICK, _system(), memory, processes)


def document(container: Container, now: Sample, before: Sample) -> dict[str, Any]:
    """As `/containers/{id}/stats` tells it; zero times and empty objects for a container that does not run."""
    named = {"name": f"/{container.spec.name}", "id": container.id}
    times = {"read": moments.rfc3339(now.time), "preread": moments.rfc3339(before.time)}
    empty: dict[str, Any] = {"cpu_usage": {"total_usage": 0, "usage_in_kernelmode": 0, "usage_in_usermode": 0}}
    idle = {**empty, "throttling_data": {"periods": 0, "throttled_periods": 0, "throttled_time": 0}}
    return {
        **times,
        "pids_stats": {"current": now.processes} if now.time else {},
        "blkio_stats": {},
        "num_procs": 0,
        "storage_stats": {},
        "cpu_stats": {**idle, **_cpu(now)} if now.time else idle,
        "precpu_stats": {**idle, **_cpu(before)} if before.time else idle,
        "memory_stats": {"usage": now.memory, "stats": {}, "limit": memory_total()} if now.time else {},
        **named,
    }


def memory_total() -> int:
    """The machine's memory in bytes."""
    return os.sysconf("SC_PHYS_PAGES") * _PAGE


def _cpu(sample: Sample) -> dict[str, Any]:
    return {
        "cpu_usage": {
            "total_usage": sample.user + sample.kernel,
            "usage_in_kernelmode": sample.kernel,
            "usage_in_usermode": sample.user,
        },
        "system_cpu_usage": sample.system,
        "online_cpus": os.cpu_count() or 1,
    }


def _tree(pid: int) -> Iterator[int]:
    """The process and its descendants, as far as their parents' main threads started them."""
    yield pid
    try:
        children = (_PROC / str(pid) / "task" / str(pid) / "children").read_text().split()
    except OSError:
        return
    for child in children:
        yield from _tree(int(child))


def _system() -> int:
    with (_PROC / "stat").open() as file:
        fields = file.readline().split()[1 : 1 + _CPU_FIELDS]
    return sum(map(int, fields)) * _TICK
