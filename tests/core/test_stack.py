"""The stack's templates: whatever is put in, what comes out is YAML that says what it should, or nothing comes out."""

from __future__ import annotations

import re
import shutil
import string
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from specter_tui.core.errors import ConfigError
from specter_tui.core.stack import FOLDERS, RANGES, SOURCES, StackFile, StackParameters, parse_ranges, render
from tests.real import require

ROOT = Path(__file__).parents[2]
TEXTS = {path: (ROOT / path).read_text(encoding="utf-8") for path in SOURCES}
GOOD = StackParameters(domain="starfleet.test", email="ops@starfleet.test")
HOSTILE = [
    "\n",
    "\r",
    "\t",
    "\x00",
    "\x1b[31m",
    '"',
    "'",
    ": ",
    "#",
    "{{",
    "}}",
    "${X}",
    "$",
    "`",
    "*",
    "&",
    "!",
    "%",
    "|",
    ">",
    " ",
    "\u2028",
    "\u202e",
    "é",
]


def files(texts: Mapping[str, str] = TEXTS, parameters: StackParameters = GOOD) -> dict[str, StackFile]:
    return {one.path: one for one in render(texts, parameters)}


def load(text: str) -> Any:
    return YAML(typ="safe", pure=True).load(text)


def static(parameters: StackParameters = GOOD) -> Any:
    return load(files(parameters=parameters)["traefik/traefik.yml"].text)


def test_every_file_of_the_repository_is_laid_out() -> None:
    found = {
        str(path.relative_to(ROOT))
        for top in ("compose", "traefik")
        for path in (ROOT / top).rglob("*")
        if path.is_file()
    }
    assert found - {"compose/.env"} == set(SOURCES)


def test_every_file_has_its_folder_and_every_folder_its_parent_first() -> None:
    known = [folder.path for folder in FOLDERS]
    assert len(set(known)) == len(known)
    for folder in known:
        parent = folder.rpartition("/")[0]
        assert not parent or known.index(parent) < known.index(folder)
    assert {one.rpartition("/")[0] for one in files()} <= {"", *known}


def test_secrets_are_private_and_never_overwritten() -> None:
    kept = {path: (one.mode, one.keep) for path, one in files().items() if one.keep or one.mode == 0o600}
    private = ("compose/.env", "traefik/acme/acme.json", "secrets/cloudflare-token")
    assert kept == {".env": (0o644, True), **dict.fromkeys(private, (0o600, True))}
    assert {folder.path: folder.mode for folder in FOLDERS if folder.mode != 0o755} == {
        "traefik/acme": 0o700,
        "secrets": 0o700,
    }
    assert files()["compose/whoami/cgi-bin/index.cgi"].mode == 0o755


def test_all_yaml_is_yaml_without_placeholders() -> None:
    for path, one in files().items():
        if path.endswith(".yml"):
            assert isinstance(load(one.text), dict), path
    assert "$" not in files()["traefik/traefik.yml"].text
    assert "$" not in files()["compose/.env"].text


def test_dynamic_files_hold_nothing_that_traefik_would_run_as_a_template() -> None:
    assert not [path for path, one in files().items() if path.startswith("traefik/dynamic/") and "{{" in one.text]


def test_static_configuration_says_what_was_asked() -> None:
    document = static(
        StackParameters(
            domain="xn--bcher-kva.example", email="o.p+s@Mail.example", ca_server="https://localhost:14000/dir"
        )
    )
    acme = document["certificatesResolvers"]["letsencrypt"]["acme"]
    assert acme["email"] == "o.p+s@Mail.example"
    assert acme["caServer"] == "https://localhost:14000/dir"
    assert document["entryPoints"]["websecure"]["http"]["tls"]["domains"] == [
        {"main": "xn--bcher-kva.example", "sans": ["*.xn--bcher-kva.example"]}
    ]
    ranges = list(parse_ranges(TEXTS[RANGES]))
    assert len(ranges) == 22
    for name in ("web", "websecure"):
        assert document["entryPoints"][name]["forwardedHeaders"] == {"trustedIPs": ranges}


def test_entry_points_use_only_middlewares_that_the_dynamic_files_define() -> None:
    defined: set[str] = set()
    for path, one in files().items():
        if path.startswith("traefik/dynamic/"):
            defined |= {f"{name}@file" for name in load(one.text).get("http", {}).get("middlewares", {})}
    assert set(static()["entryPoints"]["websecure"]["http"]["middlewares"]) == defined


def test_identity_headers_are_those_that_the_verify_service_sets_in_every_spelling() -> None:
    labels = load(TEXTS["compose/traefik.yml"])["services"]["traefik"]["labels"]
    listed = labels["traefik.http.middlewares.descope-verify.forwardauth.authResponseHeaders"].split(",")
    names = [name for name in listed if name != "Cookie"]
    spellings = {
        f"X{first}Auth{second}{name.removeprefix('X-Auth-')}" for name in names for first in "-_." for second in "-_."
    }
    removed = load(TEXTS["traefik/dynamic/identity-headers.yml"])["http"]["middlewares"]["identity-headers"]["headers"]
    assert removed == {"customRequestHeaders": dict.fromkeys(spellings, "")}


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "localhost",
        "a..b",
        ".a.test",
        "a.test.",
        "A.test",
        "a_b.test",
        "-a.test",
        "a-.test",
        "1.2.3.4",
        "[::1]",
        "*.a.test",
        "a.test/x",
        "a.test:80",
        "a" * 64 + ".test",
        ("a" * 60 + ".") * 4 + "test",
        "bücher.example",
    ],
)
def test_no_domain(bad: str) -> None:
    with pytest.raises(ConfigError, match="is no domain name"):
        StackParameters(domain=bad, email="ops@starfleet.test")


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "ops",
        "@a.test",
        "ops@",
        "ops@localhost",
        "a@b@c.test",
        ".a@b.test",
        "a.@b.test",
        '"a b"@c.test',
        "a" * 65 + "@b.test",
    ],
)
def test_no_email(bad: str) -> None:
    with pytest.raises(ConfigError, match="is no e-mail address"):
        StackParameters(domain="starfleet.test", email=bad)


