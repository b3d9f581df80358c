"""The local engine's own ways: what no real engine does, and what the demo relies on."""

from __future__ import annotations

import asyncio
import json
import shlex
import stat
import sys
import threading
from pathlib import Path

import pytest

from specter_tui.demo.engine import ContainerSpec, HealthCheck, LocalEngine, Published, Restart, SpecError
from tests.demo.engine_client import PATIENCE, asked, scripted, until

_SERVE = f"exec {shlex.quote(sys.executable)} -m http.server --bind $CONTAINER_ADDRESS 8000"
_DEAF = "trap '' TERM; echo ready; while :; do sleep 0.1; done"
_HOSTILE = "\x1b]0;x\x07[red]\u202e\r\n${jndi}"


async def test_every_container_has_a_loopback_address_of_its_own(tmp_path: Path) -> None:
    specs = [scripted(f"app{number}", "echo $CONTAINER_ADDRESS; sleep 9", networks=("edge",)) for number in range(3)]
    async with asked(*specs, folder=tmp_path) as (engine, session):
        addresses = [engine.container(one.name).address for one in specs]
        assert len({*addresses}) == 3
        assert all(address.startswith("127.") for address in addresses)
        first = engine.container("app0")
        await until(lambda: first.log.lines.end)
        assert first.log.lines.after()[0].data.decode().strip() == addresses[0]
        async with session.get("/networks/edge") as answer:
            network = await answer.json()
    assert sorted(one["IPv4Address"] for one in network["Containers"].values()) == sorted(f"{a}/24" for a in addresses)


async def test_nobody_else_can_open_the_socket(tmp_path: Path) -> None:
    async with LocalEngine([], tmp_path / "new" / "d.sock"):
        sock = tmp_path / "new" / "d.sock"
        assert stat.S_IMODE(sock.stat().st_mode) == 0o600
        assert stat.S_IMODE(sock.parent.stat().st_mode) == 0o700
    assert not sock.exists()
    shared = tmp_path / "shared"
    shared.mkdir(mode=0o755)
    with pytest.raises(SpecError, match="chmod 700"):
        async with LocalEngine([], shared / "d.sock"):
            pass
    with pytest.raises(SpecError, match="107 characters"):
        async with LocalEngine([], tmp_path / ("x" * 107)):
            pass


async def test_a_health_check_by_http(tmp_path: Path) -> None:
    (tmp_path / "ok").touch()
    check = HealthCheck(port=8000, path="/ok", interval=0.05, timeout=5, retries=2)
    web = scripted("web", _SERVE, folder=str(tmp_path), health=check)
    async with asked(web, folder=tmp_path) as (engine, session):
        container = engine.container("web")
        await until(lambda: container.health and container.health.status == "healthy")
        (tmp_path / "ok").unlink()
        await until(lambda: container.health and container.health.status == "unhealthy")
        async with session.get("/containers/web/json") as answer:
            health = (await answer.json())["State"]["Health"]
    assert health["FailingStreak"] >= 2
    assert health["Log"][-1]["Output"] == "404 File not found"


async def test_a_check_that_hangs_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    hang = HealthCheck(
        command=("sh", "-c", "sleep 300 & echo $! > check.pid; wait"), interval=0.01, timeout=0.3, retries=1
    )
    async with asked(scripted("app", "sleep 300", folder=str(tmp_path), health=hang), folder=tmp_path) as (engine, _):
        container = engine.container("app")
        await until(lambda: container.health and container.health.status == "unhealthy")
        assert container.health is not None
        assert "exceeded timeout" in container.health.log[0].output
    pid = int((tmp_path / "check.pid").read_text())
    await until(lambda: not Path(f"/proc/{pid}").exists())


async def test_a_program_that_does_not_exist(tmp_path: Path) -> None:
    nonsense = ContainerSpec(name="nonsense", image="x:1", command=("no-such-program",))
    async with asked(nonsense, scripted("app", "sleep 9"), folder=tmp_path) as (engine, session):
        assert engine.container("app").running
        assert "executable file not found" in engine.container("nonsense").state.error
        async with session.post("/containers/nonsense/start") as answer:
            assert answer.status == 400
            assert "executable file not found" in (await answer.json())["message"]


async def test_where_this_machine_has_the_program_is_not_told(tmp_path: Path) -> None:
    words = ("app", "--now")
    spec = ContainerSpec(
        "app", "app:1", ("sh", "-c", 'echo "$PLACE $COLOUR"; sleep 9'), words, {"COLOUR": "red"}, {"PLACE": "/opt/here"}
    )
    async with asked(spec, folder=tmp_path) as (engine, session):
        await until(lambda: engine.container("app").running)
        async with session.get("/containers/app/json") as answer:
            whole = await answer.json()
        async with session.get("/containers/json") as answer:
            listed = await answer.json()
        async with session.get("/containers/app/logs?stdout=1&follow=1") as answer:
            line = await answer.content.readline()
    assert b"/opt/here red" in line
    assert ([whole["Path"], *whole["Args"]], whole["Config"]["Cmd"]) == (list(words), list(words))
    assert listed[0]["Command"] == "app --now"
    assert [one.partition("=")[0] for one in whole["Config"]["Env"]] == ["COLOUR", "CONTAINER_ADDRESS"]


