"""The commands on a real engine with a real Traefik: what they do, what they refuse, what they leave behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess

import pytest

from tests.actions.world import GONE, HOST, SLOW, World
from tests.real import takes_long
from tests.schema import check

pytestmark = pytest.mark.live


def test_a_restart_gives_a_new_life_and_proves_it(world: World) -> None:
    world.make()
    before = world.life()
    planned = world.told("restart", HOST, "--dry-run")
    check(planned, "restart")
    assert planned["result"] == "planned"
    assert planned["plan"]["hosts"] == [HOST]
    assert any(f"drops 1 host until it is up again: {HOST}" in one for one in planned["plan"]["risks"])
    assert world.life() == before
    assert not world.state.exists()
    done = world.told("restart", HOST, "--yes")
    check(done, "restart")
    assert (done["result"], done["reason"]) == ("done", None)
    assert done["proof"] == ["wiki is running and healthy", "Traefik has wiki@docker enabled with its address"]
    assert world.life() != before
    history = world.told("history")
    check(history, "history")
    assert [one["journal_id"] for one in history["actions"]] == [done["journal_id"]]
    assert history["actions"][0]["standing"] == "ended"
    refused = world.run("undo", done["journal_id"], "--yes")
    assert (refused.returncode, "a restart can't be taken back" in refused.stderr) == (6, True)


def test_a_stop_is_undone_by_a_start(world: World) -> None:
    world.make()
    stopped = world.told("stop", "wiki", "--yes")
    assert world.container().status == "exited"
    assert "Traefik no longer sends to it (wiki@docker)" in stopped["proof"]
    undone = world.told("undo", "--yes")
    check(undone, "undo")
    assert undone["plan"]["action"] == "start"
    assert undone["plan"]["undoes"] == stopped["journal_id"]
    assert world.container().status == "running"
    latest, first = world.told("history")["actions"]
    assert first["undone_by"] == latest["journal_id"]
    again = world.run("undo", stopped["journal_id"], "--yes")
    assert (again.returncode, "undone already" in again.stderr) == (6, True)


def test_a_host_with_two_containers_restarts_one_after_the_other(world: World) -> None:
    world.make("wiki-1")
    world.make("wiki-2")
    lives = (world.life("wiki-1"), world.life("wiki-2"))
    done = world.run("restart", HOST, "--yes")
    assert done.returncode == 0, done.stderr
    assert "drops" not in done.stdout
    order = ["restarted wiki-1", "wiki-1 is running and healthy", "restarted wiki-2"]
    places = [done.stdout.index(one) for one in order]
    assert places == sorted(places)
    assert world.life("wiki-1") != lives[0]
    assert world.life("wiki-2") != lives[1]


@pytest.mark.parametrize(
    ("arguments", "code", "why"),
    [
        (("restart", "wiki"), 6, "there is no terminal to ask on; add --yes"),
        (("--read-only", "restart", "wiki", "--yes"), 6, "this is read-only"),
        (("restart", "nobody", "--yes"), 2, "no container or host is called nobody"),
        (("start", "wiki", "--yes"), 6, "wiki can't be started: it is running"),
        (("undo", "--yes"), 6, "there is nothing to undo"),
        (("undo", "../../etc/passwd", "--yes"), 2, "the journal has no ../../etc/passwd"),
        (("finish", "--yes"), 6, "nothing is interrupted"),
    ],
)
def test_what_is_refused_changes_nothing(world: World, arguments: tuple[str, ...], code: int, why: str) -> None:
    world.make()
    before = world.life()
    done = world.run(*arguments)
    assert (done.returncode, why in done.stderr) == (code, True), done.stderr
    assert world.life() == before
    assert world.told("history")["actions"] == []


def test_a_state_folder_that_others_can_read_is_refused(world: World) -> None:
    world.make()
    before = world.life()
    world.state.mkdir(parents=True)
    world.state.chmod(0o755)
    done = world.run("restart", "wiki", "--yes")
    assert (done.returncode, "is open to others; chmod 700" in done.stderr) == (6, True), done.stderr
    assert world.life() == before


def test_a_journal_that_takes_no_more_refuses_before_anything_happens(world: World) -> None:
    import resource

    world.make()
    before = world.life()
    done = world.run(
        "restart", "wiki", "--yes", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
    )
    assert (done.returncode, "can't be written" in done.stderr) == (6, True), done.stderr
    assert world.life() == before
    assert world.told("history")["actions"] == []


def test_of_two_operators_at_once_one_is_refused(world: World) -> None:
    world.make(script=SLOW)
    command = world.command("restart", "wiki", "--yes", "--json")
    both = [subprocess.Popen(command, env=world.environment, stdout=-1, stderr=-1, text=True) for _ in range(2)]
    told = [json.loads(one.communicate(timeout=100)[0]) for one in both]
    results = sorted(one["result"] for one in told)
    assert results == ["done", "refused"]
    reason = next(one["reason"] for one in told if one["result"] == "refused")
    assert "is changing it right now" in reason or "has changed meanwhile" in reason
    assert [one["result"] for one in world.told("history")["actions"]] == ["done"]


@pytest.mark.parametrize(
    "ending",
    [signal.SIGHUP, *(pytest.param(one, marks=takes_long) for one in (signal.SIGTERM, signal.SIGKILL))],
)
def test_a_terminal_that_goes_away_only_detaches(world: World, ending: signal.Signals) -> None:
    world.make(script=SLOW)
    before = world.life()
    process = subprocess.Popen(
        world.command("restart", "wiki", "--yes"),
        env=world.environment,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    with process.stdout:
        next(line for line in process.stdout if "restarted wiki" in line)
        os.killpg(process.pid, ending)
        process.wait()
    assert world.told("history")["actions"][0]["standing"] == "running"
    world.eventually(lambda: world.told("history")["actions"][0]["standing"] == "ended")
    assert world.told("history")["actions"][0]["result"] == "done"
    assert world.life() != before


def test_a_container_that_does_not_come_up_again_is_said_loudly(world: World) -> None:
    world.make(script=GONE)
    told = world.told("restart", "wiki", "--yes", code=5)
    check(told, "restart")
    assert told["result"] == "rollback_failed"
    assert told["reason"].startswith(
        "wiki ended with exit code 3; see specter-tui logs wiki. It could not be taken back:"
    )
    assert world.told("history")["actions"][0]["result"] == "rollback_failed"


def test_a_container_that_does_not_start_is_as_before(world: World) -> None:
    world.make(script=GONE).kill()
    told = world.told("start", "wiki", "--yes", code=4)
    assert told["result"] == "rolled_back"
    assert told["reason"].startswith("wiki ended with exit code 3")
    assert world.container().status == "exited"


def test_logs_of_several_containers_stand_in_the_order_of_time(world: World) -> None:
    world.make("wiki-1", script="echo one 1>&2; httpd -f -p 80 -h /www")
    world.make("wiki-2", script="echo 'two \x1b[2J'; echo drei; httpd -f -p 80 -h /www")
    done = world.run("logs", HOST, "--since", "1h")
    assert done.stdout.splitlines() == ["wiki-1 | one", "wiki-2 | two \\x1b[2J", "wiki-2 | drei"]
    assert world.run("logs", "wiki-2", "--grep", "^d").stdout == "drei\n"
    assert world.run("logs", "wiki-2", "--grep", "(").returncode == 2
    stamped = world.run("logs", "wiki-1", "--timestamps").stdout
    assert stamped.endswith("Z one\n")


def test_logs_that_are_followed_come_as_they_are_written(world: World) -> None:
    world.make(script="while true; do echo tick; sleep 1; done")
    process = subprocess.Popen(
        world.command("logs", "wiki", "-f"), env=world.environment, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    with process.stdout:
        assert [next(process.stdout) for _ in range(3)] == ["tick\n"] * 3
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 130
