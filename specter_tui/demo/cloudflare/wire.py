"""DNS messages (RFC 1035), as much of them as a name server needs that answers one question a message."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Final

TYPES: Final = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "TXT": 16, "AAAA": 28, "CAA": 257}
NO_ERROR, FORMAT_ERROR, NAME_ERROR, REFUSED = 0, 1, 3, 5
LONGEST_UDP: Final = 1232  # what resolvers agree on (DNS flag day 2020)
_HEAD: Final = struct.Struct(">6H")
_LONGEST_LABEL: Final = 63
_RESPONSE: Final = 0x8400  # a response, authoritative
_TRUNCATED: Final = 0x0200
_IN: Final = 1


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: the message's number, the name in lower case, the type's number, and the question as it came."""

    number: int
    name: str
    type: int
    raw: bytes
    recursion: bool = False


def parse(message: bytes) -> Question | None:
    """The question of a message; None when it is none."""
    if len(message) < _HEAD.size:
        return None
    number, flags, questions, _, _, _ = _HEAD.unpack_from(message)
    if flags & 0x8000 or questions != 1:
        return None
    labels, at = [], _HEAD.size
    while at < len(message) and (size := message[at]):
        if size > _LONGEST_LABEL or at + 1 + size > len(message):
            return None
        labels.append(message[at + 1 : at + 1 + size].decode("ascii", "replace").lower())
        at += 1 + size
    end = at + 5
    if end > len(message):
        return None
    (kind,) = struct.unpack_from(">H", message, at + 1)
    return Question(number, ".".join(labels), kind, message[_HEAD.size : end], bool(flags & 0x0100))


def answer(question: Question, code: int, records: Iterable[bytes] = (), limit: int = 65_535) -> bytes:
    """The message that answers; one that is longer than `limit` says so and has no record."""
    found = list(records)
    flags = _RESPONSE | code | (0x0100 if question.recursion else 0)
    message = _HEAD.pack(question.number, flags, 1, len(found), 0, 0) + question.raw + b"".join(found)
    if len(message) <= limit:
        return message
    return _HEAD.pack(question.number, flags | _TRUNCATED, 1, 0, 0, 0) + question.raw


def resource(name: str, kind: str, content: str, ttl: int) -> bytes:
    """One resource record; ValueError for content that its type cannot have."""
    data = _data(kind, content)
    return encode_name(name) + struct.pack(">HHIH", TYPES[kind], _IN, ttl, len(data)) + data


def encode_name(name: str) -> bytes:
    """A name as it travels; ValueError for one with empty or overlong labels."""
    encoded = b""
    for label in name.rstrip(".").split("."):
        text = label.encode("idna") if not label.isascii() else label.encode()
        if not 0 < len(text) <= _LONGEST_LABEL:
            raise ValueError("no name")
        encoded += bytes([len(text)]) + text
    return encoded + b"\0"


def _data(kind: str, content: str) -> bytes:
    if kind == "A":
        return IPv4Address(content).packed
    if kind == "AAAA":
        return IPv6Address(content).packed
    if kind == "TXT":
        text = content.removeprefix('"').removesuffix('"').encode()
        return b"".join(bytes([len(text[at : at + 255])]) + text[at : at + 255] for at in range(0, len(text), 255))
    if kind == "SOA":
        primary, person, *numbers = content.split()
        return encode_name(primary) + encode_name(person) + struct.pack(">5I", *map(int, numbers))
    return encode_name(content)
