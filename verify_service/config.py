"""The settings: all from the environment, checked before anything starts.

docs/verify.md lists them. A variable that is empty counts as not set; one that can't be used stops the program with one
line that names it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from verify_service import values
from verify_service.errors import ConfigError, PolicyError
from verify_service.request.policy import Policy, chosen, parse_default
from verify_service.secret import Secret
from verify_service.site import Site, parse_authority

T = TypeVar("T")

PROXIES: Final = "127.0.0.0/8,::1/128,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fc00::/7"
LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything an operator can choose; durations are in seconds."""

    project_id: str
    secrets: tuple[Secret, ...]
    site: Site
    port: int
    bind: str
    metrics_port: int
    default_policy: Policy
    policy_chosen: bool
    base_uri: str  # empty: the SDK derives it from the project's id
    flow_id: str
    descope_timeout: float
    session_ttl: int
    session_max: int
    silent_refresh: bool
    bearer: bool
    algorithms: tuple[str, ...]
    trusted_proxies: tuple[values.Network, ...]
    jwks_refresh: int
    cache_ttl: int
    cache_size: int
    login_rate: values.Rate
    log_level: str
    log_json: bool
    shutdown_grace: float


DEFAULTS: Final[Mapping[str, str]] = {
    "DESCOPE_PROJECT_ID": "",
    "SESSION_SECRET": "",
    "SESSION_SECRET_FILE": "",
    "COOKIE_DOMAIN": "",
    "AUTH_HOST": "",
    "PORT": "3000",
    "BIND": "0.0.0.0",  # noqa: S104  in its container; Traefik alone reaches it, and TRUSTED_PROXIES checks that
    "METRICS_PORT": "0",
    "DEFAULT_POLICY": "",
    "DESCOPE_BASE_URI": "",
    "DESCOPE_FLOW_ID": "sign-in",
    "DESCOPE_TIMEOUT": "5",
    "SESSION_TTL": "3600",
    "SESSION_MAX": "43200",
    "REFRESH_MODE": "redirect",
    "BEARER_ENABLED": "false",
    "ALLOWED_ALGS": "RS256,ES256,ES384",
    "TRUSTED_PROXIES": PROXIES,
    "PUBLIC_PORTS": "443",
    "COOKIE_INSECURE": "false",
    "JWKS_REFRESH": "600",
    "CACHE_TTL": "60",
    "CACHE_SIZE": "10000",
    "LOGIN_RATE": "20/min",
    "LOG_LEVEL": "INFO",
    "LOG_FORMAT": "json",
    "SHUTDOWN_GRACE": "10",
}


def read(environ: Mapping[str, str]) -> Settings:
    """The settings of an environment; ConfigError names the variable that is missing or wrong."""
    reader = _Reader(environ)
    site = _site(reader)
    settings = Settings(
        project_id=reader.required("DESCOPE_PROJECT_ID", values.matching(r"[A-Za-z0-9_-]{1,64}", "a project's id")),
        secrets=_secrets(reader),
        site=site,
        port=reader.one("PORT", values.integer(1, 65535)),
        bind=reader.one("BIND", values.matching(r"[0-9a-fA-F.:]+|localhost", "an address")),
        metrics_port=reader.one("METRICS_PORT", values.integer(0, 65535)),
        default_policy=_policy(reader),
        policy_chosen=chosen(reader.text("DEFAULT_POLICY")),
        base_uri=_base_uri(reader, site),
        flow_id=reader.one("DESCOPE_FLOW_ID", values.matching(r"[A-Za-z0-9_-]{1,128}", "a flow's id")),
        descope_timeout=reader.one("DESCOPE_TIMEOUT", values.number(0.1, 30)),
        session_ttl=reader.one("SESSION_TTL", values.integer(1, 86400)),
        session_max=reader.one("SESSION_MAX", values.integer(1, 2592000)),
        silent_refresh=reader.one("REFRESH_MODE", values.choice("redirect", "off")) == "redirect",
        bearer=reader.one("BEARER_ENABLED", values.boolean),
        algorithms=reader.one("ALLOWED_ALGS", values.algorithms),
        trusted_proxies=reader.one("TRUSTED_PROXIES", values.networks),
        jwks_refresh=reader.one("JWKS_REFRESH", values.integer(1, 86400)),
        cache_ttl=reader.one("CACHE_TTL", values.integer(0, 3600)),
        cache_size=reader.one("CACHE_SIZE", values.integer(1, 1000000)),
        login_rate=reader.one("LOGIN_RATE", values.rate),
        log_level=reader.one("LOG_LEVEL", values.choice(*LEVELS)),
        log_json=reader.one("LOG_FORMAT", values.choice("json", "console")) == "json",
        shutdown_grace=reader.one("SHUTDOWN_GRACE", values.number(0, 600)),
    )
    if settings.metrics_port == settings.port:
        raise ConfigError("METRICS_PORT", "is the same as PORT; metrics need a port that Traefik does not publish")
    if settings.session_max < settings.session_ttl:
        raise ConfigError("SESSION_MAX", "is shorter than SESSION_TTL")
    return settings


