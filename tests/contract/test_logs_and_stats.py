"""Log bytes and figures, as both engines send them."""

from __future__ import annotations

import json
import re
import threading
from datetime import datetime
from typing import Any

import pytest

from specter_tui.demo.engine import moments
from tests.contract.subject import APP, CRASHER, WORKER, Subject, bound, eventually
from tests.contract.wire import Frame, frames

_STAMP = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z "
_BOTH: dict[str, Any] = {"stdout": 1, "stderr": 1}
_OUT = [Frame(1, "out 1\n"), Frame(1, "out 2\n")]
_ERR = [Frame(2, "err 1\n")]


@pytest.fixture
def begun(subject: Subject) -> str:
    """When the worker began anew, with both streams written, as a query's timestamp."""
    subject.wire.post(f"/containers/{WORKER}/stop")
    since = bound(moments.now())
    subject.wire.post(f"/containers/{WORKER}/start")
    eventually(lambda: len(_lines(subject, since=since, **_BOTH)) >= 3, "three lines")
    return since


def _lines(subject: Subject, **query: object) -> list[Frame]:
    return frames(subject.wire.get(f"/containers/{WORKER}/logs", **query).body)


def test_streams_apart(subject: Subject, begun: str) -> None:
    assert _lines(subject, stdout=1, since=begun) == _OUT
    assert _lines(subject, stderr="True", stdout="False", since=begun) == _ERR
    assert sorted(map(repr, _lines(subject, since=begun, **_BOTH))) == sorted(map(repr, _OUT + _ERR))


def test_tail(subject: Subject, begun: str) -> None:
    assert len(_lines(subject, tail=2, **_BOTH)) == 2
    assert _lines(subject, tail=0, **_BOTH) == []
    assert len(_lines(subject, tail="all", **_BOTH)) >= 3
    assert len(_lines(subject, tail="-1", **_BOTH)) >= 3


def test_bounds(subject: Subject, begun: str) -> None:
    until = subject.inspect(WORKER)["Created"]
    created = f"{datetime.fromisoformat(until[:19] + '+00:00').timestamp():.0f}"
    assert _lines(subject, until=created, **_BOTH) == []
    assert _lines(subject, since="4000000000", **_BOTH) == []
    assert subject.wire.get(f"/containers/{WORKER}/logs", stdout=1, since="yesterday").status in {400, 500}


def test_timestamps(subject: Subject, begun: str) -> None:
    found = _lines(subject, timestamps=1, since=begun, **_BOTH)
    assert all(re.fullmatch(_STAMP + r"(out|err) \d\n", one.text) for one in found)


def test_no_stream_is_chosen(subject: Subject) -> None:
    answer = subject.wire.get(f"/containers/{WORKER}/logs", stdout=0)
    assert answer.status == 400
    assert "at least one stream" in answer.message


def test_following_ends_when_the_container_stops(subject: Subject, begun: str) -> None:
    with subject.wire.stream(f"/containers/{WORKER}/logs", follow=1, tail=0, **_BOTH) as stream:
        subject.wire.post(f"/containers/{WORKER}/kill", signal="USR1")
        assert frames(_frame_bytes(stream)) == [Frame(1, "said\n")]
        stopping = threading.Thread(target=subject.wire.post, args=(f"/containers/{WORKER}/restart",))
        stopping.start()
        assert stream.read() == b""
        stopping.join()


def _frame_bytes(stream: Any) -> bytes:
    header = bytes(stream.read(8))
    return header + bytes(stream.read(int.from_bytes(header[4:], "big")))


def test_following_a_stopped_container_ends_at_once(subject: Subject) -> None:
    subject.wire.post(f"/containers/{WORKER}/stop")
    assert len(_lines(subject, follow=1, **_BOTH)) >= 3


def test_a_last_line_without_an_end(subject: Subject) -> None:
    subject.wire.post(f"/containers/{CRASHER}/start")
    eventually(lambda: "ended" in subject.text_of(CRASHER), "it has written")
    answer = subject.wire.get(f"/containers/{CRASHER}/logs", stdout=1, tail=1)
    assert frames(answer.body) == [Frame(1, "ended")]


def test_stats_with_something_to_compare(subject: Subject) -> None:
    found = subject.wire.get(f"/containers/{APP}/stats", stream="False").json()
    now, before = found["cpu_stats"], found["precpu_stats"]
    assert found["name"] == f"/{APP}"
    assert now["system_cpu_usage"] > before["system_cpu_usage"] > 0
    assert now["cpu_usage"]["total_usage"] >= before["cpu_usage"]["total_usage"] > 0
    assert found["read"] > found["preread"] > "2000"
    assert 0 < found["memory_stats"]["usage"] < found["memory_stats"]["limit"]
    assert found["pids_stats"]["current"] >= 2


def test_stats_at_once(subject: Subject) -> None:
    found = subject.wire.get(f"/containers/{APP}/stats", **{"stream": 0, "one-shot": "True"}).json()
    assert "system_cpu_usage" not in found["precpu_stats"]
    assert found["preread"] == "0001-01-01T00:00:00Z"
    assert found["cpu_stats"]["online_cpus"] >= 1


def test_stats_as_a_stream(subject: Subject) -> None:
    with subject.wire.stream(f"/containers/{APP}/stats") as stream:
        first, second = (json.loads(stream.readline()) for _ in range(2))
    assert first["preread"] == "0001-01-01T00:00:00Z"
    assert second["preread"] == first["read"]


def test_stats_of_a_stopped_container(subject: Subject) -> None:
    subject.wire.post(f"/containers/{WORKER}/stop")
    found = subject.wire.get(f"/containers/{WORKER}/stats", stream=0).json()
    assert (found["read"], found["memory_stats"]) == ("0001-01-01T00:00:00Z", {})
