"""Decides how a compose file changes so that a router's requests pass a middleware first, or no longer do."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from specter_tui.core.errors import RefusedError
from specter_tui.core.labels.document import Document, inherits, own, parse
from specter_tui.core.labels.find import Label, Labels, labels_of, origin
from specter_tui.core.labels.model import ComposeText, Edit
from specter_tui.core.labels.proof import prove
from specter_tui.core.labels.splice import Splice, insert_label, insert_section, remove_label, value_range
from specter_tui.core.text import visible

# A name with its provider, of characters that mean nothing in YAML, in quotes or in a list of Traefik's.
_MIDDLEWARE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.$/-]*@[a-z]+")
_SHOWN: Final = 200


def protect(
    files: Sequence[ComposeText], service: str, router: str, middleware: str, effective: Mapping[str, str]
) -> Edit | None:
    """The edit that puts the middleware first on the router; None when it is on it already.

    `files` are all of the project in Compose's order, `router` is a name without provider, `effective` the service's
    labels as Compose itself reads them. Raises RefusedError, with the reason, where no file can be edited safely.
    """
    _check_middleware(middleware)
    name, current = _label(router, effective)
    if current is not None and middleware in _items(current):
        return None
    places = _places(files, service)
    written = [(one, found) for one in places if (found := one.find(name)) is not None]
    if written:
        labels, label = written[-1]  # the last file wins
        _demand_same(labels, label, current)
        start, _ = value_range(labels, label)
        change = Splice(start, start, f"{_escaped(middleware)},")
        return _edit(labels, label.name, change, (label.text, f"{_escaped(middleware)},{label.text}"))
    if current is not None:
        raise _from_elsewhere(places, name)
    return _added(places, name, router, middleware)


def unprotect(
    files: Sequence[ComposeText], service: str, router: str, middleware: str, effective: Mapping[str, str]
) -> Edit | None:
    """The edit that takes the middleware off the router, and nothing else; None when it is not on it.

    The label goes when nothing else is in it. Parameters and errors are `protect`'s.
    """
    _check_middleware(middleware)
    name, current = _label(router, effective)
    if current is None or middleware not in _items(current):
        return None
    places = _places(files, service)
    written = [(one, found) for one in places if (found := one.find(name)) is not None]
    if not written:
        raise _from_elsewhere(places, name)
    labels, label = written[-1]
    _demand_same(labels, label, current)
    pieces = label.text.split(",")
    kept = [one for one in pieces if one.strip() != _escaped(middleware)]
    if len(kept) == len(pieces):
        raise labels.document.refused("the middleware's name is written with a variable", label.key)
    if not any(one.strip() for one in kept):
        return _edit(labels, label.name, remove_label(labels, label), (label.text, None))
    start, end = value_range(labels, label)
    text = ",".join(kept)
    return _edit(labels, label.name, Splice(start, end, text), (label.text, text))


def _added(places: Sequence[Labels], name: str, router: str, middleware: str) -> Edit:
    """A new label, beside the router's others where there are some."""
    prefix = f"traefik.http.routers.{router}.".casefold()
    for labels in reversed(places):
        near = [one for one in labels.each() if one.name.casefold().startswith(prefix)]
        if near:
            return _inserted(labels, near[-1], name, middleware)
    for labels in places:
        every = list(labels.each())
        if every:
            return _inserted(labels, every[-1], name, middleware)
        if labels.node is not None:
            raise labels.document.refused("it has labels with nothing of their own", labels.node)
    labels = places[0]
    if inherits(labels.section, "labels"):
        raise labels.document.refused("its labels come from a merge key (<<)", labels.section)
    if not labels.section.value:
        raise labels.document.refused("the service is empty", labels.section)
    change = insert_section(labels, _name_in(name, labels), _escaped(middleware))
    return _edit(labels, name, change, (None, _escaped(middleware)))


def _inserted(labels: Labels, beside: Label, name: str, middleware: str) -> Edit:
    change = insert_label(labels, beside, _name_in(name, labels), _escaped(middleware))
    return _edit(labels, name, change, (None, _escaped(middleware)))


def _edit(labels: Labels, name: str, change: Splice, values: tuple[str | None, str | None]) -> Edit:
    document = labels.document
    edit = Edit(document.path, document.text, change.apply(document.text), name, *values)
    prove(edit, labels.service)
    return edit


def _places(files: Sequence[ComposeText], service: str) -> list[Labels]:
    """The service in each file that defines it."""
    documents = [parse(one.path, one.text) for one in files]
    found = [labels for one in documents if (labels := labels_of(one, service)) is not None]
    if not found:
        why = "it comes from an include" if any(map(_includes, documents)) else "no compose file of its project has it"
        raise RefusedError(f"the service {visible(service, _SHOWN)} can't be edited: {why}", "edit its labels by hand")
    return found


def _includes(document: Document) -> bool:
    return own(document.root, "include") is not None


def _label(router: str, effective: Mapping[str, str]) -> tuple[str, str | None]:
    """The router's label for its middlewares and its value, None without one."""
    name = f"traefik.http.routers.{router}.middlewares"
    found = [(key, value) for key, value in effective.items() if key.casefold() == name.casefold()]
    if len(found) > 1:
        raise RefusedError(f"the label {visible(name, _SHOWN)} stands there twice, in two spellings", "remove one")
    return found[0] if found else (name, None)


def _demand_same(labels: Labels, label: Label, current: str | None) -> None:
    """Refuses when Compose reads another value than the file has: then it comes from somewhere else too."""
    has_variable = "$" in label.text.replace("$$", "")
    if not has_variable and label.text.replace("$$", "$") != (current or ""):
        raise labels.document.refused("Compose reads another value for the label than stands here", label.key)


def _from_elsewhere(places: Sequence[Labels], name: str) -> RefusedError:
    message = f"the label {visible(name, _SHOWN)} comes from {origin(places[-1])}, which is not edited"
    return RefusedError(message, "add the middleware there by hand")


def _items(value: str) -> list[str]:
    return [one.strip() for one in value.split(",")]


def _check_middleware(name: str) -> None:
    if _MIDDLEWARE.fullmatch(name) is None:
        shown = visible(name, _SHOWN)
        raise RefusedError(
            f"protection.middleware {shown} can't be written into a label", "name it like descope-verify@docker"
        )


def _escaped(text: str) -> str:
    """As a compose file has it, where a dollar begins a variable."""
    return text.replace("$", "$$")


def _name_in(name: str, labels: Labels) -> str:
    """A label's name as written: Compose looks for variables in list items, and not in keys."""
    return _escaped(name) if labels.is_list else name
