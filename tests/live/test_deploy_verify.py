"""`specter-tui deploy verify` on the real stack: the first one, others, those that fail, and their way back."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.deploying import REPOSITORY, WHOAMI, Deploying, deploying_over, gateway_of, kill_after, simple_index
from tests.live.harness import Stack, eventually
from tests.live.python_image import base_image
from tests.live.visitors import Visitors
from tests.live_engine import build_busybox_image
from tests.real import takes_long

pytestmark = [pytest.mark.live, pytest.mark.timeout(600, func_only=True)]
HTML = {"Accept": "text/html"}
REQUESTS = 10_000


@takes_long
def test_the_first_deployment_and_one_that_fails_and_goes_back(stack: Stack, deploying: Deploying) -> None:
    """Everything is made from nothing; then a setting that the service refuses, and the old one is back."""
    said = deploying.deploy()
    assert said["result"] == "done"
    healthy, keys, middleware, visitors = said["proof"]
    assert healthy.startswith("1 of 1 containers are healthy")
    assert (keys, middleware) == ("Descope's keys are loaded", "Traefik has descope-verify@docker enabled")
    assert "are sent to sign in" in visitors
    assert stack.get(WHOAMI, headers=HTML).status == 307
    secret = (stack.root / "secrets/session-secret").stat()
    assert (secret.st_uid, secret.st_gid, secret.st_mode & 0o777) == (10001, 10001, 0o400)

    deploying.set(SESSION_TTL="never")
    files, (before,) = deploying.files(), deploying.containers()
    said = deploying.deploy(code=4)
    assert said["result"] == "rolled_back"
    assert "Its log ends: specter-verify: SESSION_TTL" in said["reason"]
    (after,) = deploying.containers()
    assert after.id != before.id
    assert after.attrs["Image"] == before.attrs["Image"]
    assert deploying.setting("SESSION_TTL") == ""
    assert stack.get(WHOAMI, headers=HTML).status == 307
    now = deploying.files()
    record = str(stack.root / "verify/deployed.json")
    assert now.pop(record) != ""
    files.pop(record)
    assert now == files


@pytest.fixture(scope="module")
def running(stack: Stack, wheel_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deploying]:
    """A verify service that was deployed, for tests that leave one."""
    base_image(stack.engine)
    with deploying_over(stack, tmp_path_factory.mktemp("deployed"), wheel_folder) as one:
        one.deploy()
        yield one


@takes_long
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"DESCOPE_PROJECT_ID": ""}, "DESCOPE_PROJECT_ID is not set; set DESCOPE_PROJECT_ID in compose/.env"),
        ({"DEFAULT_POLICY": ""}, "nobody has chosen who may pass: DEFAULT_POLICY is not set"),
        (
            {"AUTH_HOST": "login.starfleet.test"},
            "people will sign in at login.starfleet.test, and protection.auth_host",
        ),
        ({"VERIFY_BASE_IMAGE": "a b", "VERIFY_REPLICAS": "x"}, "docker compose does not take compose/verify.yml"),
    ],
)
def test_a_setting_that_is_missing_changes_nothing(deploying: Deploying, changes: dict[str, str], said: str) -> None:
    deploying.set(**changes)
    files = deploying.files()
    assert said in deploying.refused()
    assert deploying.files() == files
    assert deploying.containers() == []


@takes_long
def test_what_is_wrong_around_it_changes_nothing(stack: Stack, deploying: Deploying, tmp_path: Path) -> None:
    forged = tmp_path / "forged"
    shutil.copytree(deploying.wheels, forged)
    wheel = next(forged.glob("yarl*"))
    wheel.write_bytes(wheel.read_bytes() + b"x")
    deploying.wheels, kept = forged, deploying.wheels
    assert "is not what requirements-verify.lock names (its SHA-256 is" in deploying.refused()
    wheel.unlink()
    assert "lacks yarl" in deploying.refused()
    deploying.wheels = kept

    secret = stack.root / "secrets/session-secret"
    secret.write_text("x" * 64)
    assert "has to belong to user 10001 with mode 0400, and belongs to 0 with mode 0644" in deploying.refused()
    secret.unlink()

    deploying.env_file.chmod(0o666)
    assert "others can write to" in deploying.refused()
    deploying.env_file.chmod(0o600)

    file = stack.root / "compose/verify.yml"
    text = file.read_text()
    file.write_text(text.replace("    build:\n", "    x-build:\n"))
    assert "does not say what the image of descope-auth is built from" in deploying.refused()
    file.write_text(text)

    config = deploying.config.read_text()
    deploying.config.write_text(config.replace('network = "traefik-proxy"', 'network = "elsewhere"'))
    assert "not put the service on the network elsewhere" in deploying.refused()
    deploying.config.write_text(config.replace(stack.engine.host, "unix:///nowhere.sock"))
    assert "nowhere.sock" in deploying.refused(code=3)
    deploying.config.write_text(config)
    assert "read-only" in deploying.refused("--read-only")
    assert deploying.containers() == []
    assert not (stack.root / "verify").exists()


@takes_long
def test_a_build_that_fails_leaves_the_old_one_running(stack: Stack, running: Deploying, tmp_path: Path) -> None:
    """The wheels are good, but not for the image's Python; nothing is replaced."""
    (before,) = running.containers()
    files = running.files()
    running.set(VERIFY_BASE_IMAGE="specter-test/busybox:1")
    said = running.deploy(code=4)
    assert "docker compose up failed: " in said["reason"]
    assert "python3: not found" in said["reason"]
    (after,) = running.containers()
    assert (after.id, after.attrs["State"]["StartedAt"]) == (before.id, before.attrs["State"]["StartedAt"])
    running.set()
    assert {**running.files(), str(stack.root / "verify/deployed.json"): ""} == {
        **files,
        str(stack.root / "verify/deployed.json"): "",
    }


