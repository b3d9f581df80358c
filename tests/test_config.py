"""The configuration on real files: order, provenance, messages, and what root refuses."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specter_tui.config import LoadedConfig, Options, load
from specter_tui.config.checks import problem
from specter_tui.config.document import parse
from specter_tui.config.load import candidates
from specter_tui.config.schema import BY_TABLE, KEYS
from specter_tui.core.engine import is_remote_engine
from specter_tui.core.errors import ConfigError
from specter_tui.core.settings import Settings

Write = Callable[[str], str]
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to others")


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def _write(text: str) -> str:
        path = tmp_path / "config.toml"
        path.write_text(text)
        return str(path)

    return _write


def load_text(write: Write, text: str, context: str = "", **environ: str) -> LoadedConfig:
    return load(Options(config=write(text), context=context), environ, root=False)


def refusal(write: Write, text: str, **environ: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load_text(write, text, **environ)
    sentence = caught.value.sentence()
    assert "\n" not in sentence
    return sentence


def test_without_anything_the_defaults_stand(tmp_path: Path) -> None:
    config = load(Options(), {"HOME": str(tmp_path)}, root=False)
    assert config.settings == Settings()
    assert {origin for _, _, origin in config.rows()} == {"default"}
    assert not config.given("traefik.api_url")


def test_every_field_of_the_settings_can_be_set(write: Write) -> None:
    names = {key.path for key in KEYS}
    assert {"read_only", "keys", "refresh.traefik", "refresh.probe", "traefik.api_url", "compose.dir"} <= names
    assert "cloudflare.token" not in names  # never from a file
    assert "token_file" in refusal(write, '[cloudflare]\ntoken = "s3cret"')


def test_environment_is_over_the_file_and_flags_are_over_both(write: Write) -> None:
    path = write('read_only = false\n[traefik]\napi_url = "http://file:1"\nusername = "ops"')
    environ = {"SPECTER_TRAEFIK_API_URL": "http://env:2", "SPECTER_READ_ONLY": "0"}
    config = load(Options(config=path, read_only=True), environ, root=False)
    assert config.settings.traefik.api_url == "http://env:2"
    assert config.settings.read_only is True
    assert config.origins["traefik.api_url"] == "env:SPECTER_TRAEFIK_API_URL"
    assert config.origins["traefik.username"] == f"file:{path}"
    assert config.origins["read_only"] == "flag:--read-only"
    assert config.given("traefik.username")


def test_every_variable_of_the_environment(write: Write) -> None:
    config = load_text(
        write,
        "",
        SPECTER_TRAEFIK_DYNAMIC_DIR="/d",
        SPECTER_TRAEFIK_ACME_FILES="/a.json:/b.json",
        SPECTER_DOCKER_HOST="tcp://10.0.0.1:2376",
        SPECTER_READ_ONLY="true",
        CLOUDFLARE_BASE_URL="http://127.0.0.1:9300/client/v4",
        CF_DNS_API_TOKEN="second",
        SPECTER_TRAEFIK_API_URL="",
    )
    settings = config.settings
    assert settings.traefik.dynamic_dir == "/d"
    assert settings.traefik.acme_files == ("/a.json", "/b.json")
    assert settings.docker.host == "tcp://10.0.0.1:2376"
    assert settings.read_only
    assert settings.cloudflare.base_url == "http://127.0.0.1:9300/client/v4"
    assert settings.cloudflare.token.reveal() == "second"
    assert settings.traefik.api_url == Settings().traefik.api_url


def test_the_first_token_wins_and_is_never_shown(write: Write) -> None:
    config = load_text(write, "", CLOUDFLARE_API_TOKEN="hunter2", CF_DNS_API_TOKEN="second")
    assert config.settings.cloudflare.token.reveal() == "hunter2"
    assert config.origins["cloudflare.token"] == "env:CLOUDFLARE_API_TOKEN"
    assert "hunter2" not in repr(config)
    assert "hunter2" not in repr(config.rows())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[traefik]\napi_ulr = "x"', ["unknown key traefik.api_ulr", "did you mean api_url?"]),
        ("readonly = true", ["unknown key readonly", "did you mean read_only?"]),
        ("[treafik]\n", ["unknown key treafik", "did you mean traefik?"]),
        ("[contexts.b.treafik]\n", ["unknown key contexts.b.treafik", "did you mean traefik?"]),
        ("[contexts.b.docker]\nhots = 1", ["unknown key contexts.b.docker.hots", "did you mean host?"]),
        ("contexts = 3", ["contexts must be a table, not 3"]),
        ("[contexts]\na = 3", ["contexts.a must be a table, not 3"]),
        ("[contexts.default]\n", ["contexts.default cannot be the name"]),
        ('read_only = "yes"', ["read_only must be true or false, not a text"]),
        ("refresh = 5", ["refresh must be a table, not 5", "write [refresh] on a line"]),
        ("[refresh]\ntraefik = true", ["refresh.traefik must be a number, not true"]),
        ("[refresh]\ntraefik = 0", ["refresh.traefik must be more than 0"]),
        ("[refresh]\ntraefik = -1", ["refresh.traefik must be more than 0"]),
        ("[refresh]\ntraefik = nan", ["refresh.traefik must be more than 0"]),
        ("[refresh]\ntraefik = inf", ["refresh.traefik must be more than 0"]),
        (f"[refresh]\ntraefik = {'9' * 400}", ["refresh.traefik must be more than 0"]),
        (f"[refresh]\ntraefik = {'9' * 5000}", ["Exceeds the limit"]),
        ("[traefik]\ncertificates_duration = 1.5", ["must be a whole number, not 1.5"]),
        ("[traefik]\ncertificates_duration = -1", ["must be between 0"]),
        ('[traefik]\nacme_files = "/a"', ["acme_files must be a list of texts, not a text"]),
        ("[traefik]\nacme_files = [1]", ["acme_files must be a list of texts, not a list"]),
        ('[traefik]\nacme_files = ["acme.json"]', ["acme_files must be whole paths"]),
        ('[traefik]\ndynamic_dir = "dyn"', ["dynamic_dir must be a whole path"]),
        ('[traefik]\napi_url = "127.0.0.1:8080"', ["api_url must be a URL such as"]),
        ('[traefik]\napi_url = "http://u:p@h"', ["api_url must not hold a user name or password"]),
        ('[traefik]\napi_url = "http://h:99999"', ["api_url must be a URL such as"]),
        ('[traefik]\napi_url = "http://[::1"', ["api_url must be a URL such as"]),
        ('[traefik]\napi_url = "http://h/\\u001b[31m"', ["api_url holds control characters"]),
        ('[docker]\nhost = "vps2"', ["docker.host must be an engine address"]),
        ('[docker]\nhost = "ssh://u:p@h"', ["docker.host must not hold a password"]),
        ('[docker]\nnetwork = ""', ["docker.network must not be empty"]),
        ('[protection]\nmiddleware = "descope-verify"', ["must be a name with its provider"]),
        ('[protection]\nauth_host = "https://auth"', ["auth_host must be a host name"]),
        ('[cloudflare]\nexpected_ips = ["1.2.3"]', ["expected_ips must be IP addresses"]),
        ('[probe]\naddresses = { web = "127.0.0.1" }', ['must give "host:port" for web']),
        ('[probe]\naddresses = { web = "127.0.0.1:0" }', ['must give "host:port" for web']),
        ("[probe]\naddresses = { web = 80 }", ["probe.addresses must be a table of names and texts"]),
        ("[keys]\nrestart = 1", ["keys must be a table of names and texts"]),
        ("read_only = 2026-01-01", ["not a date or time"]),
        ("locked = true\nlocked = true\n\n", ["(at line 2"]),
        ("[traefik\n", ["(at line 1"]),
        (f"a = {'[' * 5000}", ["nested too deeply"]),
    ],
)
def test_a_wrong_file_is_refused_with_its_name_and_key(write: Write, text: str, expected: list[str]) -> None:
    sentence = refusal(write, text)
    assert sentence.startswith(str(Path(write(text))))
    for part in expected:
        assert part in sentence


def test_the_content_of_a_wrong_value_is_not_repeated(write: Write) -> None:
    assert "hunter2" not in refusal(write, 'read_only = "hunter2"')
    assert "hunter2" not in refusal(write, '[traefik]\napi_url = "http://ops:hunter2@h"')


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SPECTER_READ_ONLY", "maybe"),
        ("SPECTER_TRAEFIK_API_URL", "traefik"),
        ("SPECTER_TRAEFIK_ACME_FILES", "acme.json"),
        ("SPECTER_DOCKER_HOST", "vps"),
        ("CLOUDFLARE_BASE_URL", "ftp://x"),
    ],
)
def test_a_wrong_variable_is_refused_by_name(write: Write, name: str, value: str) -> None:
    assert refusal(write, "", **{name: value}).startswith(f"{name} ")


CONTEXTS = """
[traefik]
api_url = "http://127.0.0.1:8080"
acme_files = ["/here/acme.json"]
password_file = "/here/password"
[probe]
addresses = { websecure = "127.0.0.1:443" }
[contexts.vps2.docker]
host = "ssh://ops@vps2"
[contexts.vps3]
read_only = true
[contexts.vps3.docker]
host = "ssh://ops@vps3"
[contexts.vps3.traefik]
api_url = "http://127.0.0.1:18080"
acme_files = ["/mnt/vps3/acme.json"]
[contexts.staging.traefik]
api_url = "http://127.0.0.1:9090"
"""


def test_a_context_lies_over_the_outer_tables(write: Write) -> None:
    config = load_text(write, CONTEXTS, "staging")
    assert config.context == "staging"
    assert config.contexts == ("vps2", "vps3", "staging")
    assert config.settings.traefik.api_url == "http://127.0.0.1:9090"
    assert config.settings.traefik.acme_files == ("/here/acme.json",)
    assert config.origins["traefik.api_url"].endswith("config.toml [contexts.staging]")


def test_with_a_remote_docker_nothing_of_this_machine_is_joined_to_it(write: Write) -> None:
    config = load_text(write, CONTEXTS, "vps2")
    assert config.settings.traefik.acme_files == ()
    assert config.settings.traefik.api_url == ""
    assert config.settings.traefik.password_file == ""
    assert dict(config.settings.probe.addresses) == {}
    assert config.origins["traefik.acme_files"] == "default (the Docker of vps2 is remote)"
    assert not config.given("traefik.acme_files")


def test_a_remote_context_has_what_it_is_given(write: Write) -> None:
    config = load_text(write, CONTEXTS, "vps3", SPECTER_TRAEFIK_API_URL="http://env:1")
    assert config.settings.read_only
    assert config.settings.traefik.acme_files == ("/mnt/vps3/acme.json",)
    assert config.settings.traefik.api_url == "http://env:1"


def test_an_unknown_context_names_the_known_ones(write: Write) -> None:
    with pytest.raises(ConfigError) as caught:
        load_text(write, CONTEXTS, "vps9")
    assert caught.value.sentence().endswith("there is no context vps9; it has vps2, vps3, staging")
    with pytest.raises(ConfigError) as caught:
        load_text(write, "", "vps9")
    assert "never a docker context" in caught.value.sentence()


@pytest.mark.parametrize(
    ("host", "remote"),
    [
        ("", False),
        ("unix:///var/run/docker.sock", False),
        ("tcp://127.0.0.1:2375", False),
        ("tcp://localhost:2375", False),
        ("tcp://10.0.0.2:2375", True),
        ("ssh://ops@vps2", True),
    ],
)
def test_what_counts_as_remote(host: str, remote: bool) -> None:
    assert is_remote_engine(host) is remote


def test_the_search_order() -> None:
    system = "/etc/specter/config.toml"
    assert candidates({"XDG_CONFIG_HOME": "/x", "HOME": "/h"}, root=False) == ("/x/specter/config.toml", system)
    assert candidates({"HOME": "/h"}, root=False) == ("/h/.config/specter/config.toml", system)
    assert candidates({"XDG_CONFIG_HOME": "relative", "HOME": "/h"}, root=False)[0] == "/h/.config/specter/config.toml"
    assert candidates({}, root=False) == (system,)
    assert candidates({"XDG_CONFIG_HOME": "/x", "HOME": "/h"}, root=True) == (system,)


def test_a_file_is_found_in_the_users_folder(tmp_path: Path) -> None:
    folder = tmp_path / "specter"
    folder.mkdir()
    (folder / "config.toml").write_text("locked = true")
    config = load(Options(), {"XDG_CONFIG_HOME": str(tmp_path)}, root=False)
    assert config.settings.locked
    assert config.path == str(folder / "config.toml")


def test_a_named_file_must_exist_and_the_flag_beats_the_variable(write: Write, tmp_path: Path) -> None:
    missing = str(tmp_path / "none.toml")
    with pytest.raises(ConfigError, match="No such file"):
        load(Options(), {"SPECTER_CONFIG": missing}, root=False)
    with pytest.raises(ConfigError, match="is not a file"):
        load(Options(config=str(tmp_path)), {}, root=False)
    assert load(Options(config=write("locked = true")), {"SPECTER_CONFIG": missing}, root=False).settings.locked


def test_bytes_that_are_no_text_and_files_that_are_no_configuration(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b"locked = true # \xff")
    with pytest.raises(ConfigError, match="byte 16 is not UTF-8"):
        load(Options(config=str(path)), {}, root=False)
    path.write_bytes(b"#" * 2_000_000)
    with pytest.raises(ConfigError, match="is larger than"):
        load(Options(config=str(path)), {}, root=False)
    with pytest.raises(ConfigError, match="cannot be read"):
        load(Options(config="a\0b"), {}, root=False)


def test_a_tilde_is_the_home_folder(write: Write) -> None:
    config = load_text(write, '[traefik]\npassword_file = "~/secret"\nacme_files = ["~/acme.json"]', HOME="/h")
    assert config.settings.traefik.password_file == "/h/secret"
    assert config.settings.traefik.acme_files == ("/h/acme.json",)


# What root refuses. `safe` gives folders that are root's own on every machine that runs the tests as root.


@needs_root
class TestAsRoot:
    @pytest.fixture
    def safe(self, tmp_path: Path) -> Path:
        folder = tmp_path / "specter"
        (folder / "dynamic").mkdir(parents=True)
        self.save(folder)
        return folder

    @staticmethod
    def save(folder: Path, text: str = "") -> None:
        path = folder / "config.toml"
        path.write_text(f'{text}\n[compose]\ndir = "{folder}"\n[traefik]\ndynamic_dir = "{folder}/dynamic"\n')
        path.chmod(0o644)

    @staticmethod
    def load(folder: Path) -> LoadedConfig:
        return load(Options(config=str(folder / "config.toml")), {}, root=True)

    def test_what_is_roots_own_is_accepted(self, safe: Path) -> None:
        assert self.load(safe).settings.compose.dir == str(safe)

    @pytest.mark.parametrize("name", ["config.toml", ".", "dynamic"])
    @pytest.mark.parametrize("how", ["world", "group", "owner"])
    def test_what_others_can_write_is_refused(self, safe: Path, name: str, how: str) -> None:
        path = safe / name
        if how == "owner":
            os.chown(path, 65534, 65534)
        else:
            os.chown(path, 0, 65534)
            path.chmod(0o757 if how == "world" else 0o775)
        with pytest.raises(ConfigError, match="is refused as root"):
            self.load(safe)

    def test_a_folder_above_that_others_can_write_is_refused_unless_it_is_sticky(self, safe: Path) -> None:
        safe.parent.chmod(0o777)
        with pytest.raises(ConfigError, match="everyone can write"):
            self.load(safe)
        safe.parent.chmod(0o1777)
        assert self.load(safe)

    def test_a_link_does_not_hide_an_unsafe_place(self, safe: Path) -> None:
        (safe / "dynamic").rmdir()
        elsewhere = safe.parent / "elsewhere"
        elsewhere.mkdir()
        elsewhere.chmod(0o777)
        (safe / "dynamic").symlink_to(elsewhere)
        with pytest.raises(ConfigError, match=r"traefik\.dynamic_dir"):
            self.load(safe)

    def test_somebody_elses_link_is_refused(self, safe: Path) -> None:
        link = safe.parent / "link.toml"
        link.symlink_to(safe / "config.toml")
        os.lchown(link, 65534, 65534)
        with pytest.raises(ConfigError, match="belongs to user 65534"):
            load(Options(config=str(link)), {}, root=True)

    def test_a_folder_that_is_not_there_yet_is_judged_by_those_above(self, safe: Path) -> None:
        (safe / "dynamic").rmdir()
        assert self.load(safe)
        safe.chmod(0o777)
        with pytest.raises(ConfigError):
            self.load(safe)


@given(st.text(max_size=300))
def test_any_text_is_either_read_or_refused_in_one_line(text: str) -> None:
    try:
        parse("config.toml", text)
    except ConfigError as error:
        assert "\n" not in error.sentence()  # noqa: PT017  both outcomes are right


@given(st.text(max_size=80))
def test_no_text_makes_a_check_fail_with_anything_but_a_sentence(text: str) -> None:
    for one in KEYS:
        if isinstance(one.default, str):
            assert isinstance(problem(one, text), str)
    assert isinstance(problem(BY_TABLE["probe"]["addresses"], {text: text}), str)
    assert isinstance(problem(BY_TABLE["traefik"]["acme_files"], (text,)), str)
