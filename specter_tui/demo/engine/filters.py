"""The `filters` of the Engine API, in both encodings that clients send, and what they match."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Final, TypeVar

import re2

from specter_tui.demo.engine.container import Container
from specter_tui.demo.engine.documents import STATUSES, image_id, tagged
from specter_tui.demo.engine.errors import bad_request
from specter_tui.demo.engine.events import CONTAINER, NETWORK, Event
from specter_tui.demo.engine.network import Network

T = TypeVar("T")
Filters = Mapping[str, tuple[str, ...]]
_Test = Callable[[T, str], bool]  # whether a thing has the value that was asked for

_HEALTHS: Final = ("none", "starting", "healthy", "unhealthy")


def parse(text: str, known: Iterable[str]) -> Filters:
    """`{"name": ["a"]}` or `{"name": {"a": true}}`; ApiError 400 for anything else and for a key not in `known`."""
    try:
        document = json.loads(text) if text else {}
    except (ValueError, RecursionError) as error:
        raise bad_request("invalid filter") from error
    if not isinstance(document, dict):
        raise bad_request("invalid filter")
    for key, values in document.items():
        if key not in known:
            raise bad_request(f"Invalid filter '{key}'")
        if not isinstance(values, list | dict) or not all(isinstance(value, str) for value in values):
            raise bad_request(f"Invalid filter '{key}'")
    return {key: tuple(values) for key, values in document.items() if values}


def matches(thing: T, filters: Filters, tests: Mapping[str, _Test[T]]) -> bool:
    """Whether all keys match; of a key's values one has to, but every label."""
    for key, values in filters.items():
        found = (tests[key](thing, value) for value in values)
        if not (all(found) if key == "label" else any(found)):
            return False
    return True


def container_filters(text: str) -> Filters:
    """Those of `/containers/json`."""
    filters = parse(text, CONTAINERS)
    for key, allowed in (("status", STATUSES), ("health", _HEALTHS)):
        if wrong := [value for value in filters.get(key, ()) if value not in allowed]:
            raise bad_request(f"Invalid filter '{key}={wrong[0]}'")
    if wrong := [value for value in filters.get("exited", ()) if not value.isascii() or not value.isdigit()]:
        raise bad_request(f"Invalid filter 'exited={wrong[0]}'")
    return filters


def _has_label(labels: Mapping[str, str], wanted: str) -> bool:
    key, separator, value = wanted.partition("=")
    return key in labels and (not separator or labels[key] == value)


def _named(name: str, pattern: str) -> bool:
    """As Docker does: the name itself or a regular expression, with and without the slash; re2 stays fast on any."""
    if pattern.removeprefix("/") == name:
        return True
    options = re2.Options()
    options.log_errors = False
    try:
        compiled = re2.compile(pattern, options)
    except re2.error as error:
        raise bad_request("Invalid filter 'name'") from error
    return any(compiled.search(text) is not None for text in (f"/{name}", name))


def _in_network(container: Container, wanted: str) -> bool:
    return any(wanted in {one.name, one.id} for one in container.networks.values())


def _exited(container: Container, code: str) -> bool:
    return not container.running and bool(container.state.finished) and str(container.state.exit_code) == code


def _of_image(container: Container, wanted: str) -> bool:
    image = container.spec.image
    return wanted == image_id(image) or tagged(wanted) == tagged(image)


def _health(container: Container) -> str:
    return container.health.status if container.health and container.running else "none"


CONTAINERS: Final[Mapping[str, _Test[Container]]] = {
    "ancestor": _of_image,
    "exited": _exited,
    "health": lambda one, value: _health(one) == value,
    "id": lambda one, value: one.id.startswith(value),
    "label": lambda one, value: _has_label(one.spec.labels, value),
    "name": lambda one, value: _named(one.spec.name, value),
    "network": _in_network,
    "status": lambda one, value: one.state.status == value,
}

NETWORKS: Final[Mapping[str, _Test[Network]]] = {
    "driver": lambda one, value: one.driver == value,
    "id": lambda one, value: one.id.startswith(value),
    "label": lambda _one, _value: False,
    "name": lambda one, value: value in one.name,
    "scope": lambda _one, value: value == "local",
    "type": lambda one, value: value == ("builtin" if one.name in {"bridge", "host", "none"} else "custom"),
}


def _is_actor(event: Event, kind: str, wanted: str) -> bool:
    return event.kind == kind and (event.attributes.get("name") == wanted or event.actor.startswith(wanted))


EVENTS: Final[Mapping[str, _Test[Event]]] = {
    "container": lambda event, value: _is_actor(event, CONTAINER, value) or event.attributes.get("container") == value,
    "event": lambda event, value: event.action == value or event.action.startswith(f"{value}:"),
    "image": lambda event, value: event.kind == CONTAINER and tagged(event.attributes["image"]) == tagged(value),
    "label": lambda event, value: _has_label(event.attributes, value),
    "network": lambda event, value: _is_actor(event, NETWORK, value),
    "scope": lambda _event, value: value == "local",
    "type": lambda event, value: event.kind == value,
}
