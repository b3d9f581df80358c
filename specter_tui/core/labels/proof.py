"""Proves that two texts of a compose file differ in one label and nothing else, by parsing both."""

from __future__ import annotations

from typing import Final

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from specter_tui.core.labels.document import Document, parse
from specter_tui.core.labels.find import Label, Labels, labels_of
from specter_tui.core.labels.model import Edit

_TEXT: Final = "tag:yaml.org,2002:str"
Shape = list[tuple[object, ...]]


def prove(edit: Edit, service: str) -> None:
    """Raises RefusedError unless the label goes from one value to the other and all else stays as it is."""
    old, new = parse(edit.path, edit.before), parse(edit.path, edit.after)
    had, has = _label(old, service, edit.label), _label(new, service, edit.label)
    same = _shape(old, service, had) == _shape(new, service, has)
    if not same or _value(had) != edit.value_before or _value(has) != edit.value_after:
        raise new.refused("the change would reach more than the one label")


def _label(document: Document, service: str, name: str) -> Label | None:
    labels = labels_of(document, service)
    return labels.find(name) if labels is not None else None


def _value(label: Label | None) -> str | None:
    if label is None:
        return None
    text = isinstance(label.value, ScalarNode) and label.value.tag == _TEXT
    return label.text if text else ""


def _shape(document: Document, service: str, without: Label | None) -> Shape:
    """All nodes in their order, aliases by the number of what they repeat, one label and what it leaves empty out."""
    labels = labels_of(document, service)
    left_out = set() if without is None else {id(without.key), id(without.value)}
    if without is not None and labels is not None and _is_only(labels):
        left_out |= {id(labels.node), *(id(key) for key, value in labels.section.value if value is labels.node)}
    numbers: dict[int, int] = {}
    found: Shape = []
    waiting: list[Node] = [document.root]
    while waiting:
        node = waiting.pop()
        if id(node) in left_out:
            continue
        if id(node) in numbers:
            found.append(("alias", numbers[id(node)]))
            continue
        numbers[id(node)] = len(numbers)
        if isinstance(node, ScalarNode):
            found.append((node.tag, node.value))
            continue
        children = [part for pair in node.value for part in (pair if isinstance(pair, tuple) else (pair,))]
        kept = [one for one in children if id(one) not in left_out]
        found.append((node.tag, isinstance(node, MappingNode), isinstance(node, SequenceNode), len(kept)))
        waiting += reversed(kept)
    return found


def _is_only(labels: Labels) -> bool:
    return labels.node is not None and len(labels.node.value) == 1