@pytest.mark.parametrize(("code", "restarts"), [(0, False), (4, True)])
async def test_on_failure_asks_for_the_exit_code(tmp_path: Path, code: int, restarts: bool) -> None:
    spec = scripted("app", f"exit {code}", restart=Restart.ON_FAILURE)
    async with asked(spec, folder=tmp_path) as (engine, _):
        container = engine.container("app")
        await until(lambda: container.state.status == ("restarting" if restarts else "exited"))
        assert container.state.exit_code == code
        if restarts:
            await until(lambda: container.restarts > 1)


async def test_the_pause_between_crashes_grows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with asked(scripted("app", "exit 1", restart=Restart.ALWAYS), folder=tmp_path) as (engine, _):
        container = engine.container("app")
        await until(lambda: container.restarts == 3 and container.state.status == "restarting")
        assert container._pause == 0.8
        monkeypatch.setattr("specter_tui.demo.engine.container._LONG_LIFE", 0)
        await until(lambda: container.restarts == 4 and container.state.status == "restarting")
        assert container._pause == 0.1


async def test_any_signal_ends_a_container_between_two_lives(tmp_path: Path) -> None:
    async with asked(scripted("app", "exit 1", restart=Restart.ALWAYS), folder=tmp_path) as (engine, session):
        container = engine.container("app")
        await until(lambda: container.restarts > 2 and container.state.status == "restarting")
        async with asyncio.timeout(5), session.post("/containers/app/kill", params={"signal": "HUP"}) as answer:
            assert answer.status == 204
        assert container.state.status == "exited"


async def test_stopping_goes_on_when_the_client_leaves(tmp_path: Path) -> None:
    async with asked(scripted("app", _DEAF, stop_timeout=0.5), folder=tmp_path) as (engine, session):
        await until(lambda: engine.container("app").log.lines.end)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1), session.post("/containers/app/stop"):
                pass
        await until(lambda: engine.container("app").state.exit_code == 137)


async def test_the_engine_ends_while_a_client_waits_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("specter_tui.demo.engine.engine._LAST_PATIENCE", 0.1)
    async with asked(scripted("app", _DEAF), folder=tmp_path) as (engine, session):
        container = engine.container("app")
        await until(lambda: container.log.lines.end)
        waiting = [
            asyncio.create_task(session.post(f"/containers/app/{verb}", params={"t": "-1"}).__aenter__())
            for verb in ("stop", "restart")
        ]
        await asyncio.sleep(0.1)
    await asyncio.gather(*waiting, return_exceptions=True)
    assert (container.state.status, container.attached) == ("exited", False)


async def test_memory_for_logs_has_a_bound(tmp_path: Path) -> None:
    line = "x" * 99
    spec = scripted("app", f"i=0; while [ $i -lt 20000 ]; do echo {line}; i=$((i+1)); done; echo last; sleep 300")
    async with asked(spec, folder=tmp_path) as (engine, session):
        lines = engine.container("app").log.lines
        await until(lambda: lines.end == 20001)
        assert sum(len(one.data) for one in lines.after()) < 1 << 20
        async with session.get("/containers/app/logs", params={"stdout": "1"}) as answer:
            body = await answer.read()
    assert len(body) < 1 << 20
    assert body.endswith(b"last\n")


async def test_a_line_without_end_is_cut_into_pieces(tmp_path: Path) -> None:
    spec = scripted("app", "head -c 40000 /dev/zero | tr '\\0' y; echo; echo z")
    async with asked(spec, folder=tmp_path) as (engine, _):
        container = engine.container("app")
        await until(lambda: container.state.status == "exited")
        pieces = [one.data for one in container.log.lines.after()]
    assert max(map(len, pieces)) == 16384
    assert b"".join(pieces) == b"y" * 40000 + b"\nz\n"


async def test_hostile_labels_stay_what_they_are(tmp_path: Path) -> None:
    spec = scripted("app", "sleep 9", labels={_HOSTILE: _HOSTILE, "name": "other", "image": "other"})
    async with asked(spec, folder=tmp_path) as (_, session):
        async with session.get("/containers/json") as answer:
            (listed,) = await answer.json()
        async with session.get("/events", params={"since": "1", "until": "2000000000"}) as answer:
            event = json.loads(await answer.content.readline())
    assert listed["Labels"][_HOSTILE] == _HOSTILE
    assert (event["Actor"]["Attributes"]["name"], event["from"]) == ("app", "app:1")


