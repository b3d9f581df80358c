"""Changes of a compose file's text at a marked place: everything else stays byte for byte."""

from __future__ import annotations

import json
import re
from typing import Final, NamedTuple

from ruamel.yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode

from specter_tui.core.labels.find import Label, Labels

_LINE_END: Final = re.compile(r"\r\n|[\n\r\x85\u2028\u2029]")
_REST_OF_LINE: Final = re.compile(r"[ \t]*(?:#[^\n\r\x85\u2028\u2029]*)?")
_BLANK: Final = re.compile(r"[ \t]*")
_DASH: Final = re.compile(r"[ \t]*-[ \t]+")
_BETWEEN: Final = re.compile(r"\s*,\s*")
_PLAIN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@/=$,-]*")
_QUOTES: Final = ("'", '"')


class Splice(NamedTuple):
    """Replaces text[start:end]."""

    start: int
    end: int
    text: str

    def apply(self, text: str) -> str:
        """The text with the change made."""
        return text[: self.start] + self.text + text[self.end :]


def value_range(labels: Labels, label: Label) -> tuple[int, int]:
    """From where to where the label's value is written, quotes left out.

    Raises RefusedError when it is not written on one line as it reads: by a block, an escape, an anchor or an alias.
    """
    node = label.value
    document = labels.document
    _demand_own(labels, label)
    if not isinstance(node, ScalarNode) or not label.text:
        raise document.refused("the label has no value; remove it first", label.key)
    start, end = node.start_mark.index, node.end_mark.index
    if node.style in _QUOTES:
        start, end = start + 1, end - 1
    if document.text[start:end] != node.value:
        raise document.refused("the label is written with escapes, an anchor, a tag or over several lines", node)
    return (start + node.value.index("=") + 1 if labels.is_list else start), end


def _demand_own(labels: Labels, label: Label) -> None:
    for node in (label.key, label.value):
        if labels.document.is_shared(node) or node.anchor:
            raise labels.document.refused("the label comes from an anchor or an alias", node)


def insert_label(labels: Labels, beside: Label, name: str, value: str) -> Splice:
    """A label written before another one, as that one is written."""
    text, place = labels.document.text, beside.key.start_mark
    in_flow = bool(labels.node is not None and labels.node.flow_style)
    if labels.is_list:
        new = _quoted(f"{name}={value}", beside.key.style, in_flow=in_flow)
    else:
        style = beside.value.style if isinstance(beside.value, ScalarNode) else None
        new = f"{_quoted(name, beside.key.style, in_flow=in_flow)}: {_quoted(value, style, in_flow=in_flow)}"
    if beside.key.anchor:
        raise labels.document.refused("the label beside it has an anchor", beside.key)
    if in_flow:
        return _before_in_flow(text, place.index, place.column, new)
    start = place.index - place.column
    prefix = text[start : place.index]
    if not (_DASH if labels.is_list else _BLANK).fullmatch(prefix):
        raise labels.document.refused("its labels do not stand on lines of their own", beside.key)
    return Splice(start, start, f"{prefix}{new}{_line_end(text, start)}")


def insert_section(labels: Labels, name: str, value: str) -> Splice:
    """`labels:` with one label, before the first key of the service."""
    first, text = labels.section.value[0][0], labels.document.text
    place = first.start_mark
    if labels.section.flow_style:
        return _before_in_flow(
            text, place.index, place.column, f'"labels": {{{json.dumps(name)}: {json.dumps(value)}}}'
        )
    start = place.index - place.column
    indent = text[start : place.index]
    if not _BLANK.fullmatch(indent) or first.anchor:
        raise labels.document.refused("the service's keys do not stand on lines of their own", first)
    end = _line_end(text, start)
    label = f"{indent}  {_quoted(name, None)}: {_quoted(value, None)}"
    return Splice(start, start, f"{indent}labels:{end}{label}{end}")


def remove_label(labels: Labels, label: Label) -> Splice:
    """The label taken away; with `labels:` itself when it was the only one."""
    _demand_own(labels, label)
    node = labels.node
    if node is None:
        raise labels.document.refused("the service has no labels of its own", label.key)
    if len(node.value) > 1:
        return _removed(labels, node, label.key, label.value)
    if len(labels.section.value) == 1:
        raise labels.document.refused("nothing would be left of the service", label.key)
    key = next(one for one, value in labels.section.value if value is node)
    if "#" in labels.document.text[key.end_mark.index : label.key.start_mark.index]:
        raise labels.document.refused("a comment stands between labels and the only label", label.key)
    return _removed(labels, labels.section, key, label.value if not node.flow_style else node)


def _removed(labels: Labels, parent: CollectionNode, key: ScalarNode, value: Node) -> Splice:
    text = labels.document.text
    if parent.flow_style:
        return _removed_in_flow(labels, parent, key, value)
    start = key.start_mark.index - key.start_mark.column
    dashed = not isinstance(parent, MappingNode)
    rest = _REST_OF_LINE.match(text, value.end_mark.index)
    end = rest.end() if rest else value.end_mark.index
    line_end = _LINE_END.match(text, end)
    if not (_DASH if dashed else _BLANK).fullmatch(text[start : key.start_mark.index]) or not (
        line_end or end == len(text)
    ):
        raise labels.document.refused("the label does not stand on a line of its own", key)
    if line_end:
        return Splice(start, line_end.end(), "")
    before = _last_line_end(text, start)
    return Splice(before, end, "")


def _removed_in_flow(labels: Labels, parent: CollectionNode, key: ScalarNode, value: Node) -> Splice:
    text = labels.document.text
    entries = [one if isinstance(one, tuple) else (one, one) for one in parent.value]
    place = next(number for number, (one, _) in enumerate(entries) if one is key)
    if place + 1 < len(entries):
        start, end = key.start_mark.index, entries[place + 1][0].start_mark.index
        between = text[value.end_mark.index : end]
    else:
        start, end = entries[place - 1][1].end_mark.index, value.end_mark.index
        between = text[start : key.start_mark.index]
    if not _BETWEEN.fullmatch(between):
        raise labels.document.refused("more than a comma stands beside the label", key)
    return Splice(start, end, "")


def _before_in_flow(text: str, place: int, column: int, new: str) -> Splice:
    indent = text[place - column : place]
    gap = f"{_line_end(text, place)}{indent}" if column and _BLANK.fullmatch(indent) else " "
    return Splice(place, place, f"{new},{gap}")


def _quoted(text: str, style: str | None, *, in_flow: bool = False) -> str:
    """The text in quotes like those beside it; without any only where nothing in it means something to YAML."""
    plain = _PLAIN.fullmatch(text) is not None
    if style == "'" and plain:
        return f"'{text}'"
    if style == '"' or in_flow or not plain:
        return json.dumps(text, ensure_ascii=False)
    return text


def _line_end(text: str, place: int) -> str:
    found = _LINE_END.search(text, place)
    return found[0] if found else "\n"


def _last_line_end(text: str, place: int) -> int:
    """Where the line end right before `place` begins."""
    return place - (2 if text[:place].endswith("\r\n") else 1)
