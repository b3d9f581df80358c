"""What the containers tell about where Traefik is: proposed settings, never followed silently.

Used by `config init` and by the first screen where nothing is configured. Everything is read from the listing of the
containers and the inspection of those that run Traefik; environment values are masked there and give nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from specter_tui.core.exposure import is_traefik
from specter_tui.core.model import Container, ContainerDetail
from specter_tui.core.settings import DockerSettings, TraefikSettings
from specter_tui.core.text import visible

Proposed = str | tuple[str, ...]

_API_PORT: Final = 8080
_ANY_ADDRESS: Final = frozenset({"", "0.0.0.0", "::"})  # noqa: S104  Docker's words for every interface, compared, not bound
_DOCKER_NETWORKS: Final = frozenset({"bridge", "host", "none"})
_STORAGE: Final = re.compile(r"--certificatesresolvers\.[^.=\s]+\.acme\.storage=(?P<path>\S+)", re.IGNORECASE)
_DIRECTORY: Final = re.compile(r"--providers\.file\.directory=(?P<path>\S+)", re.IGNORECASE)
_NETWORK: Final = re.compile(r"--providers\.(?:docker|swarm)\.network=(?P<name>\S+)", re.IGNORECASE)
_API_ADDRESS: Final = re.compile(r"--entrypoints\.traefik\.address=(?P<host>\S*):(?P<port>[0-9]{1,5})\b", re.IGNORECASE)
_DYNAMIC_NAMES: Final = frozenset({"dynamic", "dynamic.d", "dynamic-conf", "conf.d", "config.d", "rules"})
_WANTED: Final[Mapping[str, Proposed]] = {
    "traefik.api_url": TraefikSettings().api_url,
    "traefik.acme_files": TraefikSettings().acme_files,
    "traefik.dynamic_dir": TraefikSettings().dynamic_dir,
    "docker.network": DockerSettings().network,
}


@dataclass(frozen=True, slots=True)
class Proposal:
    """What was found: settings by key (`traefik.api_url`), and in `notes` what a person has to check or add."""

    traefik: str  # the container's name; empty when there is none
    values: tuple[tuple[str, Proposed], ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines to paste into config.toml; notes, and the default of what was not found, as comments."""
        return (*(f"# {note}" for note in self.notes), *toml_lines(dict(self.values), _WANTED))


def traefik_containers(containers: Iterable[Container]) -> tuple[Container, ...]:
    """The containers that run Traefik, running ones first, then by name: those to inspect for `propose`."""
    found = (one for one in containers if is_traefik(one))
    return tuple(sorted(found, key=lambda one: (one.state != "running", one.name)))


def propose(
    containers: Iterable[Container], details: Mapping[str, ContainerDetail], *, remote: bool = False
) -> Proposal:
    """Settings for the Traefik among `containers`; `details` maps the ids of Traefik containers to their inspection.

    `remote`: the engine is on another machine, whose addresses and files mean nothing here.
    """
    found = traefik_containers(containers)
    if found and remote:
        return Proposal(found[0].name, notes=("The Docker Engine is on another machine: its Traefik is not proposed.",))
    if not found:
        return Proposal("", notes=("No container runs Traefik: set traefik.api_url to where its API answers.",))
    chosen = found[0]
    finder = _Finder(chosen, details.get(chosen.id))
    values = [
        *finder.api_url(),
        *finder.acme_files(),
        *finder.dynamic_dir(),
        *finder.network(),
    ]
    notes = [f"Found in the container {visible(chosen.name, 80)}.", *_state_notes(found), *finder.notes]
    return Proposal(chosen.name, tuple(values), tuple(notes))


def _state_notes(found: tuple[Container, ...]) -> list[str]:
    notes = []
    if found[0].state != "running":
        notes.append(f"It is not running ({visible(found[0].state, 20)}): its addresses are unknown until it does.")
    if len(found) > 1:
        others = ", ".join(visible(one.name, 80) for one in found[1:])
        notes.append(f"Traefik also runs in {others}: give each a [contexts.NAME.traefik] table of its own.")
    return notes


