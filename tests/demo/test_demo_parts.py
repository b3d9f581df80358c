"""The parts of the demo that need no Traefik: its folder, its ports and its files."""

from __future__ import annotations

import fcntl
import json
import os
import re
import signal
import stat
import subprocess
import sys
import threading
import tomllib
from contextlib import suppress
from pathlib import Path

import pytest

from specter_tui.demo.cloudflare.sample import sample_account
from specter_tui.demo.folder import PREFIX, DemoError, own_folder, remove_abandoned, socket_path, write_files
from specter_tui.demo.layout import Configuration, Ports, config_toml, static_config
from specter_tui.demo.local import World, container_specs, loopback_address
from specter_tui.demo.pebble import takes_our_cloudflare
from specter_tui.demo.ports import free_ports
from specter_tui.demo.ready import until_served
from specter_tui.demo.sample import sample_apps

PORTS = Ports(8000, 8443, 8080, 5432)


def test_a_running_demo_is_not_abandoned(tmp_path: Path) -> None:
    folder = tmp_path / "specter-demo-x"
    folder.mkdir(mode=0o700)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        remove_abandoned(tmp_path)
        assert folder.exists()
    remove_abandoned(tmp_path)
    assert not folder.exists()


def test_a_link_or_a_folder_without_lock_is_left_alone(tmp_path: Path) -> None:
    target = tmp_path / "precious"
    target.mkdir()
    (tmp_path / "specter-demo-link").symlink_to(target)
    (tmp_path / "specter-demo-own").mkdir()
    remove_abandoned(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"precious", "specter-demo-link", "specter-demo-own"}


# Killed right behind the making of its folder: what opens the lock ends the process.
_KILLED = """
import os, signal, sys
from pathlib import Path
from specter_tui.demo import folder
opened = os.open
def killed(path, *rest):
    return os.kill(os.getpid(), signal.SIGKILL) if str(path).endswith(".lock") else opened(path, *rest)
os.open = killed
with folder.own_folder(Path(sys.argv[1])):
    pass
"""


def test_a_demo_killed_before_it_made_its_lock_leaves_an_empty_folder_which_the_next_one_removes(
    tmp_path: Path,
) -> None:
    done = subprocess.run([sys.executable, "-c", _KILLED, str(tmp_path)], cwd=Path(__file__).parents[2], check=False)
    assert done.returncode == -signal.SIGKILL
    (left,) = tmp_path.iterdir()
    assert list(left.iterdir()) == []
    with own_folder(tmp_path) as folder:
        assert list(tmp_path.iterdir()) == [folder]


@pytest.mark.parametrize(
    ("name", "mode", "file"),
    [("12345678", 0o755, ""), ("mine", 0o700, ""), ("12345678", 0o700, "notes")],
    ids=["another mode", "another name", "not empty"],
)
def test_an_empty_folder_that_no_demo_made_is_left_alone(tmp_path: Path, name: str, mode: int, file: str) -> None:
    folder = tmp_path / f"{PREFIX}{name}"
    folder.mkdir()
    folder.chmod(mode)
    if file:
        (folder / file).touch()
    remove_abandoned(tmp_path)
    assert folder.exists()


def test_a_demo_that_starts_while_others_look_for_what_was_left_has_its_folder(tmp_path: Path) -> None:
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            remove_abandoned(tmp_path)

    others = [threading.Thread(target=look) for _ in range(2)]
    for one in others:
        one.start()
    try:
        for _ in range(300):
            with own_folder(tmp_path) as folder:
                write_files(folder, {"file": "text"})
                assert sorted(one.name for one in folder.iterdir()) == [".lock", "file"]
    finally:
        done.set()
        for one in others:
            one.join()
    assert list(tmp_path.iterdir()) == []


def test_the_folder_is_the_owners_alone_and_goes_after_a_crash_too(tmp_path: Path) -> None:
    with suppress(ZeroDivisionError), own_folder(tmp_path) as folder:
        write_files(folder, {"a/b.txt": "text"})
        modes = [stat.S_IMODE(one.stat().st_mode) for one in (folder, folder / "a", folder / "a/b.txt")]
        raise ZeroDivisionError
    assert modes == [0o700, 0o700, 0o600]
    assert list(tmp_path.iterdir()) == []


def test_a_place_where_no_folder_can_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DemoError, match=r"cannot be made in .*file: Not a directory"), own_folder(tmp_path / "file"):
        pass


