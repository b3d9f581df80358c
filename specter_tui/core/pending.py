"""What else would be deployed: how a container differs from what its compose files say now.

Compose's hash says whether something differs; what, only the container itself tells, and not all of it. Values of
variables are compared and never told; those of labels and commands are masked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from specter_tui.core.errors import MoreNeeded
from specter_tui.core.secrets import mask_line
from specter_tui.core.text import visible

_SHOWN: Final = 200
_COMPOSE: Final = "com.docker.compose."
_ELSE: Final = "what it is, the container does not tell (its health check, a limit, a build, ...)"
Document = Mapping[str, Any]


class PendingError(MoreNeeded):
    """Other changes would be deployed too."""

    def __init__(self, details: tuple[str, ...]) -> None:
        told = f"other changes would be deployed too: {'; '.join(details)}"
        super().__init__(details, told, "deploy them first, or add --include-pending")


@dataclass(frozen=True, slots=True)
class Deployed:
    """One container as the engine inspects it, and its image: both hold secrets, and are only compared."""

    container: Document = field(repr=False)
    image: Document = field(repr=False)


def differences(project: Document, service: str, deployed: Deployed) -> tuple[str, ...]:
    """One sentence for each thing that the container has otherwise; `project` is `docker compose config`'s document."""
    section = _at(project, "services", service)
    found = tuple(_differences(project, section, deployed))
    return tuple(visible(one, _SHOWN) for one in found) or (_ELSE,)


def _differences(project: Document, section: Document, deployed: Deployed) -> Iterator[str]:
    config, host = _at(deployed.container, "Config"), _at(deployed.container, "HostConfig")
    image = _at(deployed.image, "Config")
    yield from _one("image", config.get("Image"), section.get("image"))
    yield from _lists("entry point", config.get("Entrypoint"), section.get("entrypoint"), image.get("Entrypoint"))
    yield from _lists("command", config.get("Cmd"), section.get("command"), image.get("Cmd"))
    yield from _one("user", config.get("User"), section.get("user") or image.get("User") or "")
    yield from _one("working folder", config.get("WorkingDir"), section.get("working_dir") or image.get("WorkingDir"))
    restart = _at(host, "RestartPolicy").get("Name") or "no"
    yield from _one("restart policy", restart, str(section.get("restart") or "no").partition(":")[0])
    yield from _environment(_variables(config), _unescaped(section.get("environment")), _variables(image))
    yield from _labels(_at(config, "Labels"), _unescaped(section.get("labels")), _at(image, "Labels"))
    yield from _sets("port", _bound(_at(host, "PortBindings")), _published(section.get("ports")))
    yield from _sets("mount", _mounted(deployed), _mounts(project, section.get("volumes")))
    if "network_mode" not in section:
        yield from _sets(
            "network", set(_at(deployed.container, "NetworkSettings", "Networks")), _networks(project, section)
        )


def _one(what: str, now: object, wanted: object) -> Iterator[str]:
    if wanted and (now or "") != wanted:
        yield f"{what}: {_told(now)} -> {_told(wanted)}"


def _lists(what: str, now: object, wanted: object, default: object) -> Iterator[str]:
    before, after = now or [], wanted if wanted is not None else default or []
    if wanted is None and before in ([], default):
        return
    if isinstance(after, list):
        after = [str(one).replace("$$", "$") for one in after]
    if before != after:
        yield f"{what}: {_told(before)} -> {_told(after)}"


def _environment(now: Mapping[str, str], wanted: Mapping[str, str], default: Mapping[str, str]) -> Iterator[str]:
    for name in sorted(now.keys() | wanted.keys()):
        if name not in wanted:
            if now[name] != default.get(name):
                yield f"variable {name}: taken away"
        elif name not in now:
            yield f"variable {name}: added"
        elif now[name] != wanted[name]:
            yield f"variable {name}: another value"


