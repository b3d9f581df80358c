"""What may stand in a configuration file: derived from `core.settings`, so that the two cannot drift apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from specter_tui.core.secrets import Secret
from specter_tui.core.settings import (
    CloudflareSettings,
    ComposeSettings,
    DockerSettings,
    ProbeSettings,
    ProtectionSettings,
    RefreshSettings,
    Settings,
    TraefikSettings,
)

DataclassTable = (
    RefreshSettings
    | TraefikSettings
    | DockerSettings
    | CloudflareSettings
    | ProtectionSettings
    | ProbeSettings
    | ComposeSettings
)

Value = bool | int | float | str | tuple[str, ...] | Mapping[str, str] | Secret

TABLES: Final[Mapping[str, type[DataclassTable]]] = MappingProxyType(
    {
        "refresh": RefreshSettings,
        "traefik": TraefikSettings,
        "docker": DockerSettings,
        "cloudflare": CloudflareSettings,
        "protection": ProtectionSettings,
        "probe": ProbeSettings,
        "compose": ComposeSettings,
    }
)


class Kind(StrEnum):
    """The types a value can have, in the words of a message to a person."""

    BOOLEAN = "true or false"
    INTEGER = "a whole number"
    NUMBER = "a number"
    TEXT = "a text in quotes"
    TEXTS = "a list of texts"
    TABLE = 'a table of names and texts, such as { name = "text" }'


@dataclass(frozen=True, slots=True)
class Key:
    """One setting; `table` is empty for the keys at the top of the file."""

    table: str
    name: str
    kind: Kind
    default: Value

    @property
    def path(self) -> str:
        """The name as messages and `config show` write it: `traefik.api_url`."""
        return f"{self.table}.{self.name}" if self.table else self.name


def _kind(default: object) -> Kind:
    if isinstance(default, bool):
        return Kind.BOOLEAN
    if isinstance(default, int):
        return Kind.INTEGER
    if isinstance(default, float):
        return Kind.NUMBER
    if isinstance(default, tuple):
        return Kind.TEXTS
    return Kind.TABLE if isinstance(default, Mapping) else Kind.TEXT


def _keys_of(table: str, settings: Settings | DataclassTable) -> tuple[Key, ...]:
    values = ((field.name, getattr(settings, field.name)) for field in fields(settings))
    return tuple(
        Key(table, name, _kind(value), value)
        for name, value in values
        if not isinstance(value, Secret) and not is_dataclass(value)  # a secret never stands in the file
    )


# Every setting of a file, in the order of the documentation; `keys` is a table of free names at the top.
KEYS: Final[tuple[Key, ...]] = (
    *_keys_of("", Settings()),
    *(key for table, settings in TABLES.items() for key in _keys_of(table, settings())),
)

BY_TABLE: Final[Mapping[str, Mapping[str, Key]]] = MappingProxyType(
    {table: {key.name: key for key in KEYS if key.table == table} for table in ("", *TABLES)}
)
