"""`config show` and `config check`."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from specter_tui.cli.exit_codes import ExitCode
from specter_tui.cli.output import Output
from specter_tui.config import LoadedConfig
from specter_tui.config.schema import Value
from specter_tui.core.errors import ConfigError, SourceError
from specter_tui.core.secrets import MASK, Secret
from specter_tui.core.text import visible

_SHOWN: Final = 200  # characters of a value
# What Traefik's and Cloudflare's readers open: a person named it, so a missing one is an error.
_FILES: Final = ("traefik.password_file", "traefik.ca_file", "cloudflare.token_file", "cloudflare.write_token_file")


def show(args: argparse.Namespace, config: LoadedConfig, output: Output) -> int:
    """Writes every setting with its value and where it comes from."""
    if args.json:
        output.json(_document(config))
        return ExitCode.OK
    output.line(_headline(config))
    output.line()
    rows = [(path, _shown(value), visible(origin)) for path, value, origin in config.rows()]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    for path, value, origin in rows:
        output.line(f"{path:<{widths[0]}}  {value:<{min(widths[1], 48)}}  {origin}")
    return ExitCode.OK


def check(_args: argparse.Namespace, config: LoadedConfig, output: Output) -> int:
    """Writes what each source would be; ConfigError when a file that a setting names cannot be read."""
    for path in _FILES:
        name = next(str(value) for key, value, _ in config.rows() if key == path)
        if name:
            _refuse_unreadable(path, name)
    output.line(_headline(config))
    for source, sentence in _sources(config).items():
        output.line(f"{source:<10}  {visible(sentence, 1000)}")
    return ExitCode.OK


def _headline(config: LoadedConfig) -> str:
    contexts = f"; contexts: {', '.join(config.contexts)}" if config.contexts else ""
    return f"configuration: {visible(config.path) or 'no file, the defaults'} (context {config.context}{contexts})"


def _document(config: LoadedConfig) -> dict[str, object]:
    """`config show --json`: nothing is read for it, so it tells of no source and no moment."""
    from specter_tui.core.export import SCHEMA_VERSION

    settings = {path: {"value": _plain(value), "origin": origin} for path, value, origin in config.rows()}
    return {
        "schema_version": SCHEMA_VERSION,
        "path": config.path or None,
        "context": config.context,
        "contexts": list(config.contexts),
        "settings": settings,
    }


def _plain(value: Value) -> object:
    if isinstance(value, Secret):
        return MASK
    return dict(value) if isinstance(value, Mapping) else value


def _shown(value: object) -> str:
    if isinstance(value, Secret):
        return MASK
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        text = ", ".join(map(str, value))
    elif isinstance(value, Mapping):
        text = ", ".join(f"{name} = {item}" for name, item in value.items())
    else:
        text = f"{value:g}" if isinstance(value, float) else str(value)
    return visible(text, _SHOWN) or "(empty)"


def _refuse_unreadable(setting: str, name: str) -> None:
    try:
        with Path(name).open("rb"):
            return
    except OSError as error:
        message = f"{setting} names {visible(name, _SHOWN)}, which cannot be read: {error.strerror}"
        raise ConfigError(message, "correct the path, or the file's owner and mode") from None


def _sources(config: LoadedConfig) -> dict[str, str]:
    settings = config.settings
    return {
        "traefik": settings.traefik.api_url or "off: traefik.api_url is empty",
        "docker": _docker(config),
        "acme": "; ".join(map(_acme, settings.traefik.acme_files)) or "off: traefik.acme_files is empty",
        "cloudflare": _cloudflare(config),
        "probe": "with --probe and in the dashboard" if settings.probe.enabled else "off: probe.enabled is false",
    }


def _cloudflare(config: LoadedConfig) -> str:
    settings = config.settings.cloudflare
    if settings.token:
        return f"the token of {config.origins.get('cloudflare.token', 'env').removeprefix('env:')}"
    return settings.token_file or "off: no cloudflare.token_file, and no CLOUDFLARE_API_TOKEN"


def _docker(config: LoadedConfig) -> str:
    from specter_tui.sources.docker_host import locate

    try:
        address = locate(config.settings.docker, os.environ)
    except SourceError as error:
        return f"off: {error.sentence()}"
    return f"{address.shown} (another machine)" if address.remote else address.shown


def _acme(name: str) -> str:
    try:
        with Path(name).open("rb"):
            return name
    except FileNotFoundError:
        return f"{name} (not there)"
    except OSError as error:
        return f"{name} (cannot be read: {error.strerror})"
