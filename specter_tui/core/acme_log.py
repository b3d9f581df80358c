"""Which orders of certificates failed, and why, out of Traefik's own log: neither its API nor acme.json tells.

Lines observed on 3.4.3 and 3.7.15 against Pebble; the order's text is lego's, its problem types are those of RFC 8555,
6.7. The limits are Let's Encrypt's of 2025-06 (letsencrypt.org/docs/rate-limits); another authority has its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from specter_tui.core.traefik_log import LogEntry

_ORDER: Final = "Unable to obtain ACME certificate for domains"
_RENEWAL: Final = re.compile(r"Error renewing (?:ACME certificate|certificate from LE) ?: ")
_NO_RESOLVER: Final = re.compile(r"Router uses a non-?existent certificate resolver")  # 3.0 hyphenates it
_QUOTED: Final = re.compile(r'for domains "([^"]{1,4096})"')  # 2.11 has the names in its sentence
# Go's two ways to print a Domain: with the names of its fields where no authority is reached, without where it refuses.
_RENEWED: Final = re.compile(r"\{(?:Main:)?([^\s{}\[\]]+) (?:SANs:)?\[([^\]]{0,4096})\]\}")
_NAME: Final = re.compile(r"(?:\*\.)?[\w.-]{1,253}|[0-9a-fA-F:]{2,45}")


class OrderProblem(StrEnum):
    """Why an order failed, as far as its text tells."""

    RATE_LIMITED = "rate limited"
    DNS_TOKEN = "dns token"  # noqa: S105  a word for people
    DNS_ZONE = "dns zone"
    DNS_LIMITED = "dns rate limited"
    DNS_FAILED = "dns failed"
    CHALLENGE = "challenge"
    CAA = "caa"
    UNREACHABLE = "unreachable"
    OTHER = "other"


# The first that matches: a text often holds several, from the cause outwards. In what Cloudflare's answers to lego
# become, the words of 3.7 (lego 5) stand before those of 3.4 (lego 4).
_TELLS: Final = (
    (
        OrderProblem.DNS_LIMITED,
        re.compile(r"presenting token.*(?:\[status code:? 429\]|exceeded available rate limit)", re.DOTALL),
    ),
    (
        OrderProblem.DNS_FAILED,
        re.compile(
            r"presenting token.*(?:\[status code:? 5\d\d\]|\(HTTP 5\d\d\)|unmarshal(?:ling)? (?:the JSON )?response)",
            re.DOTALL,
        ),
    ),
    (OrderProblem.RATE_LIMITED, re.compile(r"error:rateLimited|too many (?:certificates|failed|new orders|requests)")),
    (OrderProblem.CAA, re.compile(r"error:caa\b")),
    (
        OrderProblem.DNS_TOKEN,
        re.compile(
            r"[Ii]nvalid access token|Invalid request headers|Authentication error|some credentials information"
            r"|\b(?:9109|10000|6003|6111)\b[^\d]"
        ),
    ),
    (OrderProblem.DNS_ZONE, re.compile(r"could not find zone|zone could not be found|start of authority")),
    (OrderProblem.CHALLENGE, re.compile(r"error:(?:unauthorized|connection|dns|tls|incorrectResponse)\b|propagation")),
    (
        OrderProblem.UNREACHABLE,
        re.compile(
            r"get directory at|connection refused|no such host|i/o timeout|Client\.Timeout|certificate signed by"
        ),
    ),
)

_CAUSES: Final = {
    OrderProblem.RATE_LIMITED: "the certificate authority refuses further orders for now",
    OrderProblem.DNS_TOKEN: "the DNS provider refuses the token",
    OrderProblem.DNS_ZONE: "the zone of the name was not found",
    OrderProblem.DNS_LIMITED: "the DNS provider takes no more calls for now",
    OrderProblem.DNS_FAILED: "the DNS provider does not do what it is asked",
    OrderProblem.CHALLENGE: "the certificate authority could not see the answer to its challenge",
    OrderProblem.CAA: "a CAA record of the domain forbids this certificate authority",
    OrderProblem.UNREACHABLE: "Traefik does not reach the certificate authority",
    OrderProblem.OTHER: "Traefik's log says why",
}

_REMEDIES: Final = {
    OrderProblem.RATE_LIMITED: "wait until the limit allows it again, and end what keeps ordering; "
    "try changes with the authority's staging server",
    OrderProblem.DNS_TOKEN: "give Traefik a token with Zone:Read and DNS:Edit of that zone (CF_DNS_API_TOKEN), "
    "then recreate its container",
    OrderProblem.DNS_ZONE: "see that the domain is a zone of the token's account, and that the resolvers "
    "of the DNS challenge answer",
    OrderProblem.DNS_LIMITED: "wait for some minutes, and end what else calls the API of that account so often; "
    "Traefik orders again at its next change or start",
    OrderProblem.DNS_FAILED: "see the DNS provider's status page, and whether a proxy is in between; "
    "Traefik orders again at its next change or start",
    OrderProblem.CHALLENGE: "see that the name leads here and port 80 is open (HTTP-01), "
    "or that the TXT record can be read from outside (DNS-01)",
    OrderProblem.CAA: "allow the authority in the domain's CAA records",
    OrderProblem.UNREACHABLE: "let Traefik's container reach the caServer of that resolver",
    OrderProblem.OTHER: "mend what it says; Traefik orders again at its next change or start",
}

_FIVE_FAILURES: Final = "it counts against 5 failed authorizations for a name, an account and an hour"
_LIMITS: Final = (
    (re.compile(r"exact set of (?:domains|identifiers)"), "5 certificates for the same names in 7 days"),
    (re.compile(r"registered domain|already issued for"), "50 certificates for a registered domain in 7 days"),
    (re.compile(r"failed authorizations"), "5 failed authorizations for a name, an account and an hour"),
    (re.compile(r"new orders"), "300 orders of an account in 3 hours"),
    (re.compile(r"registrations|accounts"), "10 new accounts from an address in 3 hours"),
)
_RETRY: Final = re.compile(r"retry after (\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d)?)")


@dataclass(frozen=True, slots=True)
class OrderFailure:
    """The last failed order of one resolver for one set of names; `text` has its secrets masked, and is hostile."""

    at: datetime
    domains: tuple[str, ...]  # lower case, as ordered
    resolver: str  # empty where the line does not say
    text: str
    problem: OrderProblem

    @property
    def cause(self) -> str:
        """What the text means."""
        return _CAUSES[self.problem]

    @property
    def remedy(self) -> str:
        """What helps."""
        return _REMEDIES[self.problem]

    @property
    def limit(self) -> str:
        """The rate limit that it hit or counts against, empty when it counts against none."""
        if self.problem is OrderProblem.RATE_LIMITED:
            hit = next((words for tell, words in _LIMITS if tell.search(self.text)), "")
            again = _RETRY.search(self.text)
            until = f"the next order may come after {again[1]} UTC" if again else ""
            return "; ".join(one for one in (f"the limit is {hit}" if hit else "", until) if one)
        return _FIVE_FAILURES if self.problem is OrderProblem.CHALLENGE else ""


def order_failures(entries: Iterable[LogEntry]) -> tuple[OrderFailure, ...]:
    """The failed orders, the last one of each resolver and set of names, oldest first."""
    last: dict[tuple[str, frozenset[str]], OrderFailure] = {}
    for entry in entries:
        failure = _failure(entry)
        if failure is not None:
            key = (failure.resolver, frozenset(failure.domains))
            if key not in last or last[key].at <= failure.at:
                last[key] = failure
    return tuple(sorted(last.values(), key=lambda one: one.at))


def missing_resolvers(entries: Iterable[LogEntry]) -> frozenset[tuple[str, str]]:
    """Pairs of a router's name and the certificate resolver that it names and Traefik does not have."""
    return frozenset(
        (router, resolver)
        for entry in entries
        if entry.is_error and _NO_RESOLVER.match(entry.text)
        if (router := entry.field("routerName")) and (resolver := entry.field("certificateResolver"))
    )


def _failure(entry: LogEntry) -> OrderFailure | None:
    if not entry.is_error:
        return None
    domains = _domains(entry)
    if not domains:
        return None
    resolver = entry.field("providerName").removesuffix(".acme")
    problem = next((one for one, tell in _TELLS if tell.search(entry.text)), OrderProblem.OTHER)
    return OrderFailure(entry.at, domains, resolver, entry.text, problem)


def _domains(entry: LogEntry) -> tuple[str, ...]:
    if entry.text.startswith(_ORDER):
        quoted = _QUOTED.search(entry.text)
        return _names(entry.field("domains") or (quoted[1] if quoted else ""))
    if renewal := _RENEWAL.match(entry.text):
        domain = _RENEWED.match(entry.text, renewal.end())
        return _names(f"{domain[1]} {domain[2]}") if domain else ()
    return ()


def _names(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.lower() for name in _NAME.findall(text)))
