"""Docker's JSON into core models: pure, strict about what decides protection, and masking on the way.

Every function raises ValueError when the document has not the shape that the Engine API (1.24 and newer)
describes: a container of which only half could be read would look safer than it is.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Final

from specter_tui.core.model import (
    Container,
    ContainerDetail,
    ContainerHealth,
    ContainerNetwork,
    Mount,
    PublishedPort,
)
from specter_tui.core.secrets import MASK, mask_environment, mask_json, mask_labels, mask_urls
from specter_tui.core.shown_rule import shown_rule
from specter_tui.core.text import visible

_HEALTH_IN_STATUS: Final = (
    ("(healthy)", ContainerHealth.HEALTHY),
    ("(unhealthy)", ContainerHealth.UNHEALTHY),
    ("(health: starting)", ContainerHealth.STARTING),
)
_HIGHEST_PORT: Final = 65535
_SHORT_ID: Final = 12
_NAME_LIMIT: Final = 80


class ListingDecoder:
    """Decodes one listing after another; a container whose JSON is as before is the same object again.

    Only digests are kept for that, since labels are not masked in the JSON.
    """

    def __init__(self) -> None:
        self._known: dict[bytes, Container] = {}

    def decode(self, document: object) -> tuple[tuple[Container, ...], tuple[str, ...]]:
        """The containers of `/containers/json`, sorted by name, and one sentence for each that is not understood."""
        if not isinstance(document, list):
            raise ValueError("the listing is not a list")  # noqa: TRY004  one error for every odd shape
        found: dict[bytes, Container] = {}
        problems: list[str] = []
        for position, item in enumerate(document):
            digest = hashlib.blake2b(repr(item).encode(errors="surrogatepass")).digest()
            try:
                found[digest] = self._known.get(digest) or decode_container(item)
            except ValueError as error:
                problems.append(f"container {_what(item, position)} cannot be read: {error}")
        self._known = found
        return tuple(sorted(found.values(), key=lambda one: (one.name, one.id))), tuple(problems)


def decode_container(item: object) -> Container:
    """One element of `/containers/json`."""
    raw = _mapping(item, "container")
    identity = _text(raw, "Id")
    if not identity:
        raise ValueError("Id is empty")
    status = _text(raw, "Status")
    settings = _mapping(raw.get("NetworkSettings"), "NetworkSettings")
    return Container(
        id=identity,
        name=_name(raw.get("Names")) or identity[:_SHORT_ID],
        image=_text(raw, "Image"),
        state=_text(raw, "State"),
        status=status,
        health=_health(raw.get("Health"), status),
        created=_from_seconds(raw.get("Created")),
        networks=_networks(settings.get("Networks")),
        network_mode=_text(_mapping(raw.get("HostConfig"), "HostConfig"), "NetworkMode"),
        published=_published(raw.get("Ports")),
        labels=tuple(sorted(_labels(raw.get("Labels")).items())),
    )


def decode_detail(item: object) -> ContainerDetail:
    """The answer of `/containers/{id}/json`."""
    raw = _mapping(item, "container")
    state = _mapping(raw.get("State"), "State")
    config = _mapping(raw.get("Config"), "Config")
    environment = mask_environment(dict(_pair(one) for one in _strings(config.get("Env"), "Env")))
    command = [_plain(raw.get("Path")), *_strings(raw.get("Args"), "Args")]
    return ContainerDetail(
        id=_text(raw, "Id"),
        restart_count=_integer(raw.get("RestartCount")),
        exit_code=_integer(state.get("ExitCode")),
        oom_killed=state.get("OOMKilled") is True,
        error=mask_urls(_text(state, "Error")),
        started_at=_from_rfc3339(state.get("StartedAt")),
        finished_at=_from_rfc3339(state.get("FinishedAt")),
        command=tuple(mask_urls(one) for one in command if one),
        mounts=tuple(_mount(one) for one in _items(raw.get("Mounts"), "Mounts")),
        environment=tuple(sorted(environment.items())),
        health_log=_health_log(state.get("Health")),
        document=json.dumps(_masked(raw, config, environment), indent=2, ensure_ascii=False),
    )


def _masked(raw: Mapping[str, object], config: Mapping[str, object], environment: Mapping[str, str]) -> object:
    """The inspection without secrets: the environment is a list of texts there, which no key would give away."""
    shown = dict(config)
    shown["Env"] = [f"{name}={value}" for name, value in sorted(environment.items())]
    labels = _labels(config.get("Labels"))
    shown.pop("Labels", None)
    masked = mask_json({**raw, "Config": shown})
    if isinstance(masked, dict) and isinstance(masked.get("Config"), dict):
        masked["Config"]["Labels"] = labels  # by the rule for labels, not by the one for keys
    return masked


def _labels(raw: object) -> dict[str, str]:
    labels = _texts(raw, "Labels")
    rules = {name: shown_rule(text) for name, text in labels.items() if name.lower().endswith(".rule")}
    return mask_labels(labels | rules)


def _name(names: object) -> str:
    """The container's own name; the others (`/other/alias`) are links of the time before networks."""
    own = [one.removeprefix("/") for one in _strings(names, "Names")]
    return next((one for one in own if "/" not in one), "")