class _Finder:
    """Looks at one Traefik container; collects in `notes` what a person has to check."""

    def __init__(self, container: Container, detail: ContainerDetail | None) -> None:
        self._container = container
        self._mounts = detail.mounts if detail else ()
        # Arguments may stand as `--flag value` too: joined by "=" both read the same.
        words = detail.command if detail else ()
        self._command = re.sub(r"(--[^\s=]+) (?!--)", r"\1=", " ".join(words))
        self.notes: list[str] = [] if detail else ["It was not inspected: its files are unknown."]

    def api_url(self) -> list[tuple[str, Proposed]]:
        address = _API_ADDRESS.search(self._command)
        port = int(address["port"]) if address else _API_PORT
        if self._container.network_mode == "host":
            return self._value("traefik.api_url", f"http://127.0.0.1:{port}")
        published = sorted(
            (one for one in self._container.published if one.private_port == port and one.proto == "tcp"),
            key=lambda one: (one.ip not in _ANY_ADDRESS and not one.ip.startswith("127."), one.ip, one.port),
        )
        if not published:
            self.notes.append(
                f'Its port {port} (the API) is not published: add "127.0.0.1:{port}:{port}" to its ports.'
            )
            return []
        host = "127.0.0.1" if published[0].ip in _ANY_ADDRESS else published[0].ip
        return self._value("traefik.api_url", f"http://{f'[{host}]' if ':' in host else host}:{published[0].port}")

    def acme_files(self) -> list[tuple[str, Proposed]]:
        inside = sorted({match["path"] for match in _STORAGE.finditer(self._command)})
        paths = tuple(path for path in (self._on_host(one, "the ACME storage") for one in inside) if path)
        if paths:
            return self._value("traefik.acme_files", paths)
        for mount in self._mounts if not inside else ():
            name = mount.destination.rpartition("/")[2]
            if "acme" in name or "letsencrypt" in name:
                path = mount.source if name.endswith(".json") else f"{mount.source}/acme.json"
                self.notes.append(f"traefik.acme_files is a guess from the mount {visible(mount.destination, 80)}.")
                return self._value("traefik.acme_files", (path,))
        return []

    def dynamic_dir(self) -> list[tuple[str, Proposed]]:
        given = _DIRECTORY.search(self._command)
        if given:
            path = self._on_host(given["path"], "the folder of the file provider")
            return self._value("traefik.dynamic_dir", path) if path else []
        for mount in self._mounts:
            if mount.destination.rpartition("/")[2] in _DYNAMIC_NAMES:
                self.notes.append(f"traefik.dynamic_dir is a guess from the mount {visible(mount.destination, 80)}.")
                return self._value("traefik.dynamic_dir", mount.source)
        return []

    def network(self) -> list[tuple[str, Proposed]]:
        given = _NETWORK.search(self._command)
        names = sorted({one.name for one in self._container.networks} - _DOCKER_NETWORKS)
        usual = DockerSettings().network
        if given:
            return self._value("docker.network", given["name"])
        if usual in names or not names:
            return self._value("docker.network", usual) if names else []
        if len(names) > 1:
            self.notes.append(
                f"It is on several networks ({visible(', '.join(names), 200)}): docker.network is the first."
            )
        return self._value("docker.network", names[0])

    def _on_host(self, inside: str, what: str) -> str:
        """The host's path of a path inside the container; empty, with a note, when no mount leads there."""
        fitting = [one for one in self._mounts if _below(inside, one.destination)]
        if not fitting:
            self.notes.append(f"{what[0].upper()}{what[1:]} {visible(inside, 200)} is not on this machine: mount it.")
            return ""
        mount = max(fitting, key=lambda one: len(one.destination))
        return mount.source.rstrip("/") + inside[len(mount.destination.rstrip("/")) :]

    def _value(self, key: str, value: Proposed) -> list[tuple[str, Proposed]]:
        texts = (value,) if isinstance(value, str) else value
        if any(visible(text) != text for text in texts):
            self.notes.append(f"{key} holds control characters and is left out.")
            return []
        return [(key, value)]


def _below(path: str, folder: str) -> bool:
    base = folder.rstrip("/")
    return path == base or path.startswith(f"{base}/")


def toml_lines(values: Mapping[str, Proposed], wanted: Mapping[str, Proposed] | None = None) -> tuple[str, ...]:
    """Settings by key (`traefik.api_url`) as the lines of a TOML file; a wanted one that is not there as a comment."""
    keys = dict.fromkeys((*(wanted or {}), *values))
    tables = dict.fromkeys(key.rpartition(".")[0] for key in keys)
    lines: list[str] = []
    for table in tables:
        lines += ["", f"[{table}]"] if lines else [f"[{table}]"]
        for key in keys:
            folder, _, name = key.rpartition(".")
            if folder == table:
                lines.append(_line(name, values[key]) if key in values else f"# {_line(name, (wanted or {})[key])}")
    return tuple(lines)


def _line(name: str, value: Proposed) -> str:
    text = _quoted(value) if isinstance(value, str) else f"[{', '.join(_quoted(one) for one in value)}]"
    return f"{name} = {text}"


def _quoted(text: str) -> str:
    """A TOML basic string: as in JSON, but DEL is escaped too and nothing beyond ASCII needs to be."""
    escapes = {'"': '\\"', "\\": "\\\\"}
    return '"' + "".join(escapes.get(one) or (one if _plain(one) else f"\\u{ord(one):04x}") for one in text) + '"'


def _plain(character: str) -> bool:
    return character >= " " and character != "\x7f"