@takes_long
def test_wheels_are_fetched_and_what_can_not_be_fetched_changes_nothing(
    stack: Stack, running: Deploying, wheel_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From an index of the test's own: pip runs in a container of the base image."""
    shutil.rmtree(stack.root / "verify/context")  # or the wheels of the last deployment would do
    with simple_index(gateway_of(stack), wheel_folder) as url:
        host = url.partition("://")[2].partition(":")[0]
        given = {"PIP_INDEX_URL": f"{url}/simple/", "PIP_TRUSTED_HOST": host}
        for name in ("PIP_NO_INDEX", "PIP_FIND_LINKS"):
            monkeypatch.delenv(name, raising=False)
        for name, value in given.items():
            monkeypatch.setenv(name, value)
        said = running.told("deploy", "verify", "--yes")
        assert said["result"] == "done"
    shutil.rmtree(stack.root / "verify/context")
    (before,) = running.containers()
    said = running.told("deploy", "verify", "--yes", code=4)
    assert "the wheels could not be fetched: " in said["reason"]
    assert "--wheels DIR" in said["reason"]
    assert [one.id for one in running.containers()] == [before.id]


@takes_long
def test_a_middleware_that_is_missing_brings_the_old_one_back(stack: Stack, running: Deploying) -> None:
    config = running.config.read_text()
    running.config.write_text(config.replace("descope-verify@docker", "not-there@docker"))
    (before,) = running.containers()
    running.set(SESSION_TTL="1234")
    said = running.deploy(code=4)
    running.config.write_text(config)
    assert "Traefik has no middleware not-there@docker, even after 10 s" in said["reason"]
    assert running.setting("SESSION_TTL") == ""
    assert [one.attrs["Image"] for one in running.containers()] == [before.attrs["Image"]]


@takes_long
def test_keys_that_are_not_there_bring_the_old_one_back(stack: Stack, running: Deploying) -> None:
    running.set(DESCOPE_PROJECT_ID="P2unknown")
    said = running.deploy(code=4)
    running.set()
    assert "Descope's keys are not loaded (/readyz is 503), even after 30 s" in said["reason"]
    assert running.setting("DESCOPE_PROJECT_ID") == "P2deployed"


@takes_long
def test_another_setting_under_load_never_opens_and_undo_takes_it_back(stack: Stack, running: Deploying) -> None:
    """Protected routes answer 307 or 5xx while the container is replaced, there and back again."""
    visitors = Visitors(stack, WHOAMI, REQUESTS)
    try:
        eventually(lambda: visitors.count > 100, "visitors come")
        running.set(SESSION_TTL="1234")
        assert running.deploy()["result"] == "done"
        assert running.setting("SESSION_TTL") == "1234"
        said = running.told("undo", "--yes")
        assert said["plan"]["action"] == "deploy"
        assert running.setting("SESSION_TTL") == ""
    finally:
        visitors.finish()
    assert visitors.count >= REQUESTS
    assert visitors.reached == 0
    assert set(visitors.answers) <= {307, 401, 500, 502, 503, 504}, visitors.answers
    assert visitors.answers[307] > visitors.count // 2, visitors.answers
    running.set()
    assert stack.get(WHOAMI, headers=HTML).status == 307


@takes_long
@pytest.mark.parametrize("order", ["finish", "undo"])
def test_a_process_that_is_killed_while_it_builds_or_waits(stack: Stack, running: Deploying, order: str) -> None:
    for words in ("laid the build context out", "Container specter-descope-auth-1 Started"):
        running.set(SESSION_TTL="1234")
        kill_after(running, words)
        told = running.told("history")["actions"][0]
        assert told["standing"] == "interrupted"
        assert "was interrupted" in running.deploy(code=6)["reason"]
        said = running.told(order, told["journal_id"], "--yes", code=0 if order == "finish" else 4)
        assert said["result"] == ("done" if order == "finish" else "rolled_back")
        assert running.setting("SESSION_TTL") == ("1234" if order == "finish" else "")
        assert stack.get(WHOAMI, headers=HTML).status == 307
        running.set()
        running.deploy()


@takes_long
def test_compose_in_the_stack_s_folder_leaves_it_alone(stack: Stack, running: Deploying) -> None:
    """Its file stands by itself, and is no part of what `docker compose` there takes for the whole project."""
    before = [one.id for one in running.containers()]
    assert "orphan" not in stack.compose("up", "-d").lower()
    refused = stack.compose("up", "-d", "--remove-orphans", check=False)
    assert "cannot combine COMPOSE_IGNORE_ORPHANS and --remove-orphans" in refused
    assert [one.id for one in running.containers()] == before


@takes_long
def test_images_that_no_undo_needs_are_removed_and_the_one_of_before_is_not(stack: Stack, running: Deploying) -> None:
    client = stack.engine.client()
    try:
        old = client.images.get(build_busybox_image(stack.engine, "specter-test/old:1", ["LABEL old=1"]))
        short = str(old.id).removeprefix("sha256:")[:12]
        old.tag(REPOSITORY, f"kept-{short}")
        old.tag(REPOSITORY, "kept-by-hand")
        (before,) = running.containers()
        running.set(SESSION_TTL="4321")
        running.deploy()
        tags = {tag for image in client.images.list(name=REPOSITORY) for tag in image.tags}
        assert f"{REPOSITORY}:kept-{short}" not in tags
        assert {f"{REPOSITORY}:kept-by-hand", f"{REPOSITORY}:kept-{before.attrs['Image'][7:19]}"} <= tags
        assert running.told("undo", "--yes")["result"] == "done"
        assert [one.attrs["Image"] for one in running.containers()] == [before.attrs["Image"]]
        client.images.remove(f"{REPOSITORY}:kept-by-hand")
    finally:
        client.close()
    running.set()


@takes_long
def test_several_replicas_are_all_looked_at(stack: Stack, running: Deploying) -> None:
    running.set(VERIFY_REPLICAS="2")
    assert running.deploy()["proof"][0].startswith("2 of 2 containers are healthy")
    running.set()
    assert running.deploy()["proof"][0].startswith("1 of 1 containers are healthy")
