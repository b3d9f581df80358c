"""What a container uses, from what engines of both cgroup versions answer."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from specter_tui.core.stats import StatsSample, UsageHistory, decode_stats, usage

V2: dict[str, Any] = {
    "read": "2026-11-22T10:00:00.000000000Z",
    "preread": "0001-01-01T00:00:00Z",
    "pids_stats": {"current": 4, "limit": 100},
    "blkio_stats": {
        "io_service_bytes_recursive": [
            {"major": 8, "minor": 0, "op": "read", "value": 1000},
            {"major": 8, "minor": 0, "op": "write", "value": 500},
            {"major": 9, "minor": 0, "op": "read", "value": 24},
        ]
    },
    "cpu_stats": {"cpu_usage": {"total_usage": 1_000_000_000}, "system_cpu_usage": 50_000_000_000, "online_cpus": 2},
    "precpu_stats": {"cpu_usage": {"total_usage": 0}},
    "memory_stats": {"usage": 1000, "limit": 4000, "stats": {"inactive_file": 300}},
    "networks": {"eth0": {"rx_bytes": 10, "tx_bytes": 20}, "eth1": {"rx_bytes": 1, "tx_bytes": 2}},
}
V1: dict[str, Any] = {
    **V2,
    "cpu_stats": {"cpu_usage": {"total_usage": 10**9, "percpu_usage": [1, 2, 3]}, "system_cpu_usage": 50 * 10**9},
    "memory_stats": {"usage": 1000, "limit": 4000, "stats": {"total_inactive_file": 400, "inactive_file": 1}},
    "blkio_stats": {"io_service_bytes_recursive": [{"op": "Read", "value": 7}, {"op": "Write", "value": 8}]},
}
STOPPED: dict[str, Any] = {
    "read": "0001-01-01T00:00:00Z",
    "cpu_stats": {"cpu_usage": {"total_usage": 0}},
    "memory_stats": {},
}


def later(document: dict[str, Any], seconds: int, **cpu: object) -> dict[str, Any]:
    return {
        **document,
        "read": f"2026-11-22T10:00:{seconds:02d}.000000000Z",
        "cpu_stats": {**document["cpu_stats"], **cpu},
    }


def test_the_sums_of_version_2() -> None:
    sample = decode_stats(V2)
    assert (sample.memory, sample.memory_limit, sample.processes, sample.cores) == (700, 4000, 4, 2)
    assert (sample.received, sample.sent, sample.loaded, sample.written) == (11, 22, 1024, 500)


def test_version_1_has_other_names() -> None:
    sample = decode_stats(V1)
    assert (sample.memory, sample.cores, sample.loaded, sample.written) == (600, 3, 7, 8)


def test_cpu_is_a_share_of_the_system_times_its_cores() -> None:
    now = later(V2, 2, cpu_usage={"total_usage": 2_000_000_000}, system_cpu_usage=54_000_000_000)
    point = usage(decode_stats(V2), decode_stats(now))
    assert point is not None
    assert point.cpu == 50.0


def test_without_the_system_time_the_clock_counts() -> None:
    bare = {**V2, "cpu_stats": {"cpu_usage": {"total_usage": 10**9}}}
    now = later(bare, 2, cpu_usage={"total_usage": 2 * 10**9})
    point = usage(decode_stats(bare), decode_stats(now))
    assert point is not None
    assert point.cpu == 50.0


def test_rates_are_by_the_second() -> None:
    now = later({**V2, "networks": {"eth0": {"rx_bytes": 31, "tx_bytes": 22}}}, 4)
    point = usage(decode_stats(V2), decode_stats(now))
    assert point is not None
    assert (point.received, point.sent) == (5.0, 0.0)


def test_the_first_sample_gives_no_rate() -> None:
    point = usage(None, decode_stats(V2))
    assert point is not None
    assert (point.cpu, point.received, point.memory) == (None, None, 700)


def test_a_counter_that_went_back_gives_no_rate() -> None:
    now = later({**V2, "networks": {"eth0": {"rx_bytes": 1, "tx_bytes": 30}}}, 2, cpu_usage={"total_usage": 5})
    point = usage(decode_stats(V2), decode_stats(now))
    assert point is not None
    assert (point.cpu, point.received, point.sent) == (None, None, 4.0)


def test_what_the_engine_does_not_tell_is_not_zero() -> None:
    hosted = {key: value for key, value in V2.items() if key not in {"networks", "pids_stats"}}
    sample = decode_stats({**hosted, "blkio_stats": {"io_service_bytes_recursive": None}})
    assert (sample.received, sample.sent, sample.loaded, sample.written, sample.processes) == (None,) * 5


def test_memory_is_whole_where_no_cache_is_told() -> None:
    assert decode_stats({**V2, "memory_stats": {"usage": 1000}}).memory == 1000
    assert decode_stats({**V2, "memory_stats": {"usage": 10, "stats": {"inactive_file": 300}}}).memory == 10


def test_a_stopped_container_uses_nothing_that_is_known() -> None:
    assert decode_stats(STOPPED).read is None
    history = UsageHistory(2)
    for seconds in range(3):
        assert history.add(decode_stats(later(V2, seconds))) is not None
    assert len(history) == 2
    assert history.add(decode_stats(STOPPED)) is None
    assert list(history) == []
    point = history.add(decode_stats(later(V2, 5)))
    assert point is not None
    assert point.cpu is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*V2, "stats", "op"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(sorted(V2)), JSON))
def test_no_answer_stumbles_it(odd: dict[str, Any]) -> None:
    for document in (odd, {**V2, **odd}):
        sample = decode_stats(document)
        assert isinstance(sample, StatsSample)
        usage(decode_stats(V2), sample)