def _health(health: object, status: str) -> ContainerHealth:
    """From the `Health` object of API 1.52 and newer, else from the status sentence."""
    if isinstance(health, Mapping) and isinstance(health.get("Status"), str):
        word = str(health["Status"])
        return ContainerHealth(word) if word else ContainerHealth.NONE
    return next((kind for mark, kind in _HEALTH_IN_STATUS if status.endswith(mark)), ContainerHealth.NONE)


def _networks(value: object) -> tuple[ContainerNetwork, ...]:
    networks = _mapping(value, "Networks")
    found = []
    for name in sorted(networks):
        one = _mapping(networks[name], f"network {visible(name, _NAME_LIMIT)}")
        found.append(ContainerNetwork(name, ip=_text(one, "IPAddress"), ipv6=_text(one, "GlobalIPv6Address")))
    return tuple(found)


def _published(value: object) -> tuple[PublishedPort, ...]:
    ports = set()
    for item in _items(value, "Ports"):
        one = _mapping(item, "port")
        if not one.get("PublicPort"):
            continue  # exposed only
        ports.add((_text(one, "IP"), _port(one, "PublicPort"), _port(one, "PrivatePort"), _text(one, "Type")))
    return tuple(PublishedPort(*one) for one in sorted(ports))


def _port(raw: Mapping[str, object], key: str) -> int:
    value = raw.get(key)
    if not isinstance(value, int) or not 0 < value <= _HIGHEST_PORT:
        raise ValueError(f"{key} is not a port")
    return value


def _mount(item: object) -> Mount:
    one = _mapping(item, "mount")
    return Mount(
        source=_text(one, "Source"),
        destination=_text(one, "Destination"),
        volume=_text(one, "Name") if one.get("Type") == "volume" else "",
        read_only=one.get("RW") is False,
    )


def _health_log(health: object) -> tuple[str, ...]:
    """Exit code and output of the last checks, the oldest first."""
    lines = []
    for item in _items(_mapping(health, "Health").get("Log"), "Log"):
        one = _mapping(item, "health check")
        lines.append(f"exit {_integer(one.get('ExitCode'))}: {mask_urls(_text(one, 'Output')).strip()}")
    return tuple(lines)


def _pair(text: str) -> tuple[str, str]:
    name, _, _value = text.partition("=")
    return name, MASK


def _from_seconds(value: object) -> datetime:
    if not isinstance(value, int):
        raise ValueError("Created is not a number")  # noqa: TRY004  one error for every odd shape
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, OSError) as error:
        raise ValueError("Created is no time") from error


def _from_rfc3339(value: object) -> datetime | None:
    """A time of an inspection; Docker writes year 1 for never."""
    if not isinstance(value, str) or not value or value.startswith("0001-"):
        return None
    time = datetime.fromisoformat(value)
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def _mapping(value: object, what: str) -> Mapping[str, object]:
    """A JSON object; null and absent are an empty one, as Go leaves out what is empty."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ValueError(f"{what} is not an object")  # noqa: TRY004  one error for every odd shape
    return value


def _items(value: object, what: str) -> Iterable[object]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise ValueError(f"{what} is not a list")  # noqa: TRY004  one error for every odd shape
    return value


def _strings(value: object, what: str) -> list[str]:
    found = [one for one in _items(value, what) if isinstance(one, str)]
    if value is not None and len(found) != len(list(_items(value, what))):
        raise ValueError(f"{what} has something other than text")
    return found


def _texts(value: object, what: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for key, text in _mapping(value, what).items():
        if not isinstance(text, str):
            raise ValueError(f"{what} has something other than text")  # noqa: TRY004  one error for every odd shape
        found[key] = text
    return found


def _text(raw: Mapping[str, object], key: str) -> str:
    value = raw.get(key)
    if value is not None and not isinstance(value, str):
        raise ValueError(f"{key} is not text")
    return value or ""


def _plain(value: object) -> str:
    return value if isinstance(value, str) else ""


def _integer(value: object) -> int:
    return value if isinstance(value, int) else 0


def _what(item: object, position: int) -> str:
    """How a container that cannot be read is called: its id where it has one, else its place in the listing."""
    identity = item.get("Id") if isinstance(item, dict) else None
    return visible(identity[:_SHORT_ID]) if isinstance(identity, str) and identity else f"number {position + 1}"