@pytest.mark.parametrize(
    "bad", ["", "http://a.test/dir", "https://", 'https://a.test/"', "https://a.test/ x", "https://a.test/dir\n"]
)
def test_no_ca_server(bad: str) -> None:
    with pytest.raises(ConfigError, match="is no https URL"):
        StackParameters(domain="starfleet.test", email="ops@starfleet.test", ca_server=bad)


@pytest.mark.parametrize("where", ["{0}starfleet.test", "star{0}fleet.test", "starfleet.test{0}"])
@pytest.mark.parametrize("piece", HOSTILE)
def test_hostile_pieces_are_refused_in_one_printable_line(piece: str, where: str) -> None:
    for values in (
        {"domain": where.format(piece), "email": "ops@a.test"},
        {"domain": "a.test", "email": "ops@" + where.format(piece)},
    ):
        with pytest.raises(ConfigError) as caught:
            StackParameters(**values)
        assert caught.value.sentence().isprintable()


def test_a_long_value_is_not_repeated_whole() -> None:
    with pytest.raises(ConfigError) as caught:
        StackParameters(domain="x" * 100_000, email="ops@a.test")
    assert len(caught.value.sentence()) < 300


@given(domain=st.text(max_size=40), email=st.text(max_size=40))
def test_what_is_accepted_survives_yaml_unchanged(domain: str, email: str) -> None:
    try:
        parameters = StackParameters(domain=domain, email=email)
    except ConfigError:
        return
    document = static(parameters)
    assert document["certificatesResolvers"]["letsencrypt"]["acme"]["email"] == email


NAMES = st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=20)


@given(labels=st.lists(NAMES, min_size=1, max_size=4), local=NAMES)
def test_plain_names_are_accepted(labels: list[str], local: str) -> None:
    domain = ".".join([*labels, "example"])
    document = static(StackParameters(domain=domain, email=f"{local}@{domain}"))
    assert document["certificatesResolvers"]["letsencrypt"]["acme"]["email"] == f"{local}@{domain}"
    assert document["entryPoints"]["websecure"]["http"]["tls"]["domains"][0]["main"] == domain


def test_ranges_may_have_comments_and_single_addresses() -> None:
    assert parse_ranges("# all\n\n 10.0.0.0/8 # private\n192.0.2.7\n2001:db8::/32\n") == (
        "10.0.0.0/8",
        "192.0.2.7/32",
        "2001:db8::/32",
    )


@pytest.mark.parametrize(
    "bad",
    [
        "0.0.0.0/0",
        "::/0",
        "8.0.0.0/7",
        "10.0.0.1/8",
        "nonsense",
        "10.0.0.0/33",
        '10.0.0.0/8"',
        "10.0.0.0/8, 11.0.0.0/8",
        "\x1b[31m",
    ],
)
def test_bad_ranges_name_their_line(bad: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(f"{RANGES}, line 2: ")) as caught:
        parse_ranges(f"192.0.2.0/24\n{bad}\n")
    assert caught.value.sentence().isprintable()


def test_no_ranges_at_all_is_an_error() -> None:
    with pytest.raises(ConfigError, match="names no network"):
        parse_ranges("# nothing\n")


def test_an_unknown_placeholder_is_a_fault_of_the_package() -> None:
    with pytest.raises(KeyError):
        files({**TEXTS, "traefik/traefik.yml": "a: ${NOBODY}\n"})
    with pytest.raises(ValueError, match="Invalid placeholder"):
        files({**TEXTS, "traefik/traefik.yml": "a: $\n"})


OPEN_KEYS = {"entryPoints": "*", "certificatesResolvers": "*", "middlewares": "*", "options": "*"}


def option_paths(value: Any, path: tuple[str, ...] = ()) -> set[str]:
    """The options of a Traefik file as its reference names them: `*` for a name that is free to choose."""
    last = path[-1] if path else ""
    listed = last in {"names", "customRequestHeaders", "customResponseHeaders", "domains"}
    if listed or not isinstance(value, dict) or not value:
        return {".".join(path)}
    found: set[str] = set()
    for key, inner in value.items():
        found |= option_paths(inner, (*path, OPEN_KEYS.get(last, str(key))))
    return found


def test_the_documentation_says_of_each_option_since_when_it_exists() -> None:
    used = option_paths(static())
    for path, one in files().items():
        if path.startswith("traefik/dynamic/"):
            used |= option_paths(load(one.text))
    tables = [line for line in (ROOT / "docs/stack.md").read_text().splitlines() if line.startswith("| `")]
    documented = {name for line in tables for name in re.findall(r"`([^`]+)`", line.split("|")[1]) if "/" not in name}
    assert used <= documented
    no_options = {"traefik-proxy", "specter-edge", "specter-socket", "compose.yml", ".env"}
    assert documented - no_options <= used


def test_the_watcher_is_something_that_systemd_takes(tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    require("systemd-analyze", found=program is not None)
    for path, one in files().items():
        if path.startswith("systemd/"):
            (tmp_path / Path(path).name).write_text(one.text)
    units = [str(tmp_path / f"specter-doctor.{kind}") for kind in ("service", "timer")]
    done = subprocess.run([program or "", "verify", *units], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
