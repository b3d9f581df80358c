"""Any object of the model as JSON or YAML text, its field names kept; the model holds no secrets."""

from __future__ import annotations

import dataclasses
import io
import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final

_NEVER_FOLDED: Final = 1 << 20  # cells; the page wraps
_BARE: Final = re.compile(r"[A-Za-z/][\w ./@-]*[\w./@-]|[A-Za-z]", re.ASCII)
_NO_TEXT: Final = frozenset({"true", "false", "yes", "no", "on", "off", "y", "n", "null"})  # YAML 1.1's and 1.2's


def raw_json(**parts: object) -> str:
    """A document with one member a keyword, in ASCII: what a label holds can neither move nor hide anything."""
    return json.dumps({name: _tree(part) for name, part in parts.items()}, indent=2, ensure_ascii=True)


def as_yaml(document: str) -> str:
    """The JSON text as YAML, in ASCII too, so that what a label holds stays one quoted text."""
    from ruamel.yaml import YAML  # loaded with the first page of YAML
    from ruamel.yaml.representer import SafeRepresenter

    class Careful(SafeRepresenter):
        """Leaves quotes off only where every version of YAML reads a text."""

    def text_node(careful: Careful, text: str) -> object:
        bare = _BARE.fullmatch(text) is not None and text.lower() not in _NO_TEXT
        return careful.represent_scalar("tag:yaml.org,2002:str", text, style=None if bare else '"')

    Careful.add_representer(str, text_node)
    yaml = YAML(typ="safe", pure=True)
    yaml.Representer = Careful
    yaml.default_flow_style = False
    yaml.allow_unicode = False
    yaml.width = _NEVER_FOLDED
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]  # ruamel.yaml declares it as None alone
    text = io.StringIO()
    yaml.dump(json.loads(document), text)
    return text.getvalue()


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