@pytest.mark.parametrize(
    "query",
    [
        {"filters": "[" * 2500},
        {"filters": '{"name": "x"}'},
        {"filters": '{"name": [["x"]]}'},
        {"filters": '{"name": ["("]}'},
        {"filters": '{"__class__": ["x"]}'},
        {"limit": "9" * 5000},
        {"limit": "\u0661"},
    ],
)
async def test_hostile_queries_are_refused(tmp_path: Path, query: dict[str, str]) -> None:
    async with (
        asked(scripted("app", "sleep 9"), folder=tmp_path) as (_, session),
        session.get("/containers/json", params=query) as answer,
    ):
        assert answer.status == 400
        assert (await answer.json())["message"]


@pytest.mark.parametrize(
    "path",
    [
        "/containers/..%2f..%2fetc/json",
        "/containers/%00/json",
        "/v1.44/",
        "/v1.4.4/info",
        "/v999.1/info",
        "/exec/1/start",
    ],
)
async def test_hostile_paths_are_refused(tmp_path: Path, path: str) -> None:
    async with asked(folder=tmp_path) as (_, session), session.get(path) as answer:
        assert answer.status in {400, 404}
        assert (await answer.json())["message"]


async def test_a_request_that_is_too_long_does_no_harm(tmp_path: Path) -> None:
    async with asked(folder=tmp_path) as (_, session):
        async with session.get("/containers/json", params={"filters": "x" * 100_000}) as answer:
            assert answer.status == 400
        async with session.post("/containers/app/start", data=b"x" * 1_000_000) as answer:
            assert answer.status in {404, 413}
        async with session.get("/_ping") as answer:
            assert await answer.text() == "OK"


async def test_listeners_are_counted(tmp_path: Path) -> None:
    async with asked(folder=tmp_path) as (engine, session):
        async with session.get("/events"):
            await until(lambda: engine.listeners == 1)
        await until(lambda: engine.listeners == 0)


async def test_published_ports_are_told(tmp_path: Path) -> None:
    spec = scripted("app", "sleep 9", ports=(8000, 9000), published=(Published(18000, 8000),))
    async with asked(spec, folder=tmp_path) as (_, session):
        async with session.get("/containers/app/json") as answer:
            ports = (await answer.json())["NetworkSettings"]["Ports"]
        async with session.get("/containers/json") as answer:
            ((listed),) = await answer.json()
    assert ports == {"8000/tcp": [{"HostIp": "127.0.0.1", "HostPort": "18000"}], "9000/tcp": None}
    assert {one.get("PublicPort") for one in listed["Ports"]} == {18000, None}


async def test_what_the_host_and_no_network_look_like(tmp_path: Path) -> None:
    specs = [scripted("hosted", "sleep 9", networks=("host",)), scripted("alone", "sleep 9", networks=("none",))]
    async with asked(*specs, folder=tmp_path) as (_, session), session.get("/containers/json") as answer:
        found = {one["HostConfig"]["NetworkMode"]: one["NetworkSettings"]["Networks"] for one in await answer.json()}
    assert {name: next(iter(one.values()))["IPAddress"] for name, one in found.items()} == {"host": "", "none": ""}


async def test_a_process_has_nothing_of_the_engines_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "hunter2")
    async with asked(scripted("app", "env", environment={"A": "b"}), folder=tmp_path) as (engine, _):
        container = engine.container("app")
        await until(lambda: container.state.status == "exited")
        text = b"".join(one.data for one in container.log.lines.after()).decode()
    assert "hunter2" not in text
    assert {"A=b", f"CONTAINER_ADDRESS={container.address}"} <= set(text.splitlines())


async def test_what_is_forked_when_the_engine_is_already_gone_is_not_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("specter_tui.demo.engine.processes.os.getpid", lambda: 1)  # somebody else's child by then
    specs = scripted("app", f"touch {shlex.quote(str(tmp_path))}/started")
    async with asked(specs, folder=tmp_path) as (engine, _):
        await until(lambda: engine.container("app").state.finished > 0)
    assert not (tmp_path / "started").exists()


def test_the_engine_runs_in_a_thread_beside_the_main_one(tmp_path: Path) -> None:
    pids: list[int] = []

    async def run() -> None:
        async with asked(scripted("app", "sleep 300"), folder=tmp_path) as (engine, session):
            pids.append(engine.container("app").state.pid)
            async with session.post("/containers/app/restart") as answer:
                assert answer.status == 204
            pids.append(engine.container("app").state.pid)

    thread = threading.Thread(target=asyncio.run, args=(run(),))
    thread.start()
    thread.join(PATIENCE)
    assert len({*pids}) == 2
    assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]


async def test_two_with_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="two containers"):
        LocalEngine([scripted("app", "true"), scripted("app", "true")], tmp_path / "d.sock")


async def test_a_socket_that_is_in_use_is_not_taken(tmp_path: Path) -> None:
    async with asked(folder=tmp_path) as (_, session):
        with pytest.raises(OSError, match="in use"):
            async with LocalEngine([scripted("app", "sleep 300")], tmp_path / "e" / "d.sock"):
                pass
        async with session.get("/_ping") as answer:
            assert answer.status == 200
