"""Traefik's own log, read: which lines are its errors, and what its file provider refused last.

Line shapes observed on 3.0.4 and 3.7.15 (zerolog: JSON, text with and without colours); those of 2.11 (logrus) are
from reports upstream (traefik/traefik issues 9840 and 10573). An access log may share the stream, and what visitors
send may stand in it: so a line can raise a finding, but no line ever clears one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from specter_tui.core.secrets import mask_line

LONGEST_LINE: Final = 65_536  # characters; Traefik's own lines are far shorter
_LONGEST_READ: Final = 8192  # of one value
_LONGEST_KEPT: Final = 2000
_ERROR_LEVELS: Final = frozenset({"error", "fatal", "panic"})
_RENEWAL_FAILED: Final = "Error renewing "  # of a certificate whose authority is not reached: level INFO (observed)
_SHORT_LEVELS: Final = {
    "TRC": "trace", "DBG": "debug", "INF": "info", "WRN": "warn", "ERR": "error", "FTL": "fatal", "PNC": "panic",
    "TRAC": "trace", "DEBU": "debug", "INFO": "info", "WARN": "warn", "ERRO": "error", "FATA": "fatal", "PANI": "panic",
}  # fmt: skip
_COLOURS: Final = re.compile(r"\x1b\[[0-9;]*m")
_TEXT_SHAPES: Final = (
    re.compile(r"(?P<time>\d{4}-\d\d-\d\dT\S+) (?P<level>[A-Z]{3}) (?P<rest>.*)"),  # zerolog
    re.compile(r'time="(?P<time>[^"]+)" level=(?P<level>[a-z]+) (?P<rest>.*)'),  # logrus
    re.compile(r"(?P<level>[A-Z]{4})\[(?P<time>[^\]]+)\] (?P<rest>.*)"),  # logrus on a terminal
)
_CALLER: Final = re.compile(r"^\S+\.go:\d+ > ")  # zerolog's text at level DEBUG (observed, 3.4.3 and 3.7.15)
_FIELD: Final = re.compile(r'(?:^|(?<= ))(?P<key>[A-Za-z_][\w.-]*)=(?P<value>"(?:[^"\\]|\\.)*"|\S*)')
_MESSAGE_KEYS: Final = ("message", "msg", "error")
_DID_NOT_START: Final = "Cannot start the provider *file.Provider"
# Read in pkg/provider/file/file.go; each of them means that nothing of the whole folder was taken over.
_REFUSALS: Final = (
    "Error occurred during watcher callback",
    "Error while building configuration (for the first time)",
    "Unable to watch",
)
_FILE_NAME: Final = re.compile(r"(?:^|: |file: )(?P<path>[^:\n]+\.(?:ya?ml|toml))(?=:| - )", re.IGNORECASE)
_SETTLED: Final = timedelta(seconds=3)  # Traefik logs within a second of a change (observed)
_LOG_STEP: Final = timedelta(seconds=1)  # its times have whole seconds


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One line of Traefik's own; `text` is its message with its error. Secrets are masked; still hostile text."""

    at: datetime
    level: str  # zerolog's word: "error", "warn", ...
    text: str
    fields: tuple[tuple[str, str], ...] = ()  # the rest of what it says: providerName, routerName, domains, ...

    def field(self, name: str) -> str:
        """One of its fields, empty when it has none of that name."""
        return next((value for key, value in self.fields if key == name), "")

    @property
    def is_error(self) -> bool:
        """Whether Traefik calls it an error, by its level or in its words."""
        return self.level in _ERROR_LEVELS or self.text.startswith(_RENEWAL_FAILED)


@dataclass(frozen=True, slots=True)
class FolderStamp:
    """When the dynamic folder and the files directly in it were last changed."""

    changed: datetime
    files: Mapping[str, datetime]

    @property
    def newest(self) -> datetime:
        """The last change of all."""
        return max((self.changed, *self.files.values()))


@dataclass(frozen=True, slots=True)
class Refusal:
    """What Traefik's file provider refused last, as far as anything tells: it keeps what it had before."""

    at: datetime
    text: str
    file: str = ""  # as the log names it; empty where it names none
    unchanged: bool = False  # the file is seen, and is what it was when it was refused
    until_restart: bool = False  # the provider did not start: a mended file is not noticed


@dataclass(frozen=True, slots=True)
class LogTail:
    """The end of a container's log; `cut` when there is more of what was asked for."""

    data: bytes
    cut: bool


