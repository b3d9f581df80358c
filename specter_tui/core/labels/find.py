"""Where a service's labels stand in a compose file, in list and in map syntax."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from specter_tui.core.labels.document import Document, inherits, is_merge, own


class Label(NamedTuple):
    """One label as a file has it; `key` and `value` are the same node in list syntax (`name=value`)."""

    name: str  # as Compose reads it
    text: str  # as written: `$$` for a dollar, `${...}` for a variable
    key: ScalarNode
    value: Node


class Labels(NamedTuple):
    """The labels of one service in one file; `node` is None where the service has none of its own."""

    document: Document
    service: str
    section: MappingNode  # the service's own mapping
    node: MappingNode | SequenceNode | None

    @property
    def is_list(self) -> bool:
        """Whether they are written as `- name=value`."""
        return isinstance(self.node, SequenceNode)

    def each(self) -> Iterator[Label]:
        """The labels that stand there themselves, in their order; not those of a merge key."""
        if isinstance(self.node, SequenceNode):
            for item in self.node.value:
                yield self._of_item(item)
        elif self.node is not None:
            for key, value in self.node.value:
                if not isinstance(key, ScalarNode):
                    raise self.document.refused("a label's name is not text", key)
                if not is_merge(key):
                    yield Label(key.value, value.value if isinstance(value, ScalarNode) else "", key, value)

    def _of_item(self, item: Node) -> Label:
        if not isinstance(item, ScalarNode):
            raise self.document.refused("a label is not text", item)
        name, _, text = item.value.partition("=")
        return Label(name.replace("$$", "$"), text, item, item)  # Compose replaces variables in the whole item

    def find(self, name: str) -> Label | None:
        """The label of this name, whichever case it is in, as Traefik reads it. Raises RefusedError for two."""
        found = [one for one in self.each() if one.name.casefold() == name.casefold()]
        if len(found) > 1:
            raise self.document.refused(f"the label {found[0].name} stands there twice", found[1].key)
        return found[0] if found else None


def labels_of(document: Document, service: str) -> Labels | None:
    """The service's labels in this file; None when the file does not define the service.

    Raises RefusedError where an edit here would change more than this service.
    """
    services = own(document.root, "services")
    section = own(services, service) if services is not None else None
    if services is None or section is None:
        if services is not None and inherits(services, service):
            raise document.refused("the service comes in by a merge key (<<)", services)
        return None
    if not isinstance(section, MappingNode):
        if isinstance(section, ScalarNode) and not section.value:
            return None  # `web:` alone adds nothing to another file's
        raise document.refused("the service is not a mapping", section)
    node = own(section, "labels")
    for one in (services, section, node):
        if one is not None and document.is_shared(one):
            raise document.refused("its labels come from an anchor that is used elsewhere too", one)
        if one is not None and not (one.tag or "").startswith("tag:yaml.org,2002:"):
            raise document.refused(f"the tag {one.tag} changes how Compose merges it", one)
    if node is not None and not isinstance(node, (MappingNode, SequenceNode)):
        raise document.refused("its labels are neither a list nor a mapping", node)
    return Labels(document, service, section, node)


def origin(labels: Labels) -> str:
    """Where a label that no file writes out may come from."""
    document, service = labels.document, labels.section
    if inherits(service, "labels") or (labels.node is not None and any(map(is_merge, _keys(labels.node)))):
        return "a merge key (<<)"
    if own(service, "extends") is not None:
        return "extends"
    if own(service, "label_file") is not None:
        return "label_file"
    if own(document.root, "include") is not None:
        return "an include"
    return "a variable, or something outside the compose files"


def _keys(node: Node) -> list[ScalarNode]:
    pairs = node.value if isinstance(node, MappingNode) else ()
    return [key for key, _ in pairs if isinstance(key, ScalarNode)]
