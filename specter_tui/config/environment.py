"""What the environment says, in the shape of a configuration layer; an empty variable says nothing."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from specter_tui.config.checks import problem
from specter_tui.config.schema import BY_TABLE, Key, Kind, Value
from specter_tui.core.errors import ConfigError
from specter_tui.core.secrets import Secret

CONFIG_FILE: Final = "SPECTER_CONFIG"
TOKENS: Final = ("CLOUDFLARE_API_TOKEN", "CF_DNS_API_TOKEN")  # the first that is set; both for reading only

VARIABLES: Final[Mapping[str, Key]] = MappingProxyType(
    {
        "SPECTER_TRAEFIK_API_URL": BY_TABLE["traefik"]["api_url"],
        "SPECTER_TRAEFIK_DYNAMIC_DIR": BY_TABLE["traefik"]["dynamic_dir"],
        "SPECTER_TRAEFIK_ACME_FILES": BY_TABLE["traefik"]["acme_files"],
        "SPECTER_DOCKER_HOST": BY_TABLE["docker"]["host"],
        "SPECTER_READ_ONLY": BY_TABLE[""]["read_only"],
        "CLOUDFLARE_BASE_URL": BY_TABLE["cloudflare"]["base_url"],
    }
)
_BOOLEANS: Final = {
    "1": True,
    "true": True,
    "yes": True,
    "on": True,
    "0": False,
    "false": False,
    "no": False,
    "off": False,
}


def read(environ: Mapping[str, str]) -> dict[str, tuple[Value, str]]:
    """Each setting that the environment gives, with the variable's name; ConfigError names a wrong variable."""
    layer = {key.path: (_value(name, key, environ[name]), name) for name, key in VARIABLES.items() if environ.get(name)}
    token = next((name for name in TOKENS if environ.get(name)), "")
    if token:
        layer["cloudflare.token"] = (Secret(environ[token]), token)
    return layer


def _value(name: str, key: Key, text: str) -> Value:
    value = _convert(name, key.kind, text)
    wrong = problem(key, value)
    if wrong:
        message = f"{name} {wrong}"
        raise ConfigError(message, f"correct it or unset it; it sets {key.path}")
    return value


def _convert(name: str, kind: Kind, text: str) -> Value:
    if kind is Kind.TEXTS:
        return tuple(part for part in text.split(":") if part)
    if kind is not Kind.BOOLEAN:
        return text
    value = _BOOLEANS.get(text.lower())
    if value is None:
        message = f"{name} must be 1 or 0"
        raise ConfigError(message, "correct it or unset it")
    return value
