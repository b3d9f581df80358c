"""What both engines do and tell when containers start, stop, crash and change their health."""

from __future__ import annotations

import json
from typing import Any

import pytest

from specter_tui.demo.engine import moments
from tests.contract.subject import APP, CRASHER, WORKER, Subject, bound, eventually

_STOPPED = ["kill", "die", "stop"]


def _actions(events: list[dict[str, Any]]) -> list[str]:
    return [event["Action"] for event in events]


@pytest.mark.parametrize(
    ("verbs", "actions"),
    [
        (("stop",), _STOPPED),
        (("stop", "start"), [*_STOPPED, "start"]),
        (("restart",), [*_STOPPED, "start", "restart"]),
        (("kill",), ["kill", "die"]),
        (("kill", "restart"), ["kill", "die", "start", "restart"]),
        (("start",), []),
    ],
)
def test_the_events_of_what_is_asked_for(subject: Subject, verbs: tuple[str, ...], actions: list[str]) -> None:
    with subject.recorded(WORKER) as events:
        for verb in verbs:
            subject.wire.post(f"/containers/{WORKER}/{verb}")
        eventually(lambda: subject.inspect(WORKER)["State"]["Running"] is (verbs[-1] not in {"stop", "kill"}), "done")
    assert _actions(events) == actions


def test_what_an_event_carries(subject: Subject) -> None:
    with subject.recorded(APP) as events:
        subject.wire.post(f"/containers/{APP}/stop")
    killed, died, stopped = events
    labels = subject.inspect(APP)["Config"]["Labels"]
    common = {**labels, "image": "specter-contract:1", "name": APP}
    assert killed["Actor"]["Attributes"] == {**common, "signal": "15"}
    assert died["Actor"]["Attributes"] == {**common, "exitCode": "3"}
    assert stopped["Actor"] == {"ID": subject.inspect(APP)["Id"], "Attributes": common}
    assert (stopped["Type"], stopped["scope"], stopped["timeNano"] // 10**9) == ("container", "local", stopped["time"])
    assert killed["timeNano"] < died["timeNano"] < stopped["timeNano"]


def test_a_network_is_left_before_the_stop_is_told_and_joined_before_the_start(subject: Subject) -> None:
    since = bound(moments.now())
    subject.wire.post(f"/containers/{WORKER}/restart")
    answer = subject.wire.get("/events", since=since, until=bound(moments.now()))
    identity = subject.inspect(WORKER)["Id"]
    events = [
        event
        for event in map(json.loads, answer.body.splitlines())
        if identity in {event["Actor"]["ID"], event["Actor"]["Attributes"].get("container")}
    ]
    assert _actions(events) == ["kill", "die", "disconnect", "stop", "connect", "start", "restart"]
    (left,) = [event for event in events if event["Action"] == "disconnect"]
    assert (left["Type"], left["Actor"]["Attributes"]) == (
        "network",
        {"container": identity, "name": "bridge", "type": "bridge"},
    )


def test_a_process_that_does_not_end_by_itself_is_killed(subject: Subject) -> None:
    subject.wire.post(f"/containers/{WORKER}/kill", signal="STOP")  # a stopped process handles no signal
    with subject.recorded(WORKER) as events:
        assert subject.wire.post(f"/containers/{WORKER}/stop", t=0).status == 204
    assert [one["Actor"]["Attributes"].get("signal") for one in events if one["Action"] == "kill"] == ["15", "9"]
    assert subject.inspect(WORKER)["State"]["ExitCode"] == 137


def test_a_crash(subject: Subject) -> None:
    with subject.recorded(CRASHER) as events:
        subject.wire.post(f"/containers/{CRASHER}/start")
        eventually(lambda: subject.inspect(CRASHER)["RestartCount"] >= 2, "it was started again")
        subject.wire.post(f"/containers/{CRASHER}/stop")
        eventually(lambda: not subject.inspect(CRASHER)["State"]["Running"], "it is away")
    assert _actions(events)[:3] == ["start", "die", "start"]
    assert events[1]["Actor"]["Attributes"]["exitCode"] == "7"


def test_a_restarted_container_is_the_same_with_another_process(subject: Subject) -> None:
    before = subject.inspect(WORKER)
    assert subject.wire.post(f"/containers/{WORKER}/restart").status == 204
    after = subject.inspect(WORKER)
    assert (after["Id"], after["Created"], after["RestartCount"]) == (before["Id"], before["Created"], 0)
    assert after["State"]["Pid"] != before["State"]["Pid"]
    assert after["State"]["StartedAt"] > before["State"]["StartedAt"]


def test_health_comes_and_goes(subject: Subject) -> None:
    filters = json.dumps({"event": ["health_status"], "container": [APP]})
    with subject.wire.stream("/events", filters=filters) as stream:
        subject.set_healthy(False)
        assert json.loads(stream.readline())["Action"] == "health_status: unhealthy"
        subject.set_healthy(True)
        assert json.loads(stream.readline())["Action"] == "health_status: healthy"
    health = subject.inspect(APP)["State"]["Health"]
    assert (health["Status"], health["FailingStreak"]) == ("healthy", 0)
    assert {one["ExitCode"] for one in health["Log"]} == {0, 1}
    (listed,) = subject.wire.get("/containers/json", filters=json.dumps({"name": [APP]})).json()
    assert listed["Status"].endswith("(healthy)")
    subject.wire.post(f"/containers/{APP}/restart")
    assert subject.inspect(APP)["State"]["Health"]["Status"] == "starting"
    subject.until_health("healthy")


def test_events_of_the_past_and_of_now(subject: Subject) -> None:
    before = moments.now()
    eventually(lambda: moments.now() > before, "a later moment")
    since = bound(moments.now())
    subject.wire.post(f"/containers/{WORKER}/kill", signal="USR1")
    filters = json.dumps({"container": [WORKER], "event": ["kill"]})
    with subject.wire.stream("/events", since=since, filters=filters) as stream:
        assert json.loads(stream.readline())["Actor"]["Attributes"]["signal"] == "10"
        subject.wire.post(f"/containers/{WORKER}/kill", signal="SIGUSR1")
        assert json.loads(stream.readline())["Actor"]["Attributes"]["signal"] == "10"
    assert subject.wire.get("/events", since=bound(before), until=since, filters=filters).body == b""


def test_the_header_of_a_stream_comes_before_its_first_item(subject: Subject) -> None:
    with subject.wire.stream("/events", filters=json.dumps({"container": ["nobody"]})) as stream:
        assert stream.status == 200
        assert stream.getheader("Transfer-Encoding") == "chunked"
        assert stream.getheader("Content-Type") == "application/json"


@pytest.mark.parametrize("query", [{"filters": "nonsense"}, {"since": "yesterday"}, {"until": "x"}])
def test_events_asked_for_wrongly(subject: Subject, query: dict[str, str]) -> None:
    answer = subject.wire.get("/events", **query)
    assert answer.status in ({400} if subject.name == "local" else {400, 500})
    assert answer.message


def test_a_signal_that_does_not_exist(subject: Subject) -> None:
    answer = subject.wire.post(f"/containers/{WORKER}/kill", signal="NONSENSE")
    assert answer.status in ({400} if subject.name == "local" else {400, 500})
    assert "nvalid signal" in answer.message
