"""Which tool a record belongs to: ours by a marker in its comment, others by theirs.

Sources: external-dns writes TXT records with `heritage=external-dns` beside what it manages, under the same name or
with the type as a prefix (`a-app`, `cname-app`; its TXT registry, 0.14 and later); octoDNS's ownership processor
writes `_owner.<TYPE>.<name>`. Others leave a comment or a tag.
"""

from __future__ import annotations

import re
from typing import Final

from specter_tui.core.dns.model import Record
from specter_tui.core.dns.zones import ZoneIndex

MARKER: Final = "managed-by=specter"
COMMENT_LIMIT: Final = 100  # characters; what Cloudflare allows on its free plan
_OURS: Final = re.compile(rf"(?<![\w=-]){re.escape(MARKER)}(?![\w=-])")
_OTHERS: Final = re.compile(
    r"\b(external-dns|externaldns|terraform|opentofu|pulumi|octodns|dnscontrol|cloudflare-companion|ddns|crossplane)\b"
    r"|\bmanaged[ -]?by\b[ =:]*(?!specter\b)([\w.-]+)",
    re.IGNORECASE,
)
_HERITAGE: Final = re.compile(r"heritage=([\w.-]+)")
_PREFIXES: Final = ("", "a-", "aaaa-", "cname-")
_SHOWN: Final = 60


def is_ours(record: Record) -> bool:
    """Whether the record's comment holds our marker."""
    return _OURS.search(record.comment) is not None


def other_owner(record: Record) -> str:
    """The tool that marked the record as its own; empty when none did."""
    for text in (_OURS.sub("", record.comment), *record.tags):
        found = _OTHERS.search(text)
        if found is not None:
            return (found[1] or found[2])[:_SHOWN].lower()
    return ""


def registered_owner(index: ZoneIndex, name: str) -> str:
    """The tool whose TXT records claim the name; empty when none does."""
    label, dot, rest = name.partition(".")
    label = "_wildcard" if label == "*" else label
    for prefix in _PREFIXES:
        for record in index.at(f"{prefix}{label}{dot}{rest}"):
            heritage = _HERITAGE.search(record.content) if record.type == "TXT" else None
            if heritage is not None:
                return heritage[1][:_SHOWN]
    for kind in ("a", "aaaa", "cname"):
        if any(record.type == "TXT" for record in index.at(f"_owner.{kind}.{label}{dot}{rest}")):
            return "octodns"
    return ""