@dataclass(frozen=True, slots=True)
class LogRequest:
    """Whose log is wanted when no file is configured; `missing` says why no container is known."""

    container: str = ""  # id
    name: str = ""
    started: datetime | None = None  # this run of Traefik; what is older counts no more
    missing: str = ""


@dataclass(frozen=True, slots=True)
class LogRead:
    """What Traefik's log told; `unread` is one sentence on why not all of it could be read."""

    where: str = ""
    errors: tuple[LogEntry, ...] = ()  # of this run of Traefik, the newest of those that say the same, oldest first
    refusal: Refusal | None = None
    unread: str = ""
    configured: bool = False  # traefik.log_file is set


def parse_time(text: str) -> datetime | None:
    """An RFC 3339 time in UTC; None for anything else."""
    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def parse_entry(line: str) -> LogEntry | None:
    """A line of Traefik's log; None for one of an access log, and for all that is not wholly understood."""
    if len(line) > LONGEST_LINE:
        return None
    line = _COLOURS.sub("", line).strip()
    return _parse_json(line) if line.startswith("{") else _parse_text(line)


def _parse_json(line: str) -> LogEntry | None:
    try:
        document = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict):
        return None
    words = {key: _word(value) for key, value in document.items()}
    return _entry(words.pop("time", ""), words.pop("level", ""), words)


def _word(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(one for one in value if isinstance(one, str))
    return value if isinstance(value, str) else ""


def _parse_text(line: str) -> LogEntry | None:
    found = next((match for shape in _TEXT_SHAPES if (match := shape.fullmatch(line))), None)
    if found is None:
        return None
    rest = _CALLER.sub("", found["rest"])
    fields = list(_FIELD.finditer(rest))
    words = {"message": rest[: fields[0].start()].strip() if fields else rest.strip()}
    words |= {one["key"]: _unquoted(one["value"]) for one in fields}
    return _entry(found["time"], found["level"], words)


def _unquoted(text: str) -> str:
    if not text.startswith('"'):
        return text
    try:
        value = json.loads(text)
    except ValueError:  # Go writes some escapes that JSON does not know
        return text[1:-1]
    return value if isinstance(value, str) else text


def _entry(time: str, level: str, words: Mapping[str, str]) -> LogEntry | None:
    at = parse_time(time)
    texts = [words[key] for key in _MESSAGE_KEYS if words.get(key)]
    if at is None or not level or not texts:
        return None
    fields = tuple((key, _masked(value)) for key, value in words.items() if key not in _MESSAGE_KEYS and value)
    return LogEntry(at, _SHORT_LEVELS.get(level, level), _masked(": ".join(texts)), fields)


def _masked(text: str) -> str:
    # Cut once more behind the masking: a secret that is cut in two first would not look like one.
    return mask_line(text[:_LONGEST_READ])[:_LONGEST_KEPT]


def is_refusal(entry: LogEntry) -> bool:
    """Whether the file provider says that it took nothing over."""
    if not entry.is_error:
        return False
    if entry.text.startswith(_DID_NOT_START):  # without a providerName (observed)
        return True
    return entry.field("providerName") == "file" and entry.text.startswith(_REFUSALS)


def standing_refusal(
    entries: Iterable[LogEntry], started: datetime | None, folder: FolderStamp | None, read_at: datetime
) -> Refusal | None:
    """The last refusal of this run of Traefik, unless its file was changed since and no new one came.

    Every event in the folder makes the provider load all of it again, so the last line speaks for all files. Where the
    folder is not seen (`folder` None) nothing but a restart clears it: a good load leaves no line (observed).
    """
    last = max((one for one in entries if is_refusal(one)), key=lambda one: one.at, default=None)
    if last is None or (started is not None and last.at + _LOG_STEP <= started):
        return None
    named = _FILE_NAME.search(last.text)
    file = named["path"].strip() if named else ""
    until_restart = last.text.startswith(_DID_NOT_START)
    own = folder.files.get(file.rpartition("/")[2]) if folder else None
    changed = own or (folder.changed if folder else None)
    if changed is None or until_restart:
        return Refusal(last.at, last.text, file, until_restart=until_restart)
    # The log's second may hold both; but of a file that is not there any more no line can still be meant.
    since = last.at if folder and file and _is_gone(file, folder) else last.at + _LOG_STEP
    if changed >= since and read_at >= changed + _SETTLED:
        return None
    return Refusal(last.at, last.text, file, unchanged=own is not None and own < last.at + _LOG_STEP)


def _is_gone(file: str, folder: FolderStamp) -> bool:
    """Whether neither the file nor a sub-folder that it lay in is there, by their names: Traefik sees other paths."""
    return not any(part in folder.files for part in file.split("/"))