class _Reader:
    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def text(self, name: str) -> str:
        """The variable's text, or its default's."""
        return self._environ.get(name, "").strip() or DEFAULTS[name]

    def one(self, name: str, read_value: Callable[[str], T]) -> T:
        """The variable's value."""
        try:
            return read_value(self.text(name))
        except ValueError as error:
            raise ConfigError(name, str(error)) from error

    def required(self, name: str, read_value: Callable[[str], T]) -> T:
        """The value of a variable without a default."""
        if not self.text(name):
            raise ConfigError(name, "is not set")
        return self.one(name, read_value)


def _secrets(reader: _Reader) -> tuple[Secret, ...]:
    path = reader.text("SESSION_SECRET_FILE")
    if not path:
        return reader.required("SESSION_SECRET", values.secrets)
    if reader.text("SESSION_SECRET"):
        raise ConfigError("SESSION_SECRET", "is set beside SESSION_SECRET_FILE; keep one of them")
    try:
        text = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        raise ConfigError("SESSION_SECRET_FILE", f"can't be read: {reason}") from error
    try:
        return values.secrets(text)
    except ValueError as error:
        raise ConfigError("SESSION_SECRET_FILE", str(error)) from error


def _site(reader: _Reader) -> Site:
    domain = reader.required("COOKIE_DOMAIN", values.cookie_domain)
    insecure = reader.one("COOKIE_INSECURE", values.boolean)
    if insecure and not values.for_development(domain):
        raise ConfigError("COOKIE_INSECURE", "is only possible where COOKIE_DOMAIN ends in .localhost or .test")
    ports = reader.one("PUBLIC_PORTS", values.ports)
    authority = parse_authority(reader.text("AUTH_HOST") or f"auth.{domain}")
    if authority is None:
        raise ConfigError("AUTH_HOST", "is no host name")
    site = Site(domain, str(authority), ports, insecure)
    if not site.covers(authority.host):
        raise ConfigError("AUTH_HOST", "is not under COOKIE_DOMAIN, so that no cookie of it would reach the site")
    if authority.port is not None and authority.port not in ports:
        raise ConfigError("AUTH_HOST", "names a port that is not one of PUBLIC_PORTS")
    return site


def _policy(reader: _Reader) -> Policy:
    text = reader.text("DEFAULT_POLICY")
    try:
        return parse_default(text) if text else Policy()
    except PolicyError as error:
        raise ConfigError("DEFAULT_POLICY", f"can't be read: {error}") from error


def _base_uri(reader: _Reader, site: Site) -> str:
    text = reader.text("DESCOPE_BASE_URI")
    if not text:
        return ""
    address = reader.one("DESCOPE_BASE_URI", values.base_url)
    if address.startswith("http://") and not values.for_development(site.cookie_domain):
        raise ConfigError("DESCOPE_BASE_URI", "needs https, since tokens go there")
    return address
