"""The shapes of routers and services in `/api/rawdata`, of which there are thousands, and how one is read.

Each is decoded in one step where it is what Traefik writes. What is not is read value by value, as far as it goes, into
the same shape: the keys and types are written down once, here. The tests hold both ways to give the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final, TypeVar, get_args

import msgspec

from specter_tui.sources.traefik.fields import Element

_Shape = TypeVar("_Shape", bound="Shape")


class Shape(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """A JSON object, other keys ignored; Traefik leaves out what is empty."""


class DomainShape(Shape, frozen=True):
    """One entry of `tls.domains`."""

    main: str = ""
    sans: tuple[str, ...] = ()


class TlsShape(Shape, frozen=True):
    """The `tls` section of a router or entry point."""

    options: str = ""
    cert_resolver: str = ""
    domains: tuple[DomainShape, ...] = ()
    passthrough: bool = False


class RouterShape(Shape, frozen=True):
    """A router."""

    status: str = ""
    error: tuple[str, ...] = ()
    rule: str = ""
    service: str = ""
    using: tuple[str, ...] = ()
    entry_points: tuple[str, ...] = ()
    middlewares: tuple[str, ...] = ()
    priority: int = 0
    rule_syntax: str = ""
    tls: TlsShape | None = None
    parent_refs: tuple[str, ...] = ()


class ServerShape(Shape, frozen=True):
    """A server: a URL for HTTP, an address for TCP and UDP."""

    url: str = ""
    address: str = ""


class BalancerShape(Shape, frozen=True):
    """The `loadBalancer` section; without a health check Traefik says UP for every server."""

    servers: tuple[ServerShape, ...] = ()
    health_check: Any = None  # of whatever type


class ChildShape(Shape, frozen=True):
    """A service within another one."""

    name: str = ""


class WeightedShape(Shape, frozen=True):
    """The `weighted` and `highestRandomWeight` sections."""

    services: tuple[ChildShape, ...] = ()


class MirroringShape(Shape, frozen=True):
    """The `mirroring` section."""

    service: str = ""
    mirrors: tuple[ChildShape, ...] = ()


class FailoverShape(Shape, frozen=True):
    """The `failover` section."""

    service: str = ""
    fallback: str = ""


class ServiceShape(Shape, frozen=True):
    """A service; its sections are its types."""

    status: str = ""
    error: tuple[str, ...] = ()
    middlewares: tuple[str, ...] = ()
    load_balancer: BalancerShape | None = None
    server_status: dict[str, str] = {}
    weighted: WeightedShape | None = None
    highest_random_weight: WeightedShape | None = None
    mirroring: MirroringShape | None = None
    failover: FailoverShape | None = None


def decode_shape(kind: type[_Shape], raw: msgspec.Raw) -> _Shape | None:
    """The shape out of its JSON text, None where something in it is of another type.

    Traefik leaves out what is empty, so a null counts as one too.
    """
    decoder: msgspec.json.Decoder[_Shape] = _decoder(kind)
    try:
        return decoder.decode(raw)
    except (msgspec.DecodeError, RecursionError):
        return None


@cache
def _decoder(kind: type[_Shape]) -> msgspec.json.Decoder[_Shape]:
    return msgspec.json.Decoder(kind)


def repaired(kind: type[_Shape], raw: Element) -> _Shape:
    """What of an object can be read into a shape; wrong types are noted and left empty."""
    return kind(**{name: _value(raw, key, wanted) for name, key, wanted in _fields(kind)})


@cache
def _fields(kind: type[Shape]) -> tuple[tuple[str, str, object], ...]:
    return tuple((one.name, one.encode_name, one.type) for one in msgspec.structs.fields(kind))


def _value(raw: Element, key: str, wanted: object) -> object:
    read = _PLAIN.get(wanted)
    if read is not None:
        return read(raw, key)
    inner = next(one for one in get_args(wanted) if isinstance(one, type) and issubclass(one, Shape))
    if wanted == inner | None:
        child = raw.child(key)
        return repaired(inner, child) if child else None
    return tuple([repaired(inner, one) for one in raw.children(key)])


_PLAIN: Final[Mapping[object, Callable[[Element, str], object]]] = {
    str: Element.text,
    int: Element.number,
    bool: Element.flag,
    tuple[str, ...]: Element.texts,
    dict[str, str]: Element.texts_by_name,
    Any: Element.value,
}
