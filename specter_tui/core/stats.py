"""What a container uses, out of the engine's one-shot statistics: pure.

CPU is what `docker stats` shows: 100 % is one core used up. It takes two samples, and the time between them is the
system's processor time where the engine tells it, else the clock's. Memory is without `inactive_file`, the cache that
the kernel gives back at once (docker/cli, stats_helpers.go, calculateMemUsageUnixNoCache). What the engine does not
tell is None, never 0: a stopped container, a network in host mode, a device the cgroup does not count.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

HISTORY: Final = 150  # points: five minutes at one in two seconds
_NANOSECONDS: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class StatsSample:
    """One answer of `/containers/{id}/stats`; counters are totals since the container's start, in ns and bytes."""

    read: datetime | None  # None: the container does not run
    cpu: int | None = None
    system: int | None = None
    cores: int | None = None
    memory: int | None = None
    memory_limit: int | None = None
    received: int | None = None
    sent: int | None = None
    written: int | None = None
    loaded: int | None = None  # read from block devices
    processes: int | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """What is used now: `cpu` in percent of one core, `memory` in bytes, the others in bytes a second."""

    at: datetime
    cpu: float | None = None
    memory: int | None = None
    memory_limit: int | None = None
    received: float | None = None
    sent: float | None = None
    loaded: float | None = None
    written: float | None = None
    processes: int | None = None


def decode_stats(document: object) -> StatsSample:
    """A sample from the engine's JSON; whatever has an odd shape counts as not told."""
    raw = _mapping(document)
    read = _time(raw.get("read"))
    cpu = _mapping(raw.get("cpu_stats"))
    used = _mapping(cpu.get("cpu_usage"))
    memory = _mapping(raw.get("memory_stats"))
    if read is None or not (used.get("total_usage") or memory):
        return StatsSample(read=None)
    networks = [_mapping(one) for one in _mapping(raw.get("networks")).values()]
    blocks = _mapping(raw.get("blkio_stats")).get("io_service_bytes_recursive")
    return StatsSample(
        read=read,
        cpu=_count(used.get("total_usage")),
        system=_count(cpu.get("system_cpu_usage")) or None,
        cores=_cores(cpu, used),
        memory=_memory(memory),
        memory_limit=_count(memory.get("limit")) or None,
        received=_total([_count(one.get("rx_bytes")) for one in networks]),
        sent=_total([_count(one.get("tx_bytes")) for one in networks]),
        loaded=_blocks(blocks, "read"),
        written=_blocks(blocks, "write"),
        processes=_count(_mapping(raw.get("pids_stats")).get("current")),
    )


def usage(before: StatsSample | None, now: StatsSample) -> Usage | None:
    """What was used between two samples; only what needs no comparison without one, None when it does not run.

    Counters that went back (the container was started anew) give no rate.
    """
    if now.read is None:
        return None
    last = before if before is not None and before.read is not None and before.read < now.read else None
    if last is None or last.read is None:
        return Usage(now.read, None, now.memory, now.memory_limit, processes=now.processes)
    seconds = (now.read - last.read).total_seconds()
    return Usage(
        at=now.read,
        cpu=_cpu(last, now, seconds),
        memory=now.memory,
        memory_limit=now.memory_limit,
        received=_rate(last.received, now.received, seconds),
        sent=_rate(last.sent, now.sent, seconds),
        loaded=_rate(last.loaded, now.loaded, seconds),
        written=_rate(last.written, now.written, seconds),
        processes=now.processes,
    )


class UsageHistory:
    """The usage of one container over its last samples, the oldest first."""

    def __init__(self, points: int = HISTORY) -> None:
        self._points: deque[Usage] = deque(maxlen=points)
        self._last: StatsSample | None = None

    def add(self, sample: StatsSample) -> Usage | None:
        """The usage since the sample before; None, and the history begins anew, when the container does not run."""
        point = usage(self._last, sample)
        self._last = sample
        if point is None:
            self._points.clear()
        else:
            self._points.append(point)
        return point

    def __iter__(self) -> Iterator[Usage]:
        return iter(self._points)

    def __len__(self) -> int:
        return len(self._points)


def _cpu(last: StatsSample, now: StatsSample, seconds: float) -> float | None:
    used = _rate(last.cpu, now.cpu, 1)
    if used is None:
        return None
    system = _rate(last.system, now.system, 1)
    if system and now.cores:
        return 100 * used * now.cores / system
    return 100 * used / (seconds * _NANOSECONDS)


def _rate(before: int | None, now: int | None, seconds: float) -> float | None:
    if before is None or now is None or now < before:
        return None
    return (now - before) / seconds


def _cores(cpu: Mapping[str, object], used: Mapping[str, object]) -> int | None:
    """`online_cpus`, else the length of `percpu_usage`, which cgroup v2 does not have."""
    each = used.get("percpu_usage")
    return _count(cpu.get("online_cpus")) or (len(each) if isinstance(each, list) else 0) or None


def _memory(memory: Mapping[str, object]) -> int | None:
    used = _count(memory.get("usage"))
    stats = _mapping(memory.get("stats"))
    cache = _count(stats.get("total_inactive_file", stats.get("inactive_file")))  # cgroup v1, else v2
    if used is None or cache is None or cache >= used:
        return used
    return used - cache


def _blocks(entries: object, operation: str) -> int | None:
    """The sum over all devices; `Read` in cgroup v1, `read` in v2, null where nothing is counted."""
    if not isinstance(entries, list) or not entries:
        return None
    mine = [one for one in map(_mapping, entries) if str(one.get("op")).lower() == operation]
    return _total([_count(one.get("value")) for one in mine])


def _total(counts: list[int | None]) -> int | None:
    told = [one for one in counts if one is not None]
    return sum(told) if told else None


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _time(value: object) -> datetime | None:
    """A time of the engine; it writes year 1 for never."""
    if not isinstance(value, str) or value.startswith("0001-"):
        return None
    try:
        time = datetime.fromisoformat(value)
    except ValueError:
        return None
    return time if time.tzinfo is not None else None