def _labels(now: Mapping[str, str], wanted: Mapping[str, str], default: Mapping[str, str]) -> Iterator[str]:
    for name in sorted(now.keys() | wanted.keys()):
        if name.startswith(_COMPOSE) or (name not in wanted and now[name] == default.get(name)):
            continue
        if now.get(name) != wanted.get(name):
            values = [_labelled(name, one) if one is not None else "none" for one in (now.get(name), wanted.get(name))]
            yield f"label {name}: {values[0]} -> {values[1]}"


def _labelled(name: str, value: str) -> str:
    return mask_line(f"{name}={value}").partition("=")[2] or "(empty)"


def _sets(what: str, now: set[str], wanted: set[str]) -> Iterator[str]:
    yield from (f"{what} {one}: added" for one in sorted(wanted - now))
    yield from (f"{what} {one}: taken away" for one in sorted(now - wanted))


# -- reading the two documents ---------------------------------------------------------------------------------------


def _at(document: object, *keys: str) -> Document:
    for key in keys:
        document = document.get(key) if isinstance(document, Mapping) else None
    return document if isinstance(document, Mapping) else {}


def _variables(config: Document) -> dict[str, str]:
    found = config.get("Env")
    pairs = (str(one).partition("=") for one in found if isinstance(one, str)) if isinstance(found, list) else ()
    return {name: value for name, _, value in pairs}


def _unescaped(found: object) -> dict[str, str]:
    """Names and values as containers get them: the document writes `$$` for a dollar."""
    items = found.items() if isinstance(found, Mapping) else ()
    return {str(name).replace("$$", "$"): _text(value) for name, value in items if value is not None}


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).replace("$$", "$")


def _bound(bindings: Document) -> set[str]:
    return {
        _port(one.get("HostIp"), one.get("HostPort"), *port.partition("/")[::2])
        for port, places in bindings.items()
        for one in places or ()
    }


def _published(ports: object) -> set[str]:
    found = [one for one in ports if isinstance(one, Mapping)] if isinstance(ports, list) else []
    return {
        _port(one.get("host_ip"), one.get("published"), str(one.get("target", "")), str(one.get("protocol") or "tcp"))
        for one in found
    }


def _port(ip: object, published: object, target: str, protocol: str) -> str:
    address = "" if ip in {None, "", "0.0.0.0"} else f"{ip}:"  # noqa: S104  compared, not bound
    return f"{address}{published or ''}:{target}/{protocol or 'tcp'}"


def _mounted(deployed: Deployed) -> set[str]:
    """Binds and named volumes; those that only the image asks for have names that mean nothing."""
    mounts = deployed.container.get("Mounts")
    asked = _at(deployed.image, "Config", "Volumes")
    found = [one for one in mounts if isinstance(one, Mapping)] if isinstance(mounts, list) else []
    return {
        f"{one.get('Name') if one.get('Type') == 'volume' else one.get('Source', '')} at {one.get('Destination')}"
        for one in found
        if one.get("Type") in {"bind", "volume"} and one.get("Destination") not in asked
    }


def _mounts(project: Document, volumes: object) -> set[str]:
    found = [one for one in volumes if isinstance(one, Mapping)] if isinstance(volumes, list) else []
    return {
        f"{_source(project, one)} at {one.get('target')}"
        for one in found
        if one.get("type") in {"bind", "volume"} and one.get("source")
    }


def _source(project: Document, mount: Document) -> str:
    source = str(mount.get("source"))
    return _named(project, "volumes", source) if mount.get("type") == "volume" else source


def _networks(project: Document, section: Document) -> set[str]:
    found = section.get("networks")
    return {_named(project, "networks", str(one)) for one in found} if isinstance(found, (Mapping, list)) else set()


def _named(project: Document, kind: str, key: str) -> str:
    return str(_at(project, kind, key).get("name") or key)


def _told(value: object) -> str:
    text = " ".join(str(one) for one in value) if isinstance(value, list) else str(value or "")
    return mask_line(text) or "none"
