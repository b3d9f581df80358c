"""Finds the configuration file, lays environment and flags over it, and gives the settings of one context."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from specter_tui.config import environment
from specter_tui.config.document import DEFAULT_CONTEXT, Document, parse
from specter_tui.config.safety import refuse_unsafe
from specter_tui.config.schema import KEYS, TABLES, Kind, Value
from specter_tui.core.engine import is_remote_engine
from specter_tui.core.errors import ConfigError
from specter_tui.core.settings import Settings
from specter_tui.core.text import visible

SYSTEM_FILE: Final = "/etc/specter/config.toml"
_MAX_BYTES: Final = 1_000_000
_EMPTY: Final[Mapping[Kind, Value]] = {Kind.TEXT: "", Kind.TEXTS: (), Kind.INTEGER: 0, Kind.TABLE: {}}
_PATHS: Final = (
    "traefik.password_file",
    "traefik.ca_file",
    "traefik.dynamic_dir",
    "traefik.acme_files",
    "traefik.log_file",
    "cloudflare.token_file",
    "cloudflare.write_token_file",
    "compose.dir",
)


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says about the configuration; empty: it says nothing."""

    config: str = ""
    context: str = ""
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class LoadedConfig:
    """The settings of one context, and where each value came from.

    `origins` maps `traefik.api_url` to `default`, `file:PATH`, `file:PATH [contexts.NAME]`, `env:NAME` or `flag:NAME`.
    """

    settings: Settings = field(default_factory=Settings)
    context: str = DEFAULT_CONTEXT
    path: str = ""  # the file that was read; empty when there is none
    contexts: tuple[str, ...] = ()  # the names that --context takes
    origins: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def given(self, path: str) -> bool:
        """Whether somebody set this key, rather than nobody: discovery fills only what nobody set."""
        return not self.origins.get(path, "default").startswith("default")

    def rows(self) -> tuple[tuple[str, Value, str], ...]:
        """Every key with its value and origin, in the documentation's order; a secret is a `Secret`."""
        paths = [key.path for key in KEYS]
        if self.settings.cloudflare.token:
            paths.append("cloudflare.token")
        return tuple((path, _get(self.settings, path), self.origins.get(path, "default")) for path in paths)


def load(options: Options, environ: Mapping[str, str], *, root: bool | None = None) -> LoadedConfig:
    """The settings for `options`; ConfigError for anything that is wrong, missing by name, or unsafe as root.

    `root` is whether this process is root's; it is looked up when not given.
    """
    as_root = os.geteuid() == 0 if root is None else root
    path = find_file(options, environ, root=as_root)
    document = parse(path, _read(path, root=as_root)) if path else Document("", {}, {})
    layers = _layers(document, options, environ)
    settings, origins = _merge(layers, environ)
    if as_root:
        refuse_unsafe(settings.compose.dir, "compose.dir")
        if settings.traefik.dynamic_dir:
            refuse_unsafe(settings.traefik.dynamic_dir, "traefik.dynamic_dir")
    context = options.context or DEFAULT_CONTEXT
    return LoadedConfig(settings, context, path, tuple(document.contexts), MappingProxyType(origins))


def find_file(options: Options, environ: Mapping[str, str], *, root: bool) -> str:
    """The file to read: the one that is named, else the first that exists, else none (empty)."""
    named = named_file(options, environ)
    if named:
        return named
    return next((path for path in candidates(environ, root=root) if _exists(path)), "")


def named_file(options: Options, environ: Mapping[str, str]) -> str:
    """The file that the flag or SPECTER_CONFIG names; empty when neither does."""
    return options.config or environ.get(environment.CONFIG_FILE, "")


def candidates(environ: Mapping[str, str], *, root: bool) -> tuple[str, ...]:
    """Where a file is looked for, in order; root trusts no folder that a variable names."""
    if root:
        return (SYSTEM_FILE,)
    folder = environ.get("XDG_CONFIG_HOME", "")
    if not folder.startswith("/"):  # the XDG specification: a relative path is ignored
        home = environ.get("HOME", "")
        folder = f"{home}/.config" if home else ""
    return (f"{folder}/specter/config.toml", SYSTEM_FILE) if folder else (SYSTEM_FILE,)


def _exists(path: str) -> bool:
    try:
        Path(path).stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from None
    return True


