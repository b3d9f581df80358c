"""`config show`, `check` and `init` in real processes and on real files."""

from __future__ import annotations

import json
import os
import tomllib
from pathlib import Path

import pytest

from specter_tui.cli.exit_codes import ExitCode
from specter_tui.config import Options, load
from specter_tui.config.schema import KEYS
from specter_tui.core import stack
from tests.cli.test_main import on_terminal, refusal, run
from tests.schema import check

NO_ENGINE = {"DOCKER_HOST": "unix:///nonexistent/docker.sock"}
DOMAIN = ("--domain", "starfleet.test", "--email", "ops@starfleet.test")


def test_show_writes_every_key_with_its_origin_and_no_secret(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('[traefik]\npassword_file = "/etc/hostname"\n[contexts.vps2.docker]\nhost = "ssh://ops@vps2"\n')
    done = run("--config", str(path), "--read-only", "config", "show", CF_DNS_API_TOKEN="hunter2")
    assert done.returncode == ExitCode.OK
    rows = {line.split()[0]: line for line in done.stdout.splitlines() if line}
    assert {key.path for key in KEYS} <= rows.keys()
    assert rows["read_only"].endswith("flag:--read-only")
    assert rows["traefik.password_file"].endswith(f"file:{path}")
    assert rows["cloudflare.token"].split() == ["cloudflare.token", "***", "env:CF_DNS_API_TOKEN"]
    assert rows["docker.network"].endswith("default")
    assert "hunter2" not in done.stdout + done.stderr
    other = run("--config", str(path), "--context", "vps2", "config", "show").stdout
    assert f"file:{path} [contexts.vps2]" in other


def test_show_as_json_keeps_to_the_schema_and_holds_no_secret(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('[probe]\naddresses = { web = "127.0.0.1:80" }\n[contexts.vps2.docker]\nhost = "ssh://ops@vps2"\n')
    done = run("--config", str(path), "config", "show", "--json", CF_DNS_API_TOKEN="hunter2")
    document = json.loads(done.stdout)
    check(document, "config")
    assert document["path"] == str(path)
    assert document["contexts"] == ["vps2"]
    settings = document["settings"]
    assert settings["probe.addresses"] == {"value": {"web": "127.0.0.1:80"}, "origin": f"file:{path}"}
    assert settings["refresh.traefik"] == {"value": 2.0, "origin": "default"}
    assert settings["cloudflare.token"] == {"value": "***", "origin": "env:CF_DNS_API_TOKEN"}
    assert "hunter2" not in done.stdout + done.stderr


def test_show_writes_no_terminal_escape(tmp_path: Path) -> None:
    path = tmp_path / "a\x1b[31mb.toml"
    path.write_text("")
    done = run("--config", str(path), "config", "show")
    assert done.returncode == ExitCode.OK
    assert "\x1b" not in done.stdout


def test_check_says_what_each_source_would_be(tmp_path: Path) -> None:
    acme = tmp_path / "acme.json"
    path = tmp_path / "config.toml"
    path.write_text(f'[traefik]\nacme_files = ["{acme}"]\n[probe]\nenabled = false\n')
    lines = run("--config", str(path), "config", "check", **NO_ENGINE).stdout.splitlines()
    assert lines[0] == f"configuration: {path} (context default)"
    said = dict(line.split(None, 1) for line in lines[1:])
    assert said["traefik"] == "http://127.0.0.1:8080"
    assert said["docker"] == "unix:///nonexistent/docker.sock"
    assert said["acme"] == f"{acme} (not there)"
    assert said["cloudflare"].startswith("off")
    assert said["probe"] == "off: probe.enabled is false"
    acme.touch()
    assert f"\nacme        {acme}\n" in run("--config", str(path), "config", "check").stdout


def test_check_refuses_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(f'[traefik]\npassword_file = "{tmp_path}/none"\n')
    said = refusal("--config", str(path), "config", "check")
    assert "traefik.password_file names" in said
    assert "No such file" in said


def test_init_without_an_engine_writes_the_lines_to_fill_in(tmp_path: Path) -> None:
    path = tmp_path / "new" / "config.toml"
    done = run("--config", str(path), "config", "init", **NO_ENGINE)
    assert done.returncode == ExitCode.OK
    assert f"created    {path}" in done.stdout
    assert "Docker was not asked" in done.stdout
    assert '# api_url = "http://127.0.0.1:8080"' in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o644
    assert load(Options(config=str(path)), {}).settings == load(Options(), {}, root=True).settings


def test_init_replaces_nothing_unless_told_so(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("locked = true\n")
    done = run("--config", str(path), "config", "init", **NO_ENGINE)
    assert done.returncode == ExitCode.REFUSED
    assert "is there already and differs, so nothing was written; add --force" in done.stderr
    assert path.read_text() == "locked = true\n"
    assert run("--config", str(path), "config", "init", "--force", **NO_ENGINE).returncode == ExitCode.OK
    assert "locked" not in path.read_text()


def test_init_mends_a_broken_configuration(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("][")
    assert run("--config", str(path), "config", "init", "--force", **NO_ENGINE).returncode == ExitCode.OK
    assert run("--config", str(path), "config", "show").returncode == ExitCode.OK


@pytest.mark.parametrize("how", [("--read-only",), ()])
def test_init_is_refused_when_read_only(tmp_path: Path, how: tuple[str, ...]) -> None:
    path = tmp_path / "config.toml"
    environ = {} if how else {"SPECTER_READ_ONLY": "1"}
    done = run("--config", str(path), *how, "config", "init", **NO_ENGINE, **environ)
    assert done.returncode == ExitCode.REFUSED
    assert not path.exists()


def test_a_stack_needs_its_domain_and_address(tmp_path: Path) -> None:
    base = ("config", "init", "--stack", str(tmp_path / "stack"))
    assert "--stack needs --domain" in refusal(*base)
    assert "--stack needs --email" in refusal(*base, "--domain", "starfleet.test")
    assert "is no domain name" in refusal(*base, "--domain", "a`) || Host(`b", "--email", "a@example.org")
    assert "belong to a stack" in refusal("config", "init", "--domain", "starfleet.test")
    assert not (tmp_path / "stack").exists()


def test_on_a_terminal_a_stack_asks_for_what_is_missing(tmp_path: Path) -> None:
    base = ("--config", str(tmp_path / "c.toml"), "config", "init", "--stack", str(tmp_path / "stack"))
    code, said = on_terminal(*base, typed="starfleet.test\nops@starfleet.test\n")
    assert code == ExitCode.OK
    assert "Domain of the stack" in said
    assert "starfleet.test" in (tmp_path / "stack/traefik/traefik.yml").read_text()
    code, said = on_terminal(*base, typed="\x04")
    assert code == ExitCode.USAGE
    assert "--stack needs --domain" in said


class TestStack:
    @pytest.fixture
    def root(self, tmp_path: Path) -> Path:
        return tmp_path / "srv" / "stack"

    @staticmethod
    def init(root: Path, *more: str) -> tuple[int, str, str]:
        done = run("--config", str(root.parent / "config.toml"), "config", "init", "--stack", str(root), *DOMAIN, *more)
        return done.returncode, done.stdout, done.stderr

    def test_it_is_laid_out_with_a_configuration_that_fits(self, root: Path) -> None:
        os.umask(os.umask(0o077))  # whatever it is: modes are set, not inherited
        code, said, errors = self.init(root)
        assert (code, errors) == (ExitCode.OK, "")
        assert f"cd {root} && docker compose up -d" in said
        assert "starfleet.test" in (root / "traefik/traefik.yml").read_text()
        assert "DOMAIN=starfleet.test" in (root / "compose/.env").read_text()
        modes = {name: (root / name).stat().st_mode & 0o777 for name in ("traefik/acme", "compose/.env", "traefik")}
        assert modes == {"traefik/acme": 0o700, "compose/.env": 0o600, "traefik": 0o755}
        settings = load(Options(config=str(root.parent / "config.toml")), {}).settings
        assert settings.compose.dir == str(root)
        assert settings.traefik.dynamic_dir == str(root / "traefik/dynamic")
        assert settings.traefik.acme_files == (str(root / "traefik/acme/acme.json"),)
        assert settings.protection.auth_host == "auth.starfleet.test"
        assert not list(root.rglob(".*.??*")), "temporary files are left"

    def test_every_file_of_the_stack_is_there(self, root: Path) -> None:
        self.init(root)
        sources = {name: (Path(__file__).parents[2] / name).read_text() for name in stack.SOURCES}
        for one in stack.render(sources, stack.StackParameters("starfleet.test", "ops@starfleet.test")):
            assert (root / one.path).read_text() == one.text
            assert (root / one.path).stat().st_mode & 0o777 == one.mode

    def test_a_second_run_changes_nothing(self, root: Path) -> None:
        self.init(root)
        before = {path: path.stat().st_mtime_ns for path in root.rglob("*") if path.is_file()}
        code, said, _ = self.init(root)
        assert code == ExitCode.OK
        assert "created" not in said
        assert "replaced" not in said
        assert {path: path.stat().st_mtime_ns for path in root.rglob("*") if path.is_file()} == before

    def test_what_was_edited_is_not_replaced_and_nothing_else_is_written(self, root: Path) -> None:
        self.init(root)
        edited, lost = root / "traefik/traefik.yml", root / "compose/whoami.yml"
        edited.write_text("mine")
        lost.unlink()
        code, _, errors = self.init(root)
        assert code == ExitCode.REFUSED
        assert str(edited) in errors
        assert edited.read_text() == "mine"
        assert not lost.exists()
        assert self.init(root, "--force")[0] == ExitCode.OK
        assert "starfleet.test" in edited.read_text()
        assert lost.exists()

    def test_secrets_and_certificates_are_kept_even_with_force(self, root: Path) -> None:
        self.init(root)
        kept = [root / "compose/.env", root / stack.ACME_FILE, root / stack.TOKEN_FILE]
        for path in kept:
            path.write_text("mine")
        code, said, _ = self.init(root, "--force")
        assert code == ExitCode.OK
        for path in kept:
            assert path.read_text() == "mine"
            assert f"kept       {path}" in said

    def test_a_link_in_the_way_is_refused(self, root: Path, tmp_path: Path) -> None:
        self.init(root)
        (root / "traefik/traefik.yml").unlink()
        (root / "traefik/traefik.yml").symlink_to(tmp_path / "elsewhere")
        code, _, errors = self.init(root, "--force")
        assert code == ExitCode.REFUSED
        assert "is in the way" in errors
        assert not (tmp_path / "elsewhere").exists()

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to others")
    def test_root_writes_no_stack_where_others_could_change_it(self, root: Path) -> None:
        root.mkdir(parents=True)
        os.chown(root, 65534, 65534)
        code, _, errors = self.init(root)
        assert code == ExitCode.USAGE
        assert "is refused as root" in errors
        assert not list(root.iterdir())

    def test_a_folder_that_cannot_be_written_changes_nothing(self, root: Path) -> None:
        root.parent.mkdir()
        root.write_text("a file")
        code, _, errors = self.init(root)
        assert code == ExitCode.REFUSED
        assert "is in the way" in errors


def test_what_is_written_parses_as_toml(tmp_path: Path) -> None:
    folder = tmp_path / 'a"b'
    run("--config", str(tmp_path / "c.toml"), "config", "init", "--stack", str(folder), *DOMAIN)
    assert tomllib.loads((tmp_path / "c.toml").read_text())["compose"]["dir"] == str(folder)
