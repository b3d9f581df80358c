"""The way in: a rule's text, checked and built as Traefik would."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from specter_tui.core.errors import RuleError
from specter_tui.core.model import Protocol
from specter_tui.core.rules import extract
from specter_tui.core.rules.ast import Matcher, Op
from specter_tui.core.rules.dialect import Dialect
from specter_tui.core.rules.matchers import HTTP_V2, HTTP_V3, Spec
from specter_tui.core.rules.matchers_tcp import TCP_V2, TCP_V3
from specter_tui.core.rules.parser import Call, parse_calls
from specter_tui.core.rules.quick import parse_common
from specter_tui.core.rules.rule import Rule

# A long rule is rare and costs memory: few of them are kept.
_LONG: Final = 2_000
_SPECS: Final = {
    (Protocol.HTTP, "v2"): HTTP_V2,
    (Protocol.HTTP, "v3"): HTTP_V3,
    (Protocol.TCP, "v2"): TCP_V2,
    (Protocol.TCP, "v3"): TCP_V3,
}


def _spellings(names: Mapping[str, object]) -> dict[str, str]:
    """Every accepted spelling of each name: as it is, lower, UPPER and Titlecase (pkg/rules/parser.go)."""
    return {
        spelling: name for name in names for spelling in (name, name.lower(), name.upper(), name.lower().capitalize())
    }


_NAMES: Final = {key: _spellings(specs) for key, specs in _SPECS.items()}
_CATCH_ALL_NAMES: Final = _spellings({"HostSNI": None})


def parse_rule(text: str, protocol: Protocol, dialect: Dialect) -> Rule:
    """The rule of a router, cached; raises `RuleError` with the position where Traefik would refuse it."""
    return (_parse_short if len(text) < _LONG else _parse_long)(text, protocol, dialect)


def default_priority(rule_text: str, protocol: Protocol) -> int:
    """The priority of a router that sets none: the rule's length in bytes, -1 for TCP's HostSNI(`*`) alone."""
    if protocol is Protocol.TCP and ("*" in rule_text or "\\" in rule_text) and _catches_all(rule_text):
        return -1
    return len(rule_text.encode("utf-8", "surrogatepass"))


def _catches_all(text: str) -> bool:
    try:
        calls = parse_calls(text, _CATCH_ALL_NAMES)
    except RuleError:
        return False
    return len(calls) == 1 and isinstance(calls[0], Call) and calls[0].args == ("*",)


def _parse(text: str, protocol: Protocol, dialect: Dialect) -> Rule:
    return parse_common(text, protocol, dialect) or parse_any(text, protocol, dialect)


def parse_any(text: str, protocol: Protocol, dialect: Dialect) -> Rule:
    """The rule by the full grammar, uncached; raises `RuleError`."""
    key = (protocol, dialect.syntax)
    specs = _SPECS.get(key)
    if specs is None:
        raise RuleError(f"{protocol} routers have no rule", 0)
    steps = parse_calls(text, _NAMES[key])
    program = tuple([step if isinstance(step, Op) else _matcher(step, specs[step.name], dialect) for step in steps])
    facts = extract.facts(program, dialect)
    return Rule(
        text=text,
        protocol=protocol,
        dialect=dialect,
        program=program,
        hosts=tuple(facts.hosts),
        host_patterns=tuple(facts.host_patterns),
        paths=tuple(facts.paths),
        tls_domains=tuple(facts.tls_domains),
        uses_client_ip=facts.uses_client_ip,
        has_host=extract.has_host(program, dialect),
    )


_parse_short = lru_cache(maxsize=10_000)(_parse)
_parse_long = lru_cache(maxsize=32)(_parse)


def _matcher(call: Call, spec: Spec, dialect: Dialect) -> Matcher:
    """The call with its arguments checked and its question built."""
    args = call.args
    if not args:
        raise RuleError(f"no args for matcher {call.name}", call.position)
    if "" in args:
        raise RuleError(f"empty args for matcher {call.name}", call.position)
    if spec.counts and len(args) not in spec.counts:
        expected = " or ".join(map(str, spec.counts))
        message = f"unexpected number of parameters for {call.name}; got {len(args)}, expected {expected}"
        raise RuleError(message, call.position)
    try:
        test = spec.build(args, dialect)
    except ValueError as error:
        raise RuleError(f"{call.name}: {error}", call.position) from error
    return Matcher(call.name, args, call.negated, test)