@pytest.mark.parametrize("length", [60, 150])
def test_a_sockets_path_always_fits(tmp_path: Path, length: int) -> None:
    folder = Path("/tmp") / ("d" * length)
    with socket_path(folder) as path:
        assert len(os.fsencode(path)) < 108
        assert (path.parent == folder) is (length == 60)
        there = path.parent.exists()
    assert (there, path.parent.exists()) == (length == 150, False)


def test_everything_listens_on_loopback_only(tmp_path: Path) -> None:
    text = static_config(tmp_path, PORTS, "unix:///d.sock")
    addresses = re.findall(r'"address": "([^"]*)"', text)
    assert sorted(addresses) == [f"127.0.0.1:{port}" for port in (5432, 8000, 8080, 8443)]
    world = World(tmp_path, PORTS, "traefik", tmp_path, loopback_address(), "http://127.0.0.1:9")
    specs = container_specs(sample_apps("secret", regexp=True), world)
    assert {one.ip for spec in specs for one in spec.published} == {"127.0.0.1"}
    assert {spec.address.partition(".")[0] for spec in specs if spec.address} == {"127"}


def test_no_container_tells_where_this_machine_has_its_programs(tmp_path: Path) -> None:
    parts = Path("/opt/parts")
    world = World(tmp_path, PORTS, str(parts / "traefik"), parts, loopback_address(), "http://127.0.0.1:9")
    for spec in container_specs(sample_apps("secret", regexp=True), world):
        told = [*(spec.told or spec.command), *spec.environment.values(), *spec.labels.values()]
        assert not [word for word in told if str(parts) in word or sys.prefix in word]
        assert not (spec.told or spec.command)[0].startswith("/")


def test_no_password_of_the_demo_is_the_same_twice_or_readable() -> None:
    apps = [sample_apps(password, regexp=True) for password in ("one-word", "other")]
    labels = [json.dumps([dict(app.labels) for app in one]) for one in apps]
    assert labels[0] != labels[1]
    assert "one-word" not in labels[0]


def test_the_configuration_is_toml_that_says_what_it_was_given() -> None:
    one = Configuration(
        api_url="http://127.0.0.1:8080",
        acme_file='/tmp/a "quoted" \\ path/acme.json',
        dynamic_dir="/tmp/d",
        docker_host="unix:///tmp/d.sock",
        network="traefik-proxy",
        verify_url="http://127.1.2.3:3000/verify",
        middleware="descope-verify@docker",
        auth_host="auth.specter.localhost:8443",
        probe={"websecure": "127.0.0.1:8443"},
    )
    document = tomllib.loads(config_toml(one))
    assert document["traefik"]["acme_files"] == [one.acme_file]
    assert document["probe"] == {"addresses": {"websecure": "127.0.0.1:8443"}}
    assert "compose" not in document


async def test_a_traefik_that_ended_is_told_with_its_last_words() -> None:
    (port,) = free_ports(0)
    with pytest.raises(DemoError, match="traefik does not run"):
        await until_served(port, ("wiki@docker",), 30, lambda: "its log ends: no such option")


async def test_a_traefik_that_never_serves_is_not_waited_for_for_ever() -> None:
    (port,) = free_ports(0)
    with pytest.raises(DemoError, match="does not serve wiki@docker"):
        await until_served(port, ("wiki@docker",), 0.1)


@pytest.mark.parametrize(
    ("says", "ordering"),
    [
        ("Version:      3.7.15\nCodename:     x", True),
        ("Version:      v3.4.0", True),
        ("Version:      3.3.5", False),
        ("Version:      3.0.4", False),
        ("Version:      dev", False),
        ("", False),
    ],
)
async def test_only_a_traefik_that_takes_the_demos_cloudflare_is_led_to_pebble(
    tmp_path: Path, says: str, ordering: bool
) -> None:
    """An older one would ask the real Cloudflare."""
    program = tmp_path / "traefik"
    program.write_text(f"#!/bin/sh\necho '{says}'\n")
    program.chmod(0o755)
    assert await takes_our_cloudflare(str(program)) is ordering


def test_traefiks_token_may_only_do_what_an_order_needs() -> None:
    account = sample_account("example.org", "read", "write", "acme")
    assert account.tokens["acme"] == {"zone:read", "dns:edit"}
