"""What a rule's matchers name: hosts, patterns of hosts, paths, and the domains of its certificate."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from specter_tui.core.rules.ast import Matcher, Op, Program, leaves
from specter_tui.core.rules.dialect import Dialect
from specter_tui.core.rules.matchers import is_template

_HOST_LITERALS: Final = frozenset({"Host", "HostHeader", "HostSNI"})
_HOST_PATTERNS: Final = frozenset({"HostRegexp", "HostSNIRegexp"})
_ORDERED_FOR: Final = frozenset({"Host", "HostSNI"})
_PATH_LITERALS: Final = frozenset({"Path", "PathPrefix"})


@dataclass(slots=True)
class Facts:
    """What a rule names: each text once, in the order it is written."""

    hosts: dict[str, None] = field(default_factory=dict)
    host_patterns: dict[str, None] = field(default_factory=dict)
    paths: dict[str, None] = field(default_factory=dict)
    tls_domains: dict[str, None] = field(default_factory=dict)
    uses_client_ip: bool = False


def facts(program: Program, dialect: Dialect) -> Facts:
    """All that a rule names, each thing once."""
    gathered = Facts()
    for matcher in leaves(program):
        _gather(matcher, dialect, gathered)
    return gathered


def has_host(program: Program, dialect: Dialect) -> bool:
    """Whether every alternative of the rule names a host or a pattern of hosts."""
    stack: list[bool] = []
    for step in program:
        if isinstance(step, Matcher):
            stack.append(_restricts(step, dialect))
        else:
            right = stack.pop()
            stack[-1] = (stack[-1] or right) if step is Op.AND else (stack[-1] and right)
    return stack[0]


def path_literals(matcher: Matcher, dialect: Dialect) -> tuple[str, ...]:
    """The literal arguments of a Path or PathPrefix; gorilla's templates are none."""
    if matcher.name not in _PATH_LITERALS:
        return ()
    if dialect.syntax == "v3":
        return matcher.args
    return tuple(arg for arg in matcher.args if not is_template(arg))


def _gather(matcher: Matcher, dialect: Dialect, gathered: Facts) -> None:
    name = matcher.name
    if name in _ORDERED_FOR:
        gathered.tls_domains.update(dict.fromkeys(arg.lower() for arg in matcher.args if arg != "*"))
    if name == "ClientIP":
        gathered.uses_client_ip = True
    elif matcher.negated:
        return
    elif name in _HOST_LITERALS:
        for arg in matcher.args:
            if _is_pattern(matcher, arg, dialect):
                gathered.host_patterns[arg.lower()] = None
            else:
                gathered.hosts[arg.lower().removesuffix(".")] = None
    elif name in _HOST_PATTERNS:
        gathered.host_patterns.update(dict.fromkeys(matcher.args))
    elif name in _PATH_LITERALS:
        gathered.paths.update(dict.fromkeys(path_literals(matcher, dialect)))


def _is_pattern(matcher: Matcher, arg: str, dialect: Dialect) -> bool:
    return _is_any(matcher, arg, dialect) or (dialect.wildcard_hosts and arg.startswith("*"))


def _is_any(matcher: Matcher, arg: str, dialect: Dialect) -> bool:
    return arg == "*" and (matcher.name == "HostSNI" or dialect.any_host)


def _restricts(matcher: Matcher, dialect: Dialect) -> bool:
    if matcher.negated:
        return False
    if matcher.name in _HOST_LITERALS:
        return not any(_is_any(matcher, arg, dialect) for arg in matcher.args)
    return matcher.name in _HOST_PATTERNS
