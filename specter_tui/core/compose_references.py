"""Which other files a service's configuration is read from: its `env_file`s, and the files that it `extends`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from specter_tui.core.labels.document import Document, found, parse
from specter_tui.core.labels.model import ComposeText
from specter_tui.core.text import visible

_SHOWN: Final = 200


class Extended(NamedTuple):
    """A service of another file (empty: of the same one) that a service takes its configuration from."""

    path: str
    service: str


class References(NamedTuple):
    """Absolute paths."""

    env_files: tuple[str, ...]
    extended: tuple[Extended, ...]


def references(text: ComposeText, service: str, folder: str) -> References:
    """What a service names in one file; relative paths begin in `folder`.

    Raises RefusedError for a path that only Compose can know: one with a variable, of a home folder, or a URL.
    """
    document = parse(text.path, text.text)
    services = found(document.root, "services")
    section = found(services, service) if services is not None else None
    if section is None:
        return References((), ())
    env_files = found(section, "env_file")
    extends = found(section, "extends")
    return References(
        tuple(_absolute(document, one, folder) for one in _paths(env_files)),
        (_extended(document, extends, folder),) if extends is not None else (),
    )


def _paths(node: Node | None) -> Iterator[ScalarNode]:
    """In short and in long syntax."""
    if isinstance(node, ScalarNode):
        yield node
    elif isinstance(node, SequenceNode):
        for one in node.value:
            yield from _paths(one)
    elif isinstance(node, MappingNode):
        yield from _paths(found(node, "path"))


def _extended(document: Document, node: Node, folder: str) -> Extended:
    if isinstance(node, ScalarNode):
        return Extended("", node.value)
    file, service = found(node, "file"), found(node, "service")
    path = _absolute(document, file, folder) if isinstance(file, ScalarNode) else ""
    return Extended(path, service.value if isinstance(service, ScalarNode) else "")


def _absolute(document: Document, node: ScalarNode, folder: str) -> str:
    text = str(node.value)
    plain = text.replace("$$", "")
    if "$" in plain or text.startswith("~") or "://" in text:
        shown = visible(text, _SHOWN)
        raise document.refused(f"nobody can tell whether {shown} can be trusted before Compose reads it", node)
    return _tidy(f"{folder}/{text}" if not text.startswith("/") else text)


def _tidy(path: str) -> str:
    """Without `.` and `..`, as Compose's own joining leaves it."""
    steps: list[str] = []
    for one in path.replace("$$", "$").split("/"):
        if one == "..":
            del steps[-1:]
        elif one not in {"", "."}:
            steps.append(one)
    return "/" + "/".join(steps)
