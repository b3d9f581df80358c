"""Any object of the model as JSON text, its field names kept; the model holds no secrets."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from datetime import datetime


def raw_json(**parts: object) -> str:
    """A document with one member a keyword, in ASCII: what a label holds can neither move nor hide anything."""
    return json.dumps({name: _tree(part) for name, part in parts.items()}, indent=2, ensure_ascii=True)


def _tree(value: object) -> object:
    if isinstance(value, str):
        return str(value)
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): _tree(one) for key, one in value.items()}
    if names := _fields(value):
        return {name: _tree(getattr(value, name)) for name in names}
    if isinstance(value, tuple | list | frozenset):
        return [_tree(one) for one in value]
    return str(value)


def _fields(value: object) -> tuple[str, ...]:
    """The names of a record's fields, whichever kind of record it is; none for anything else."""
    if dataclasses.is_dataclass(value):
        return tuple(one.name for one in dataclasses.fields(value))
    return tuple(getattr(value, "_fields", getattr(value, "__struct_fields__", ())))
