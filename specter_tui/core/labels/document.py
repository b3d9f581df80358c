"""A compose file as text with its parsed nodes, so that a label can be found to the character."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from specter_tui.core.errors import RefusedError
from specter_tui.core.text import visible

_MERGE: Final = "<<"
_SHOWN: Final = 200


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """One compose file; marks of its nodes are offsets in `text`."""

    path: str
    text: str
    root: MappingNode
    uses: Counter[int]  # by id(node): in how many places it stands; more than one through an alias

    def refused(self, why: str, node: Node | None = None) -> RefusedError:
        """The refusal to edit this file, with the line of the node that it is about."""
        line = f" (line {node.start_mark.line + 1})" if node is not None else ""
        return RefusedError(f"{visible(self.path, _SHOWN)} is not edited: {why}{line}", "edit it by hand")

    def is_shared(self, node: Node) -> bool:
        """Whether an alias repeats the node elsewhere: a change of it would change that too."""
        return self.uses[id(node)] > 1


def parse(path: str, text: str) -> Document:
    """The document of a text with its line ends as they are. Raises RefusedError when it is no compose file.

    A file with several documents, a key twice or a tab for indentation is refused: another reader of YAML could take
    it otherwise.
    """
    try:
        root = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f"line {mark.line + 1}: " if mark is not None else ""
        said = visible(str(error.problem or error.context or "it makes no sense"), _SHOWN)
        raise RefusedError(f"{visible(path, _SHOWN)} is no valid YAML: {line}{said}", "correct it first") from None
    except (YAMLError, ValueError, OverflowError, RecursionError) as error:
        said = visible(str(error).partition("\n")[0], _SHOWN)
        raise RefusedError(f"{visible(path, _SHOWN)} is no valid YAML: {said}", "correct it first") from None
    if not isinstance(root, MappingNode):
        raise RefusedError(f"{visible(path, _SHOWN)} holds no services", "correct it first")
    document = Document(path, text, root, Counter())
    _look_through(document)
    return document


def _look_through(document: Document) -> None:
    """Counts where each node stands and refuses keys that stand twice."""
    waiting: list[Node] = [document.root]
    while waiting:
        node = waiting.pop()
        document.uses[id(node)] += 1
        if document.uses[id(node)] > 1:
            continue
        if isinstance(node, MappingNode):
            seen: set[tuple[str | None, str]] = set()
            for key, value in node.value:
                waiting += [key, value]
                if not isinstance(key, ScalarNode):
                    continue
                if (key.tag, key.value) in seen:
                    raise document.refused(f"the key {visible(key.value, _SHOWN)} stands there twice", key)
                seen.add((key.tag, key.value))
        elif isinstance(node, SequenceNode):
            waiting += node.value


def own(mapping: Node, name: str) -> Node | None:
    """The value of a key that stands in the mapping itself."""
    if isinstance(mapping, MappingNode):
        for key, value in mapping.value:
            if isinstance(key, ScalarNode) and key.value == name and not is_merge(key):
                found: Node = value
                return found
    return None


def found(mapping: Node, name: str) -> Node | None:
    """The value of a key as the mapping has it, merge keys counted in."""
    here = own(mapping, name)
    if here is not None or not isinstance(mapping, MappingNode):
        return here
    return next((value for one in _merged(mapping) if (value := found(one, name)) is not None), None)


def inherits(mapping: Node, name: str) -> bool:
    """Whether a merge key (`<<`) of the mapping brings the key in."""
    if not isinstance(mapping, MappingNode):
        return False
    return any(own(one, name) is not None or inherits(one, name) for one in _merged(mapping))


def _merged(mapping: MappingNode) -> Iterator[Node]:
    for key, value in mapping.value:
        if isinstance(key, ScalarNode) and is_merge(key):
            yield from value.value if isinstance(value, SequenceNode) else (value,)


def is_merge(key: ScalarNode) -> bool:
    """Whether a key merges another mapping in."""
    return key.value == _MERGE and not key.style
