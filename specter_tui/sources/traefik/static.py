"""What of the static configuration the API tells: entry points, and from 3.3 on the support dump."""

from __future__ import annotations

import io
import tarfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from specter_tui.core.model import EntryPoint
from specter_tui.sources.traefik.fields import Element, Problems, any_json
from specter_tui.sources.traefik.routing import tls_domains
from specter_tui.sources.traefik.shapes import TlsShape, repaired

_STATIC_FILE: Final = "static-config.json"
_UNPACKED_LIMIT: Final = 32 * 1024 * 1024  # the static configuration stands before the long runtime one
_FILE_LIMIT: Final = 8 * 1024 * 1024
_MOST_FILES: Final = 16  # Traefik packs three
_GZIP: Final = 31  # zlib's word for a gzip header and the largest window
_ACRONYMS: Final = {"http": "HTTP", "ecs": "ECS"}


@dataclass(frozen=True, slots=True)
class EntryPoints:
    """What `/api/entrypoints` says."""

    entry_points: tuple[EntryPoint, ...]
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StaticConfig:
    """What is known of the static configuration; empty values are not known."""

    providers: tuple[str, ...] = ()
    default_rule_syntax: str = ""
    durations: tuple[tuple[str, int], ...] = ()  # hours, of each certificate resolver
    resolvers: tuple[str, ...] = ()

    @property
    def certificates_duration(self) -> int:
        """The duration in hours that all resolvers share, else 0."""
        found = {hours for _, hours in self.durations}
        return found.pop() if len(found) == 1 else 0


def decode_entry_points(document: Sequence[object]) -> EntryPoints:
    """All entry points, sorted by name."""
    problems = Problems()
    found = [_entry_point(raw, problems) for raw in document]
    return EntryPoints(tuple(sorted(found, key=lambda one: one.name)), problems.sentences())


def _entry_point(raw: object, problems: Problems) -> EntryPoint:
    name = raw.get("name") if isinstance(raw, dict) else None
    element = Element(f"entry point {name}" if isinstance(name, str) else "an entry point", raw, problems)
    nothing = Element("", None, problems)
    http = element.child("http") or nothing
    tls = http.child("tls")
    shape = repaired(TlsShape, tls or nothing)
    redirect = (http.child("redirections") or nothing).child("entryPoint") or nothing
    forwarded = element.child("forwardedHeaders") or nothing
    return EntryPoint(
        name=element.text("name"),
        address=element.text("address"),
        middlewares=http.texts("middlewares"),
        tls=tls is not None,
        cert_resolver=shape.cert_resolver,
        tls_domains=tls_domains(shape),
        redirect_to=redirect.text("to"),
        redirect_scheme=redirect.text("scheme"),
        trusted_ips=forwarded.texts("trustedIPs"),
        insecure_forwarded=forwarded.flag("insecure"),
    )


def decode_overview(document: Mapping[str, object]) -> StaticConfig:
    """The providers' names out of `/api/overview`: all that it says of the static configuration."""
    return StaticConfig(providers=Element("the overview", document, Problems()).texts("providers"))


def decode_support_dump(packed: bytes) -> StaticConfig | None:
    """What the support dump (tar.gz) tells of the static configuration; None when it can't be read.

    Bounded: at most 32 MiB are unpacked and 16 files looked at, whatever the archive claims to hold.
    """
    text = _static_file(packed)
    try:
        document = any_json(text) if text else None
    except (ValueError, RecursionError):
        return None
    return _static_config(Element("the support dump", document, Problems())) if isinstance(document, dict) else None


def _static_file(packed: bytes) -> bytes:
    try:
        unpacked = zlib.decompressobj(wbits=_GZIP).decompress(packed, _UNPACKED_LIMIT)
        with tarfile.open(fileobj=io.BytesIO(unpacked), mode="r:") as archive:
            for _ in range(_MOST_FILES):
                member = archive.next()
                if member is None:
                    break
                if member.name == _STATIC_FILE and member.isreg() and not member.issparse():
                    content = archive.extractfile(member)
                    return content.read(_FILE_LIMIT) if content and member.size <= _FILE_LIMIT else b""
    except (zlib.error, tarfile.TarError, ValueError, OSError, EOFError, OverflowError, RecursionError):
        return b""
    return b""


def _static_config(static: Element) -> StaticConfig:
    resolvers = static.child("certificatesResolvers")
    names = sorted(resolvers.sections(())) if resolvers else []
    hours = [(name, _duration(resolvers.child(name))) for name in names] if resolvers else []
    core = static.child("core")
    return StaticConfig(
        providers=_providers(static.child("providers")),
        default_rule_syntax=core.text("defaultRuleSyntax") if core else "",
        durations=tuple((name, number) for name, number in hours if number > 0),
        resolvers=tuple(names),
    )


def _duration(resolver: Element | None) -> int:
    acme = resolver.child("acme") if resolver else None
    return acme.number("certificatesDuration") if acme else 0


def _providers(section: Element | None) -> tuple[str, ...]:
    """The names as `/api/overview` writes them: those of Traefik's own structure, so file is File."""
    sections = section.sections(()) if section else {}
    plugins = sections.pop("plugin", {})
    named = [_ACRONYMS.get(key, key[:1].upper() + key[1:]) for key in sections]
    named += [f"plugin-{key}" for key in plugins] if isinstance(plugins, dict) else []
    return tuple(sorted(named))
