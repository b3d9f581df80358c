"""Every setting: its default, what is taken and what is refused, with exit code 2 and one line that names it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from tests.verify_service.service import REQUIRED, SECRET
from verify_service.config import DEFAULTS, read
from verify_service.errors import ConfigError
from verify_service.request.policy import Policy
from verify_service.values import Rate

ROOT = Path(__file__).parents[2]
MINIMAL = {name: REQUIRED[name] for name in ("DESCOPE_PROJECT_ID", "SESSION_SECRET", "COOKIE_DOMAIN")}

GOOD = [
    ("AUTH_HOST", "login.example.test"),
    ("AUTH_HOST", "auth.example.test:443"),
    ("COOKIE_DOMAIN", "example.co.uk"),
    ("COOKIE_DOMAIN", ".Example.TEST"),
    ("PORT", "1"),
    ("BIND", "::"),
    ("BIND", "127.0.0.1"),
    ("METRICS_PORT", "9090"),
    ("DEFAULT_POLICY", "any"),
    ("DEFAULT_POLICY", "any&mode=401"),
    ("DEFAULT_POLICY", "roles=a&domains=b.test"),
    ("DESCOPE_BASE_URI", "https://api.euc1.descope.com/"),
    ("DESCOPE_BASE_URI", "http://127.0.0.1:8000"),
    ("SESSION_SECRET", f"{SECRET},{SECRET[::-1]}"),
    ("REFRESH_MODE", "off"),
    ("BEARER_ENABLED", "1"),
    ("ALLOWED_ALGS", "ES256, EdDSA"),
    ("TRUSTED_PROXIES", "172.18.0.2,fd00::/8"),
    ("TRUSTED_PROXIES", "173.0.0.0/8,2001::/16,fc00::/7,fe80::/10,::1"),
    ("PUBLIC_PORTS", "443,8443"),
    ("LOGIN_RATE", "5/s"),
    ("LOGIN_RATE", "100/hour"),
    ("LOG_LEVEL", "DEBUG"),
    ("LOG_FORMAT", "console"),
    ("SHUTDOWN_GRACE", "0"),
    ("CACHE_TTL", "0"),
    ("COOKIE_INSECURE", "true"),
    ("PORT", ""),
]

BAD = [
    ("DESCOPE_PROJECT_ID", ""),
    ("DESCOPE_PROJECT_ID", "P2/../x"),
    ("DESCOPE_PROJECT_ID", "P2 x"),
    ("SESSION_SECRET", ""),
    ("SESSION_SECRET", "short"),
    ("SESSION_SECRET", "a" * 64),
    ("SESSION_SECRET", f"{SECRET},short"),
    ("SESSION_SECRET", f"{SECRET},{SECRET}"),
    ("SESSION_SECRET", f"{SECRET},"),
    ("COOKIE_DOMAIN", ""),
    ("COOKIE_DOMAIN", "com"),
    ("COOKIE_DOMAIN", "co.uk"),
    ("COOKIE_DOMAIN", "github.io"),
    ("COOKIE_DOMAIN", "localhost"),
    ("COOKIE_DOMAIN", "test"),
    ("COOKIE_DOMAIN", "127.0.0.1"),
    ("COOKIE_DOMAIN", "10.1"),
    ("COOKIE_DOMAIN", "::1"),
    ("COOKIE_DOMAIN", "a.0x7f"),
    ("COOKIE_DOMAIN", "https://example.test"),
    ("COOKIE_DOMAIN", "example.test:443"),
    ("COOKIE_DOMAIN", "exa mple.test"),
    ("COOKIE_DOMAIN", "*.example.test"),
    ("AUTH_HOST", "auth.other.test"),
    ("AUTH_HOST", "auth.example.test:8443"),
    ("AUTH_HOST", "https://auth.example.test"),
    ("AUTH_HOST", "authexample.test"),
    ("PORT", "0"),
    ("PORT", "65536"),
    ("PORT", "http"),
    ("PORT", "-1"),
    ("BIND", "example.test"),
    ("METRICS_PORT", "3000"),
    ("DEFAULT_POLICY", "roles="),
    ("DEFAULT_POLICY", "everybody"),
    ("DEFAULT_POLICY", "any&roles=x"),
    ("DEFAULT_POLICY", "any&any"),
    ("DEFAULT_POLICY", "&any"),
    ("DEFAULT_POLICY", "role=x"),
    ("DESCOPE_BASE_URI", "descope.com"),
    ("DESCOPE_BASE_URI", "https://api.descope.com/v1"),
    ("DESCOPE_BASE_URI", "https://a:b@c.test"),
    ("DESCOPE_BASE_URI", "file:///x"),
    ("DESCOPE_FLOW_ID", "sign in"),
    ("DESCOPE_TIMEOUT", "0"),
    ("DESCOPE_TIMEOUT", "60"),
    ("DESCOPE_TIMEOUT", "nan"),
    ("SESSION_TTL", "0"),
    ("SESSION_TTL", "1h"),
    ("SESSION_MAX", "60"),
    ("REFRESH_MODE", "inline"),
    ("BEARER_ENABLED", "maybe"),
    ("ALLOWED_ALGS", "HS256"),
    ("ALLOWED_ALGS", "none"),
    ("ALLOWED_ALGS", "RS256,"),
    ("TRUSTED_PROXIES", "0.0.0.0/0"),
    ("TRUSTED_PROXIES", "::/0"),
    ("TRUSTED_PROXIES", "0.0.0.0/1,128.0.0.0/1"),
    ("TRUSTED_PROXIES", "127.0.0.1,10.0.0.0/7"),
    ("TRUSTED_PROXIES", "2000::/3"),
    ("TRUSTED_PROXIES", "2000::/15"),
    ("TRUSTED_PROXIES", "fc00::/6"),
    ("TRUSTED_PROXIES", "fe80::/9"),
    ("TRUSTED_PROXIES", "traefik"),
    ("TRUSTED_PROXIES", "10.0.0.1/8"),
    ("PUBLIC_PORTS", "443;8443"),
    ("PUBLIC_PORTS", "0"),
    ("JWKS_REFRESH", "0"),
    ("CACHE_SIZE", "0"),
    ("LOGIN_RATE", "20"),
    ("LOGIN_RATE", "0/min"),
    ("LOG_LEVEL", "debug"),
    ("LOG_FORMAT", "text"),
    ("SHUTDOWN_GRACE", "-1"),
    ("SESSION_SECRET_FILE", "/nonexistent/secret"),
]


def test_three_settings_are_enough() -> None:
    found = read(MINIMAL)
    assert found.site.auth_host == "auth.example.test"
    assert (found.default_policy, found.policy_chosen) == (Policy(), False)
    assert found.login_rate == Rate(20, 60)
    assert (found.port, found.session_ttl, found.session_max) == (3000, 3600, 43200)
    assert not found.bearer


@pytest.mark.parametrize(("text", "chosen"), [
    ("", False), (" ", False), ("mode=401", False), ("mode=redirect", False),
    ("any", True), (" any ", True), ("any&mode=401", True), ("roles=a", True), ("mode=401&amr=mfa", True),
])  # fmt: skip
def test_a_policy_that_restricts_nobody_is_none_unless_it_says_so(text: str, chosen: bool) -> None:
    assert read(MINIMAL | {"DEFAULT_POLICY": text}).policy_chosen is chosen


@pytest.mark.parametrize(("name", "text"), GOOD)
def test_what_is_taken(name: str, text: str) -> None:
    read(MINIMAL | {name: text})


@pytest.mark.parametrize(("name", "text"), BAD)
def test_what_is_refused_by_name(name: str, text: str) -> None:
    environ = MINIMAL | {name: text}
    if name == "SESSION_SECRET_FILE":
        del environ["SESSION_SECRET"]
    with pytest.raises(ConfigError) as raised:
        read(environ)
    assert raised.value.variable == name
    assert str(raised.value).startswith(f"{name} ")
    assert "\n" not in str(raised.value)
    if name == "SESSION_SECRET" and text:
        assert text not in str(raised.value)


def test_development_settings_need_a_development_domain() -> None:
    real = MINIMAL | {"COOKIE_DOMAIN": "example.com"}
    for name, text in (("COOKIE_INSECURE", "true"), ("DESCOPE_BASE_URI", "http://127.0.0.1:8000")):
        with pytest.raises(ConfigError, match=name):
            read(real | {name: text})


def test_the_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text(f"{SECRET}\n")
    environ = {"DESCOPE_PROJECT_ID": "P2x", "COOKIE_DOMAIN": "example.test", "SESSION_SECRET_FILE": str(path)}
    assert read(environ).secrets[0].reveal() == SECRET
    with pytest.raises(ConfigError, match="SESSION_SECRET is set beside"):
        read(environ | {"SESSION_SECRET": SECRET})
    for content in (b"", b"short", b"\xff" * 40):
        path.write_bytes(content)
        with pytest.raises(ConfigError, match="SESSION_SECRET_FILE"):
            read(environ)


def test_the_settings_show_no_secret() -> None:
    assert SECRET not in repr(read(MINIMAL))


@settings(max_examples=40)  # each reads the list of public suffixes anew
@given(st.sampled_from(sorted(DEFAULTS)), st.text(st.characters(exclude_characters="\x00", codec="utf-8"), max_size=40))
def test_any_text_is_taken_or_refused_with_one_line(name: str, text: str) -> None:
    with suppress(ConfigError):  # and nothing else
        read(MINIMAL | {name: text})


def test_each_setting_is_documented_with_its_default() -> None:
    text = (ROOT / "docs/verify.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `([A-Z_]+)` \| ([^|]*) \|", text, re.MULTILINE))
    assert set(rows) == set(DEFAULTS)
    for name, default in DEFAULTS.items():
        if default:
            assert rows[name].strip() == f"`{default}`", name


def test_the_compose_file_passes_every_setting_but_those_of_the_container() -> None:
    document = YAML(typ="safe").load((ROOT / "compose/verify.yml").read_text(encoding="utf-8"))
    passed = document["services"]["descope-auth"]["environment"]
    fixed = {"PORT", "BIND", "SESSION_SECRET", "COOKIE_INSECURE", "SHUTDOWN_GRACE"}
    assert set(passed) == set(DEFAULTS) - fixed
    assert document["services"]["descope-auth"]["stop_grace_period"] == "15s"
    assert float(DEFAULTS["SHUTDOWN_GRACE"]) < 15


def run(**environ: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if name not in DEFAULTS}
    return subprocess.run(
        [sys.executable, "-m", "verify_service"], cwd=ROOT, env=clean | environ, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip


def test_the_program_exits_with_2_and_one_line() -> None:
    done = run(DESCOPE_PROJECT_ID="P2x", SESSION_SECRET=SECRET)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "specter-verify: COOKIE_DOMAIN is not set\n"
