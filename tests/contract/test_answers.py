"""What both engines answer: states, refusals, filters, and documents of the same shape."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from specter_tui.demo.engine import moments
from tests.contract.subject import APP, CRASHER, DECOY, WORKER, Subject, bound, eventually

# Of a Go document of this version these are null where the local engine has something, or the other way round.
_NULL = (
    ".HostConfig.PortBindings",
    ".Config.Cmd",
    ".Config.Entrypoint",
    ".RepoDigests",
    ".Labels",
    ".Warnings",
    ".SecurityOptions",
)

# The real one tells this of its bridge only when docker0 was there before it started.
_SOMETIMES = (".IPAM.Config[].Gateway",)


def test_ping(subject: Subject) -> None:
    head = subject.wire.ask("HEAD", "/_ping")
    assert (head.status, head.body) == (200, b"")
    assert re.fullmatch(r"1\.\d+", head.headers["api-version"])
    assert head.headers["ostype"] == "linux"
    assert subject.wire.get("/v1.30/_ping").body == b"OK"


@pytest.mark.parametrize(("version", "word"), [("v1.99", "new"), ("v1.11", "old")])
def test_versions_that_are_not_spoken(subject: Subject, version: str, word: str) -> None:
    answer = subject.wire.get(f"/{version}/containers/json")
    assert answer.status == 400
    assert answer.message.startswith(f"client version {version[1:]} is too {word}. M")


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/containers/nobody/json", "No such container: nobody"),
        ("/containers/nobody/logs?stdout=1", "No such container: nobody"),
        ("/networks/nowhere", "network nowhere not found"),
        ("/images/nothing/json", "o such image: nothing"),
        ("/nonsense", "page not found"),
    ],
)
def test_what_does_not_exist(subject: Subject, path: str, message: str) -> None:
    answer = subject.wire.get(f"/v1.30{path}")
    assert (answer.status, answer.headers["content-type"]) == (404, "application/json")
    assert message in answer.message


def test_a_state_that_is_there_already(subject: Subject) -> None:
    assert subject.wire.post(f"/containers/{WORKER}/start").status == 304
    assert subject.wire.post(f"/containers/{WORKER}/stop").status == 204
    assert subject.wire.post(f"/containers/{WORKER}/stop").status == 304
    refused = subject.wire.post(f"/containers/{WORKER}/kill")
    assert refused.status == 409
    assert "is not running" in refused.message


def test_a_container_by_name_id_and_beginning_of_its_id(subject: Subject) -> None:
    identity = subject.inspect(APP)["Id"]
    assert re.fullmatch(r"[0-9a-f]{64}", identity)
    assert {subject.inspect(name)["Id"] for name in (identity, identity[:12], APP)} == {identity}


def test_a_stopped_container(subject: Subject) -> None:
    running = subject.inspect(APP)
    assert running["NetworkSettings"]["Networks"]["bridge"]["IPAddress"]
    assert running["NetworkSettings"]["Ports"] == {"8000/tcp": None}
    subject.wire.post(f"/containers/{APP}/stop")
    stopped = subject.inspect(APP)
    state = stopped["State"]
    assert (state["Status"], state["Running"], state["Pid"], state["ExitCode"]) == ("exited", False, 0, 3)
    assert state["FinishedAt"] > state["StartedAt"] == running["State"]["StartedAt"]
    assert stopped["NetworkSettings"]["Networks"]["bridge"]["IPAddress"] == ""
    assert stopped["NetworkSettings"]["Ports"] == {}
    (listed,) = _listed(subject, {"name": [APP]}, all=1)
    assert (listed["State"], listed["Ports"]) == ("exited", [])
    assert re.fullmatch(r"Exited \(3\) .* ago", listed["Status"])


def test_a_container_that_was_never_started(subject: Subject) -> None:
    if subject.inspect(CRASHER)["State"]["Status"] != "created":
        pytest.skip("an earlier test started it")
    state = subject.inspect(CRASHER)["State"]
    assert (state["StartedAt"], state["FinishedAt"]) == ("0001-01-01T00:00:00Z",) * 2
    (listed,) = _listed(subject, {"status": ["created"]})
    assert listed["Status"] == "Created"


def test_a_crashing_container_is_started_again_and_again(subject: Subject) -> None:
    subject.wire.post(f"/containers/{CRASHER}/start")
    found = eventually(lambda: _resting(subject), "it rests after some restarts")
    assert found["RestartCount"] >= 2
    assert (found["State"]["Running"], found["State"]["ExitCode"], found["State"]["Pid"]) == (True, 7, 0)
    assert found["NetworkSettings"]["Networks"]["bridge"]["IPAddress"] == ""
    (listed,) = _listed(subject, {"status": ["restarting"]})
    assert listed["Status"].startswith("Restarting (7) ")
    assert subject.wire.post(f"/containers/{CRASHER}/stop").status == 204
    eventually(lambda: subject.inspect(CRASHER)["State"]["Status"] == "exited", "it stays away")


def _resting(subject: Subject) -> Any:
    found = subject.inspect(CRASHER)
    return found if found["State"]["Status"] == "restarting" and found["RestartCount"] >= 2 else None


def _listed(subject: Subject, filters: dict[str, Any], **query: object) -> list[Any]:
    found: list[Any] = subject.wire.get("/containers/json", filters=json.dumps(filters), **query).json()
    return found


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({"name": ["contract-w"]}, [WORKER]),
        ({"name": [f"^/{APP}$", WORKER]}, [WORKER, APP]),
        ({"label": ["traefik.enable=true"]}, [DECOY, APP]),
        ({"label": ["traefik.enable", f"tier={APP}"]}, [APP]),
        ({"health": ["healthy"]}, [APP]),
        ({"health": ["none"], "name": ["contract-"]}, [WORKER, DECOY]),
        ({"status": ["running"], "network": ["bridge"]}, [WORKER, DECOY, APP]),
        ({"ancestor": ["specter-contract:1"], "name": ["decoy"]}, [DECOY]),
        ({"exited": ["55"]}, []),
        ({}, [WORKER, DECOY, APP]),
    ],
)
def test_both_encodings_of_filters(subject: Subject, filters: dict[str, list[str]], names: list[str]) -> None:
    go = {key: dict.fromkeys(values, True) for key, values in filters.items()}
    for encoded in (filters, go):
        assert [one["Names"] for one in _listed(subject, encoded)] == [[f"/{name}"] for name in names]


@pytest.mark.parametrize(
    "filters", ['{"nope": ["x"]}', "nonsense", '{"status": ["asleep"]}', '{"health": ["fine"]}', '{"exited": ["x"]}']
)
def test_filters_that_are_wrong(subject: Subject, filters: str) -> None:
    answer = subject.wire.get("/containers/json", filters=filters)
    assert answer.status in ({400} if subject.name == "local" else {400, 500})  # some of the real one's are 500
    assert answer.message


@pytest.mark.parametrize(("spelling", "everything"), [("1", True), ("True", True), ("0", False), ("False", False)])
def test_spellings_of_a_boolean(subject: Subject, spelling: str, everything: bool) -> None:
    subject.wire.post(f"/containers/{WORKER}/stop")
    found = [one["Names"][0] for one in subject.wire.get("/containers/json", all=spelling).json()]
    assert (f"/{WORKER}" in found) is everything


def test_limits_of_a_listing(subject: Subject) -> None:
    assert len(subject.wire.get("/containers/json", limit=2).json()) == 2
    assert len(subject.wire.get("/containers/json", limit=-1).json()) == 3
    assert subject.wire.get("/containers/json", limit="x").status in ({400} if subject.name == "local" else {400, 500})


def test_published_ports_of_a_container_that_runs_and_of_one_that_does_not(subject: Subject) -> None:
    (listed,) = _listed(subject, {"name": [DECOY]})
    (port,) = listed["Ports"]
    assert (port["IP"], port["PrivatePort"], port["Type"]) == ("127.0.0.1", 8000, "tcp")
    (bound,) = subject.inspect(DECOY)["NetworkSettings"]["Ports"]["8000/tcp"]
    assert bound == {"HostIp": "127.0.0.1", "HostPort": str(port["PublicPort"])}
    subject.wire.post(f"/containers/{DECOY}/stop")
    (listed,) = _listed(subject, {"name": [DECOY]}, all=1)
    stopped = subject.inspect(DECOY)
    assert (listed["Ports"], stopped["NetworkSettings"]["Ports"]) == ([], {})
    assert list(stopped["HostConfig"]["PortBindings"]) == ["8000/tcp"]


def test_networks_by_name_and_id(subject: Subject) -> None:
    (bridge,) = subject.wire.get("/networks", filters='{"name":{"bridge":true}}').json()
    found = subject.wire.get(f"/networks/{bridge['Id'][:12]}").json()
    assert {one["Name"] for one in found["Containers"].values()} == {APP, DECOY, WORKER}
    assert (bridge["Driver"], bridge["Scope"]) == ("bridge", "local")


@pytest.mark.live
@pytest.mark.parametrize(
    "path",
    [
        "/version",
        "/info",
        "/containers/json?all=1",
        "/containers/json?filters=%7B%22name%22%3A%5B%22decoy%22%5D%7D",
        f"/containers/{APP}/json",
        f"/containers/{DECOY}/json",
        f"/containers/{CRASHER}/json",
        f"/containers/{APP}/stats?stream=0",
        f"/containers/{CRASHER}/stats?stream=0",
        "/networks",
        "/networks/bridge",
        "/images/json",
        "/images/specter-contract:1/json",
        "/containers/nobody/json",
        "/events?since=1&until={now}&filters=%7B%22event%22%3A%5B%22kill%22%5D%7D",
    ],
)
def test_every_key_of_the_local_engine_is_in_the_real_one_with_the_same_type(
    local: Subject, real: Subject, path: str
) -> None:
    for one in (local, real):
        one.reset()
        one.wire.post(f"/containers/{WORKER}/restart")
    asked = path.replace("{now}", bound(moments.now()))
    ours, theirs = (_parsed(one.wire.get(asked).body) for one in (local, real))
    assert list(_differences(ours, theirs)) == []


def _parsed(body: bytes) -> Any:
    return json.loads(body.splitlines()[-1])


def _differences(ours: Any, theirs: Any, path: str = "") -> Any:
    if ours is None or theirs is None:
        if (ours is None) != (theirs is None) and not path.endswith(_NULL):
            yield f"{path}: {ours!r} here, {theirs!r} there"
    elif isinstance(ours, bool) or isinstance(theirs, bool) or not isinstance(ours, type(theirs)):
        if type(ours) is not type(theirs):
            yield f"{path}: {type(ours).__name__} here, {type(theirs).__name__} there"
    elif isinstance(ours, dict):
        yield from _keys(ours, theirs, path)
    elif isinstance(ours, list) and ours and theirs:
        yield from _differences(ours[0], theirs[0], f"{path}[]")


def _keys(ours: dict[str, Any], theirs: dict[str, Any], path: str) -> Any:
    if path.endswith((".Containers", "[].Containers")):  # keys are ids
        ours, theirs = ({"ID": next(iter(one.values()), {})} for one in (ours, theirs))
    for key, value in ours.items():
        if key not in theirs:
            if f"{path}.{key}" not in _SOMETIMES:
                yield f"{path}.{key}: only here"
        else:
            yield from _differences(value, theirs[key], f"{path}.{key}")