def _read(path: str, *, root: bool) -> str:
    if root:
        refuse_unsafe(path, "the configuration file")
    try:
        if not Path(path).is_file() and Path(path).exists():
            message = f"{visible(path)} is not a file"
            raise ConfigError(message, "name a TOML file")
        with Path(path).open("rb") as stream:
            content = stream.read(_MAX_BYTES + 1)
        if len(content) > _MAX_BYTES:
            message = f"{visible(path)} is larger than {_MAX_BYTES} bytes"
            raise ConfigError(message, "is that a configuration file?")
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        message = f"{visible(path)}: byte {error.start} is not UTF-8"
        raise ConfigError(message, "save the file as UTF-8") from None
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from None


def _unreadable(path: str, error: OSError | ValueError) -> ConfigError:
    why = error.strerror if isinstance(error, OSError) and error.strerror else "that is no path"
    missing = isinstance(error, FileNotFoundError)
    remedy = (
        "name a file that exists, or write one with: specter-tui config init" if missing else "check its owner and mode"
    )
    return ConfigError(f"the configuration file {visible(path)} cannot be read: {why}", remedy)


Layer = dict[str, tuple[Value, str]]  # "traefik.api_url" -> (value, origin)


def _layers(document: Document, options: Options, environ: Mapping[str, str]) -> list[Layer]:
    """From the weakest to the strongest."""
    origin = f"file:{document.path}"
    outer = {path: (value, origin) for path, value in document.base.items()}
    inner: Layer = {}
    if options.context:
        if options.context not in document.contexts:
            raise _no_context(options.context, document)
        origin = f"{origin} [contexts.{options.context}]"
        inner = {path: (value, origin) for path, value in document.contexts[options.context].items()}
    over = {path: (value, f"env:{name}") for path, (value, name) in environment.read(environ).items()}
    if options.read_only:
        over["read_only"] = (True, "flag:--read-only")
    layers = [_defaults(), outer, inner, over]
    host = str(_top(layers, "docker.host"))
    if options.context and is_remote_engine(host):
        layers[:2] = _without_this_machine(layers[:2], options.context)
    return layers


def _no_context(name: str, document: Document) -> ConfigError:
    known = ", ".join(document.contexts)
    remedy = (
        f"it has {known}"
        if known
        else "--context takes the NAME of a [contexts.NAME.docker] table, never a docker context"
    )
    return ConfigError(f"{document.path or 'no configuration file'}: there is no context {visible(name, 60)}", remedy)


def _defaults() -> Layer:
    return {key.path: (key.default, "default") for key in KEYS}


def _without_this_machine(layers: list[Layer], context: str) -> list[Layer]:
    """The outer layers less what they say about this machine's Traefik.

    Containers of another machine joined to the routes, certificates or addresses of this one would be a lie.
    """
    kept: Layer = {}
    for layer in layers:
        kept |= {path: pair for path, pair in layer.items() if not path.startswith(("traefik.", "probe.addresses"))}
    origin = f"default (the Docker of {context} is remote)"
    emptied: Layer = {
        key.path: (_EMPTY[key.kind], origin) for key in KEYS if key.path.startswith(("traefik.", "probe.addresses"))
    }
    return [kept, emptied]


def _top(layers: list[Layer], path: str) -> Value:
    return next(layer[path][0] for layer in reversed(layers) if path in layer)


def _merge(layers: list[Layer], environ: Mapping[str, str]) -> tuple[Settings, dict[str, str]]:
    merged: Layer = {}
    for layer in layers:
        merged |= layer
    home = environ.get("HOME", "")
    values = {path: _with_home(value, home) if path in _PATHS else value for path, (value, _) in merged.items()}
    return _settings(values), {path: origin for path, (_, origin) in merged.items()}


def _with_home(value: Value, home: str) -> Value:
    if isinstance(value, tuple):
        return tuple(str(_with_home(item, home)) for item in value)
    return f"{home}{value[1:]}" if isinstance(value, str) and value.startswith("~/") and home else value


def _settings(values: Mapping[str, Value]) -> Settings:
    tables: dict[str, dict[str, Any]] = {table: {} for table in ("", *TABLES)}
    for path, value in values.items():
        table, _, name = path.rpartition(".")
        tables[table][name] = MappingProxyType(value) if isinstance(value, dict) else value
    built: dict[str, Any] = {name: kind(**tables[name]) for name, kind in TABLES.items()}
    return Settings(**tables[""], **built)


def _get(settings: Settings, path: str) -> Value:
    table, _, name = path.rpartition(".")
    value: Value = getattr(getattr(settings, table) if table else settings, name)
    return value
