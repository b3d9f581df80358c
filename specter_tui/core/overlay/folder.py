"""Whether the other files of Traefik's dynamic folder can be loaded, as far as their syntax tells."""

from __future__ import annotations

import tomllib

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from specter_tui.core.text import visible

_SHOWN = 200


def unloadable(name: str, content: bytes) -> str:
    """Why Traefik would refuse the file, and with it the whole folder; empty when nothing speaks against it.

    A file with template actions is left to Traefik: what it becomes, only Traefik knows.
    """
    try:
        text = content.decode()
        if "{{" in text:
            return ""
        document = tomllib.loads(text) if name.lower().endswith(".toml") else YAML(typ="safe", pure=True).load(text)
    except (YAMLError, ValueError, RecursionError) as error:
        first = str(error).strip().splitlines() or [type(error).__name__]
        return f"{visible(name, _SHOWN)} can't be loaded: {visible(first[0], _SHOWN)}"
    if document is not None and not isinstance(document, dict):
        return f"{visible(name, _SHOWN)} can't be loaded: it is no mapping"
    return ""
